"""Sign-off: month by month, from clinician to lead to division to executive; and who signs for whom meanwhile."""

from datetime import date
from typing import Any

from flask import Response, request, url_for

from dashboards.server.review import typed
from dashboards.server.review.frame import ID, act, act_once, attempt, blueprint, rows, show, units

_LEVELS = ("clinician", "department", "division", "trust")


@blueprint.get("/sign-off/", endpoint="sign_off")
def _page(**answer: Any) -> Response:  # noqa: ANN401
    months: list[date] = [row["month_on"] for row in rows("month")]
    asked = typed.month_or_none(request.args, "month")
    month = asked if asked in months else next(iter(months), None)
    found = rows("ladder", month_on=month) if month else []
    # Whatever stands highest is the person's own; what it rests on is below.
    steps = sorted(found, key=lambda row: (-_LEVELS.index(row["org_unit_level"]), row["unit_label"]))
    return show(
        "sign_off.html",
        "Sign-off",
        month=month,
        before=max((one for one in months if month and one < month), default=None),
        after=min((one for one in months if month and one > month), default=None),
        to_sign=[row for row in steps if row["may_sign"]],
        others=[row for row in steps if not row["may_sign"]],
        **answer,
    )


@blueprint.post("/sign-off/", endpoint="sign")
def _sign() -> Response:
    month = typed.month_or_none(request.args, "month")

    def sign() -> str:
        act(
            "sign_off",
            org_unit_key=typed.text(request.form, "org_unit_key"),
            month_on=typed.month(request.form, "month_on"),
            comment=typed.text(request.form, "comment"),
            last_sign_off_id=typed.whole(request.form, "last_sign_off_id"),
        )
        return "Signed."

    return attempt(sign, _page, url_for("review.sign_off", month=f"{month:%Y-%m}" if month else None))


@blueprint.get("/delegation/", endpoint="delegation")
def _delegations(**answer: Any) -> Response:  # noqa: ANN401
    return show(
        "delegation.html",
        "Delegation",
        delegations=rows("delegation_list"),
        units=[unit for unit in units() if not unit["on_behalf_of"]],
        colleagues=rows("colleague"),
        **answer,
    )


@blueprint.post("/delegation/", endpoint="delegate")
def _delegate() -> Response:
    def delegate() -> str:
        what = {name: typed.text(request.form, name) for name in ("org_unit_key", "to_user_name")}
        first, last = typed.day(request.form, "from_on"), typed.day(request.form, "to_on")
        held = what | {"valid_from_on": first, "valid_to_on": last}
        act_once(
            lambda: any(held.items() <= row.items() for row in rows("delegation_list")),
            "delegate",
            **what,
            from_on=first,
            to_on=last,
            reason=typed.text(request.form, "reason"),
        )
        return "Delegated. What is done for you is recorded with both names."

    return attempt(delegate, _delegations, url_for("review.delegation"))


@blueprint.post(f"/delegation/<{ID}:delegation_id>/end/", endpoint="end_delegation")
def _end(delegation_id: int) -> Response:
    def end() -> str:
        act("end_delegation", delegation_id=delegation_id, reason=typed.text(request.form, "reason"))
        return "Ended."

    return attempt(end, _delegations, url_for("review.delegation"))
