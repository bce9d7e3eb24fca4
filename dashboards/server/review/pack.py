"""The appraisal pack of whoever is logged in: the months are chosen, whose it is is not."""

from datetime import date

from flask import Response, g, request, url_for

from dashboards.server.review import typed
from dashboards.server.review.errors import BadInputError, MayNotError
from dashboards.server.review.frame import blueprint, note, rows, services, show, units
from dashboards.server.review.words import month

_NOT_YOURS = "A pack is of the own practice, and no post is yours."
TITLE = "Appraisal pack"


@blueprint.route("/pack/", methods=["GET"], endpoint="pack")
def _look() -> Response:
    own = _own_posts()
    asked = {name: typed.text(request.args, name) for name in ("first", "last")}
    if not any(asked.values()):
        return _page()
    try:
        first, last = typed.month(request.args, "first"), typed.month(request.args, "last")
        made = services().packs.make(g.user.username, first, last)
    except BadInputError as error:
        return _page(errors={error.field: str(error)}, status=422)
    # Recorded as every look is, before it leaves.
    g.setdefault("review_seen", set()).update(own)
    note(f"{TITLE}, {month(first)} to {month(last)}")
    response = Response(made, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="appraisal-{first:%Y-%m}-{last:%Y-%m}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _own_posts() -> list[str]:
    """Return the posts of the person; who stands in for another makes no pack of them. Raises `MayNotError`."""
    own = [row["org_unit_key"] for row in units() if row["role"] == "clinician" and not row["on_behalf_of"]]
    if not own:
        raise MayNotError(_NOT_YOURS)
    return own


def _page(**answer: object) -> Response:
    months = sorted(row["month_on"] for row in rows("month"))
    last: date | None = months[-1] if months else None
    return show(
        "pack.html",
        TITLE,
        months=months[::-1],
        chosen={
            "first": request.args.get("first") or (f"{months[-12:][0]:%Y-%m}" if months else ""),
            "last": request.args.get("last") or (f"{last:%Y-%m}" if last else ""),
        },
        here=url_for("review.pack"),
        **answer,  # type: ignore[arg-type]
    )
