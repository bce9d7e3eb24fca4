"""Objectives: proposed, agreed, and judged by what really changed."""

from typing import Any

from flask import Response, request, url_for

from dashboards.server.review import typed
from dashboards.server.review.frame import ID, act, act_once, attempt, blueprint, leads, rows, show

ANSWERS = {
    "agree": "Agree to it",
    "met": "It is met",
    "not met": "It is not met",
    "carry": "Carry it on to another day",
    "withdraw": "Withdraw it",
}


@blueprint.get("/objectives/", endpoint="objectives")
def _page(**answer: Any) -> Response:  # noqa: ANN401
    found = rows("objective_list")
    return show(
        "objectives.html",
        "Objectives",
        open_ones=[row for row in found if row["state"] in ("proposed", "agreed", "carried")],
        closed=[row for row in found if row["state"] not in ("proposed", "agreed", "carried")],
        answers=ANSWERS,
        units=rows("spoken_unit") if leads() else [],
        measures=rows("measure"),
        colleagues=rows("colleague"),
        **answer,
    )


@blueprint.post("/objectives/", endpoint="propose")
def _propose() -> Response:
    def propose() -> str:
        measure_id = typed.text(request.form, "measure_id")
        unit_of = {row["measure_id"]: row["unit"] for row in rows("measure")}
        what = {
            "org_unit_key": typed.text(request.form, "org_unit_key"),
            "measure_id": measure_id,
            "target": typed.number(request.form, "target", unit_of.get(measure_id, "")),
            "by_on": typed.day(request.form, "by_on"),
            "description": typed.text(request.form, "description"),
        }
        act_once(
            lambda: any(what.items() <= row.items() for row in rows("objective_list")),
            "propose_objective",
            **what,
            owner_user_name=typed.text(request.form, "owner_user_name"),
        )
        return "Proposed. It counts once whoever owns it agrees."

    return attempt(propose, _page, url_for("review.objectives"))


@blueprint.post(f"/objectives/<{ID}:objective_id>/", endpoint="answer_objective")
def _answer(objective_id: int) -> Response:
    def answer() -> str:
        act(
            "answer_objective",
            objective_id=objective_id,
            answer=typed.text(request.form, "answer"),
            reason=typed.text(request.form, "reason"),
            by_on=typed.day_or_none(request.form, "by_on"),
            last_act_id=typed.whole(request.form, "last_act_id"),
        )
        return "Recorded."

    return attempt(answer, _page, url_for("review.objectives"))
