"""One record: what it says, why it is counted for whom, what happened to it; confirm it, dispute it."""

from typing import Any

from flask import Response, request, url_for

from dashboards.server.review import typed
from dashboards.server.review.errors import MayNotError
from dashboards.server.review.frame import act, act_once, asked_form, attempt, blueprint, rows, services, show

REASONS = {
    "not mine": "It is not mine",
    "wrong role": "It is mine, but I had another role in it",
    "wrong code": "A diagnosis or procedure code is wrong",
    "wrong time": "A date or time is wrong",
    "duplicate": "It is in the list twice",
    "other": "Something else",
}
# Reasons by which the record may be somebody else's.
_OF_ANOTHER = ("not mine", "wrong role")
_NOT_FOUND = "There is no such record among those that you may see. It may count for somebody else by now."


def _asked() -> dict[str, str]:
    return {name: typed.text(request.args, name) for name in ("record_type", "record_id")}


@blueprint.route("/record/", methods=["GET"], endpoint="record")
def _page(**answer: Any) -> Response:  # noqa: ANN401
    asked = _asked()
    found = rows("record", **asked)
    if not found:
        raise MayNotError(_NOT_FOUND)
    measure = request.args.get("measure", "")
    titles = {row["measure_id"]: row["measure_title"] for row in rows("measure")} if measure else {}
    disputable = found[0]["may_act"] and not found[0]["dispute_id"]
    return show(
        "record.html",
        "Record",
        record=found[0],
        history=rows("record_history", **asked),
        measure_title=titles.get(measure),
        reasons=REASONS,
        clinicians=rows("clinician") if disputable else [],
        shows_dispute=_is_shown(found[0]["dispute_id"]),
        **answer,
    )


def _is_shown(dispute_id: int | None) -> bool:
    """Tell whether the person may open the dispute: a coder reads of those about codes, and of no other."""
    # Not by `rows`: what is only looked up here is not shown, and no viewing of anybody's records.
    return dispute_id is not None and any(
        row["dispute_id"] == dispute_id for row in services().database.rows("dispute_list", state=None)
    )


@blueprint.route("/record/", methods=["POST"], endpoint="act_on_record")
def _act() -> Response:
    asked = _asked()
    here = url_for("review.record", **asked, measure=request.args.get("measure"))
    if asked_form() == "confirm":
        return attempt(lambda: _confirm(asked), _page, here)
    return attempt(lambda: _dispute(asked), _page, here)


def _confirm(asked: dict[str, str]) -> str:
    act_once(lambda: any(row["state"] == "confirmed" for row in rows("record", **asked)), "confirm", **asked)
    return "Confirmed. It stays so until the source changes what matters in it."


def _dispute(asked: dict[str, str]) -> str:
    reason = typed.text(request.form, "reason")
    act(
        "dispute",
        **asked,
        reason=reason,
        whose=typed.text_or_none(request.form, "whose") if reason in _OF_ANOTHER else None,
        evidence=typed.text(request.form, "evidence"),
        last_act_id=typed.whole(request.form, "last_act_id"),
    )
    return "Disputed. You will see here what is decided, and by whom."
