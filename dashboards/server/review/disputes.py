"""Disputes: those that wait, those decided, and one of them with its decision and what it did to the figures."""

from typing import Any

from flask import Response, request, url_for

from dashboards.server.review import typed
from dashboards.server.review.errors import MayNotError
from dashboards.server.review.frame import act, attempt, blueprint, rows, show
from dashboards.server.review.record import REASONS

DECISIONS = {
    "re-attribute": "Count it for somebody else",
    "exclude": "Leave it out of the figures",
    "source to correct": "Have the source corrected; figures stay until it is",
    "reject": "Leave it as it is",
}
_NOT_FOUND = "There is no such dispute among those that you may see."
# As figures are summed: what one person carries first, the trust last.
_LEVELS = ("clinician", "department", "division", "trust")


@blueprint.get("/disputes/", endpoint="disputes")
def _list() -> Response:
    found = rows("dispute_list", state=None)
    return show(
        "disputes.html",
        "Disputes",
        mine_to_decide=[row for row in found if row["state"] == "waiting" and row["may_decide"]],
        waiting=[row for row in found if row["state"] == "waiting" and not row["may_decide"]],
        decided=[row for row in found if row["state"] != "waiting"],
        reasons=REASONS,
    )


@blueprint.get("/dispute/<int:dispute_id>/", endpoint="dispute")
def _page(dispute_id: int, **answer: Any) -> Response:  # noqa: ANN401
    found = [row for row in rows("dispute_list", state=None) if row["dispute_id"] == dispute_id]
    if not found:
        raise MayNotError(_NOT_FOUND)
    dispute = found[0]
    effect = rows("effect", dispute_id=dispute_id) if dispute["state"] in ("re-attributed", "excluded") else []
    return show(
        "dispute.html",
        f"Dispute {dispute_id}",
        dispute=dispute,
        history=rows("record_history", record_type=dispute["record_type"], record_id=dispute["record_id"]),
        effect=sorted(effect, key=lambda row: (row["measure_title"], row["month_on"], _level(row["org_unit_level"]))),
        reasons=REASONS,
        decisions=DECISIONS,
        clinicians=rows("clinician") if dispute["may_decide"] else [],
        **answer,
    )


@blueprint.post("/dispute/<int:dispute_id>/", endpoint="act_on_dispute")
def _act(dispute_id: int) -> Response:
    here = url_for("review.dispute", dispute_id=dispute_id)
    what = _withdraw if request.form.get("form") == "withdraw" else _decide
    return attempt(lambda: what(dispute_id), lambda **answer: _page(dispute_id, **answer), here)


def _decide(dispute_id: int) -> str:
    decision = typed.text(request.form, "decision")
    act(
        "decide",
        dispute_id=dispute_id,
        decision=decision,
        consultant_code=typed.text_or_none(request.form, "consultant_code") if decision == "re-attribute" else None,
        reason=typed.text(request.form, "reason"),
    )
    return "Decided. The next publication takes it in, and shows here what it did to the figures."


def _withdraw(dispute_id: int) -> str:
    act("withdraw", dispute_id=dispute_id, reason=typed.text(request.form, "reason"))
    return "Withdrawn. The record waits to be confirmed again."


def _level(name: str) -> int:
    return _LEVELS.index(name) if name in _LEVELS else len(_LEVELS)
