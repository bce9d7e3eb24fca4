"""Disputes: those that wait, those decided, and one of them with its decision and what it did to the figures."""

from typing import Any

from flask import Response, request, url_for

from dashboards.server.review import typed
from dashboards.server.review.database import Row
from dashboards.server.review.errors import MayNotError
from dashboards.server.review.frame import ID, act, asked_form, attempt, blueprint, rows, show
from dashboards.server.review.record import REASONS

DECISIONS = {
    "re-attribute": "Count it for somebody else",
    "exclude": "Leave it out of the figures",
    "source to correct": "Have the source corrected; figures stay until it is",
    "reject": "Leave it as it is",
}
# What was decided so can be reversed.
_REVERSIBLE = ("re-attributed", "excluded", "source to correct")
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


@blueprint.get(f"/dispute/<{ID}:dispute_id>/", endpoint="dispute")
def _page(dispute_id: int, **answer: Any) -> Response:  # noqa: ANN401
    found = [row for row in rows("dispute_list", state=None) if row["dispute_id"] == dispute_id]
    if not found:
        raise MayNotError(_NOT_FOUND)
    dispute = found[0]
    effect = rows("effect", dispute_id=dispute_id) if dispute["state"] in _REVERSIBLE else []
    waits = dispute["state"] == "waiting"
    return show(
        "dispute.html",
        f"Dispute {dispute_id}",
        dispute=dispute,
        history=rows("record_history", record_type=dispute["record_type"], record_id=dispute["record_id"]),
        effect=sorted(effect, key=_order),
        reasons=REASONS,
        decisions=DECISIONS,
        clinicians=rows("clinician") if waits and dispute["may_decide"] else [],
        may_reverse=dispute["may_decide"] and dispute["state"] in _REVERSIBLE,
        **answer,
    )


@blueprint.post(f"/dispute/<{ID}:dispute_id>/", endpoint="act_on_dispute")
def _act(dispute_id: int) -> Response:
    here = url_for("review.dispute", dispute_id=dispute_id)
    what = {"withdraw": _withdraw, "reverse": _reverse}.get(asked_form(), _decide)
    return attempt(lambda: what(dispute_id), lambda **answer: _page(dispute_id, **answer), here)


def _decide(dispute_id: int) -> str:
    decision = typed.text(request.form, "decision")
    act(
        "decide",
        dispute_id=dispute_id,
        decision=decision,
        clinician_key=typed.text_or_none(request.form, "clinician_key") if decision == "re-attribute" else None,
        reason=typed.text(request.form, "reason"),
    )
    return "Decided. The next publication takes it in, and shows here what it did to the figures."


def _withdraw(dispute_id: int) -> str:
    act("withdraw", dispute_id=dispute_id, reason=typed.text(request.form, "reason"))
    return "Withdrawn. The record waits to be confirmed again."


def _reverse(dispute_id: int) -> str:
    reason = typed.text(request.form, "reason")
    act("decide", dispute_id=dispute_id, decision="reverse", clinician_key=None, reason=reason)
    return "Reversed. From the next publication the record counts as it did."


def _order(row: Row) -> tuple[Any, ...]:
    """Put what moved first, then measure by measure from the clinician up."""
    level = row["org_unit_level"]
    height = _LEVELS.index(level) if level in _LEVELS else len(_LEVELS)
    return not row["is_moved"], row["measure_title"], row["month_on"], height, row["unit_label"]
