"""The work list of a clinician: records to confirm or dispute, by month, type and state."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for

from dashboards.server.review import typed
from dashboards.server.review.errors import BadInputError, ReviewError
from dashboards.server.review.frame import act, act_once, attempt, blueprint, rows, show, tabs, units
from dashboards.server.review.words import counted

PAGE = 25
RECORD_TYPES = {"spell": "Spells", "theatre_case": "Theatre cases", "attendance": "Attendances"}
STATES = {"waiting": "Waiting", "confirmed": "Confirmed", "disputed": "Disputed"}
_SEPARATOR = "/"


def _chosen() -> dict[str, Any]:
    """Return the filters of the address; what is no month, type or state filters nothing."""
    record_type, state = request.args.get("record_type", ""), request.args.get("state", "waiting")
    return {
        "org_unit_key": typed.text_or_none(request.args, "unit"),
        "month_on": typed.month_or_none(request.args, "month"),
        "record_type": record_type if record_type in RECORD_TYPES else None,
        "state": state if state in STATES else None,
    }


def address(chosen: dict[str, Any], **changed: Any) -> str:  # noqa: ANN401
    """Return the address of the work list with these filters, some of them changed."""
    wanted = {**chosen, **changed}
    month: date | None = wanted["month_on"]
    query = {
        "unit": wanted["org_unit_key"] or "",
        "month": f"{month:%Y-%m}" if month else "",
        "record_type": wanted["record_type"] or "",
        "state": wanted["state"] or "all",
        "page": wanted.get("page", ""),
    }
    return f"{url_for('review.work_list')}?{urlencode({name: value for name, value in query.items() if value})}"


@blueprint.route("/", methods=["GET"], endpoint="work_list")
def _look() -> Response:
    own = tabs()
    if not own:
        return show("nothing.html", "Review")
    if own[0].endpoint != "review.work_list" and not request.args:
        return redirect(url_for(own[0].endpoint))  # type: ignore[return-value]
    return _page()


def _page(**answer: Any) -> Response:  # noqa: ANN401
    chosen, number = _chosen(), max(typed.whole(request.args, "page") or 1, 1)
    # Far pages are asked for by nobody: their number stays within what the database counts with.
    number = min(number, 100_000)
    found = rows("work_list", **chosen, limit=PAGE, offset=(number - 1) * PAGE)
    total = found[0]["total_count"] if found else 0
    return show(
        "work_list.html",
        "To validate",
        months=rows("work_months"),
        first_month_on=next((row["first_month_on"] for row in rows("beginning")), None),
        records=found,
        total=total,
        all_of=_all_of(chosen, total),
        chosen=chosen,
        address=address,
        number=number,
        pages=-(-total // PAGE),
        types=RECORD_TYPES,
        states=STATES,
        **answer,
    )


@blueprint.route("/", methods=["POST"], endpoint="confirm")
def _confirm() -> Response:
    return attempt(_what_is_asked(), _page, address(_chosen(), page=request.args.get("page", "")))


def _what_is_asked() -> Any:  # noqa: ANN401
    """Return what the button asks for: one record, those ticked, or all that wait under the filters."""
    if one := request.form.get("one"):
        return lambda: _confirm_each([one])
    if "all" in request.form:
        return _confirm_all
    return lambda: _confirm_each(request.form.getlist("record"))


def _confirm_each(records: list[str]) -> str:
    """Confirm records, each for itself: one that cannot be confirmed does not keep the others from it."""
    if not records:
        raise BadInputError("Tick the records that you want to confirm.", "record")
    refused: list[ReviewError] = []
    for record in records:
        record_type, _, record_id = record.partition(_SEPARATOR)
        try:
            asked = {"record_type": record_type, "record_id": record_id}
            act_once(lambda asked=asked: _is_confirmed(asked), "confirm", **asked)  # type: ignore[misc]
        except ReviewError as error:
            refused.append(error)
    if refused and len(refused) == len(records):
        raise refused[0]
    done = f"{counted(len(records) - len(refused), 'record')} confirmed."
    return f"{done} {counted(len(refused), 'record')} not: {refused[0]}" if refused else done


def _is_confirmed(asked: dict[str, str]) -> bool:
    return any(row["state"] == "confirmed" for row in rows("record", **asked))


def _all_of(chosen: dict[str, Any], total: int) -> dict[str, Any] | None:
    """Return what "confirm all" would confirm: the records that wait in one month of one post, never more."""
    posts = {unit["org_unit_key"] for unit in units() if unit["role"] == "clinician"}
    unit = chosen["org_unit_key"] or (posts.pop() if len(posts) == 1 else None)
    if not (unit and chosen["month_on"] and chosen["state"] == "waiting" and total):
        return None
    return {"org_unit_key": unit, "month_on": chosen["month_on"], "count": total}


def _confirm_all() -> str:
    done = act(
        "confirm_all",
        org_unit_key=typed.text(request.form, "org_unit_key"),
        month_on=typed.month(request.form, "month_on"),
        record_type=_chosen()["record_type"],
        expected_count=typed.whole(request.form, "expected_count"),
    )
    return f"{counted(done, 'record')} confirmed."
