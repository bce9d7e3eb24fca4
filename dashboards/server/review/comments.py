"""Comments on figures, special causes explained, and months from which limits are calculated anew."""

from typing import Any

from flask import Response, request, url_for

from dashboards.server.review import typed
from dashboards.server.review.frame import (
    ID,
    act,
    act_once,
    asked_form,
    attempt,
    blueprint,
    leads,
    rows,
    show,
)

KINDS = {"comment": "A comment", "special cause": "What caused a special cause"}


@blueprint.get("/comments/", endpoint="comments")
def _page(**answer: Any) -> Response:  # noqa: ANN401
    chosen = {
        "org_unit_key": typed.text_or_none(request.args, "unit"),
        "measure_id": typed.text_or_none(request.args, "measure"),
    }
    return show(
        "comments.html",
        "Comments",
        comments=rows("comment_list", **chosen),
        rebases=rows("rebase_list", **chosen),
        units=rows("spoken_unit"),
        months=rows("month"),
        leads=leads(),
        measures=rows("measure"),
        chosen=chosen,
        kinds=KINDS,
        **answer,
    )


@blueprint.post("/comments/", endpoint="comment")
def _comment() -> Response:
    what = _rebase if asked_form() == "rebase" else _comment_on
    return attempt(what, _page, url_for("review.comments", **request.args))


@blueprint.post(f"/rebase/<{ID}:rebase_id>/end/", endpoint="end_rebase")
def _end(rebase_id: int) -> Response:
    def end() -> str:
        act("end_rebase", rebase_id=rebase_id, reason=typed.text(request.form, "reason"))
        return "Ended. From the next publication the limits are again those of all months."

    return attempt(end, _page, url_for("review.comments", **request.args))


def _comment_on() -> str:
    about = {name: typed.text(request.form, name) for name in ("org_unit_key", "measure_id")}
    said = {
        "month_on": typed.month(request.form, "month_on"),
        "kind": typed.text(request.form, "kind"),
        "comment": typed.text(request.form, "comment"),
    }

    def is_said() -> bool:
        return any(said.items() <= row.items() for row in rows("comment_list", **about))

    act_once(is_said, "comment_on", **about, **said)
    return "Your comment is kept, with your name and the publication that you read."


def _rebase() -> str:
    act(
        "rebase",
        org_unit_key=typed.text(request.form, "org_unit_key"),
        measure_id=typed.text(request.form, "measure_id"),
        from_on=typed.month(request.form, "from_on"),
        reason=typed.text(request.form, "reason"),
    )
    return "From the next publication the limits begin anew with that month."
