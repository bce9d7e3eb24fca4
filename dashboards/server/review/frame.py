"""The frame of the review pages: who may enter, which tabs they have, forms that keep what was typed, errors."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg2
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError

from dashboards.server.review import typed, words
from dashboards.server.review.database import ReviewDatabase, Row, close_connection
from dashboards.server.review.errors import (
    BadInputError,
    MayNotError,
    ReviewError,
    SomebodyWasFirstError,
    UnavailableError,
)
from dashboards.server.review.pack_maker import PackMaker
from dashboards.server.viewing_log import ViewingLog
from dashboards.theme import page_style

MENU = "Review"
_SAID = "review"
# Fields in which people write sentences: not lost where the form is gone.
_TEXTS = ("evidence", "reason", "comment", "description")
_STYLE = Path(__file__).with_name("style.css")
# Functions whose rows are records or figures of units: who sees them is told to those they are about.
_SHOWS = {"work_list", "record", "dispute_list", "objective_list"}
_TOO_OLD = "This form was open for too long, or does not come from this page, so nothing was changed. Open it anew."
_NOT_NOTED = "It could not be recorded that you see this, so it is not shown. Try again in a minute."
_NOT_YOURS = "Your account does not have the review pages. Ask whoever keeps the accounts of the dashboards."

# The number of an act in an address: as large as the database counts.
ID = f"int(max={2**63 - 1})"

blueprint = Blueprint("review", __name__, url_prefix="/review", template_folder="templates")


@dataclass(frozen=True)
class Tab:
    """One of the tabs on top: its endpoint, its title, and the roles that have something to do there."""

    endpoint: str
    title: str
    roles: frozenset[str]


_LEADERS = frozenset({"clinical lead", "divisional director", "executive"})
_EVERY_LEVEL = _LEADERS | {"clinician"}
TABS = (
    Tab("review.work_list", "To validate", frozenset({"clinician"})),
    Tab("review.disputes", "Disputes", frozenset({"clinician", "clinical lead", "coder", "divisional director"})),
    Tab("review.sign_off", "Sign-off", _EVERY_LEVEL),
    Tab("review.comments", "Comments", _EVERY_LEVEL),
    Tab("review.objectives", "Objectives", _EVERY_LEVEL),
    Tab("review.delegation", "Delegation", _EVERY_LEVEL),
)


@dataclass(frozen=True)
class Services:
    """What the pages need of the house: the functions of `review`, and the log of who saw what."""

    database: ReviewDatabase
    log: ViewingLog
    packs: PackMaker


def services() -> Services:
    """Return the services of this server."""
    found: Services = current_app.extensions["cpw_review"]
    return found


def rows(function: str, **parameters: Any) -> list[Row]:  # noqa: ANN401
    """Return the rows of a function of `review`, and note whose they are."""
    found = services().database.rows(function, **parameters)
    if function in _SHOWS:
        g.setdefault("review_seen", set()).update(row["org_unit_key"] for row in found)
    return found


def act(function: str, **parameters: Any) -> Any:  # noqa: ANN401
    """Have the database act, as `ReviewDatabase.act` does."""
    return services().database.act(function, **parameters)


def act_once(is_done: Callable[[], bool], function: str, **parameters: Any) -> None:  # noqa: ANN401
    """Have the database act unless it is done: who presses a button twice sends a form twice.

    For acts that may well be repeated later, which the database therefore takes: only one form of a person at a time is
    looked at.
    """
    services().database.wait_for_others_of(g.user.username)
    if not is_done():
        act(function, **parameters)


def units() -> list[Row]:
    """Return the units of the person, each with the role there and for whom they stand in."""
    if "review_units" not in g:
        g.review_units = rows("my_unit")
    return list(g.review_units)


def leads() -> bool:
    """Return whether the person leads a unit, and so may do there what is not for a clinician alone."""
    return bool(_LEADERS & {unit["role"] for unit in units()})


def tabs() -> list[Tab]:
    """Return the tabs that the person has."""
    held = {unit["role"] for unit in units()}
    return [tab for tab in TABS if held & tab.roles]


def show(
    template: str,
    title: str,
    *,
    errors: Mapping[str, str] | None = None,
    first: str = "",
    status: int = 200,
    **values: Any,  # noqa: ANN401
) -> Response:
    """Return a page. `errors` are sentences by field, `first` says that somebody was first.

    Whoever is told of viewings is told of this one first; a page that cannot be noted is not shown.
    """
    note(title)
    wrong = errors or {}
    page = render_template(
        f"review/{template}",
        title=title,
        tabs=tabs(),
        errors=wrong,
        first=first,
        typed=_typed,
        texts=_texts(),
        publication_id=g.publication_id,
        wrong=lambda form, field: wrong.get(field) if asked_form() == form else None,
        **values,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def attempt(what: Callable[[], str], page: Callable[..., Response], after: str) -> Response:
    """Do what a form asks, say what was done and go on to `after`; where it cannot be done, show the page again.

    `what` returns the sentence that says it. `page` takes `errors`, `first` and `status`, as `show` does: it asks the
    database anew, so that the fresh state stands beside what was typed.
    """
    try:
        said = what()
    except BadInputError as error:
        return page(errors={error.field: str(error)}, status=422)
    except SomebodyWasFirstError as error:
        return page(first=str(error), status=409)
    flash(said, _SAID)
    return redirect(after, 303)  # type: ignore[return-value]


def asked_form() -> str:
    """Return which of the forms of a page was sent."""
    return request.form.get("form", "")


def _typed(form: str, field: str, otherwise: Any = "") -> Any:  # noqa: ANN401
    """Return what was typed into a field of the form that was sent; `otherwise` in a form that was not."""
    return request.form.get(field, "") if asked_form() == form else otherwise


def _texts() -> list[str]:
    """Return the sentences that were sent: nobody is to write them again because something else went wrong."""
    # The reason of a dispute is chosen, not written.
    written = [name for name in _TEXTS if (asked_form(), name) != ("dispute", "reason")]
    return [said for name in written if (said := typed.text(request.form, name))]


def note(title: str) -> None:
    """Tell the log whose records or figures the page shows, if any. Raises `UnavailableError` where it cannot."""
    seen = sorted(g.get("review_seen", ()))
    if not seen:
        return
    try:
        services().log.record((g.user.username, MENU, title, "review_record", "shown", False, "rows", seen, []))
    except psycopg2.Error:
        raise UnavailableError(_NOT_NOTED) from None


@blueprint.before_request
def enter() -> Response | None:
    """Let in who has the menu entry; the log-in is that of the dashboards."""
    if request.endpoint == "review.style":
        return None
    if not getattr(getattr(g, "user", None), "is_authenticated", False):
        wanted = request.full_path.rstrip("?") if request.method == "GET" else url_for("review.work_list")
        return redirect(f"/login/?{urlencode({'next': wanted})}")  # type: ignore[return-value]
    if not current_app.appbuilder.sm.has_access("menu_access", MENU):  # type: ignore[attr-defined]
        return _refused(_NOT_YOURS, 403)
    # Asked before anything else: what the page shows is of this publication or a later one, never of one before.
    (served,) = rows("publication_id")
    g.publication_id = served["publication_id"]
    return None


def add_review(app: Flask, database: ReviewDatabase, log: ViewingLog, packs: PackMaker) -> None:
    """Add the pages and their menu entry to Superset."""
    # Each of these modules adds its pages to the blueprint.
    from dashboards.server.review import (  # noqa: PLC0415
        comments,  # noqa: F401
        disputes,  # noqa: F401
        objectives,  # noqa: F401
        pack,  # noqa: F401
        record,  # noqa: F401
        sign_off,  # noqa: F401
        work_list,  # noqa: F401
    )

    app.extensions["cpw_review"] = Services(database, log, packs)
    app.register_blueprint(blueprint)


blueprint.teardown_request(close_connection)
for _name, _filter in words.FILTERS.items():
    blueprint.add_app_template_filter(_filter, f"cpw_{_name}")


@blueprint.app_context_processor
def _frame_values() -> dict[str, Any]:
    if request.blueprint != blueprint.name:
        return {}
    return {"style_version": style()[1], "app_name": current_app.config["APP_NAME"], "said": _SAID}


@cache
def style() -> tuple[str, str]:
    """Return the style sheet of the review pages, and what changes when it does."""
    sheet = page_style(_STYLE)
    return sheet, hashlib.sha256(sheet.encode()).hexdigest()[:12]


@blueprint.get("/style.css", endpoint="style")
def _send_style() -> Response:
    response = Response(style()[0], mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=604800, immutable"
    return response


def _refused(sentence: str, status: int) -> Response:
    page = render_template("review/refused.html", title="Not done", sentence=sentence, texts=_texts())
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(CSRFError)
def _foreign_form(_: CSRFError) -> Response:
    return _refused(_TOO_OLD, 400)


@blueprint.errorhandler(ReviewError)
def _not_done(error: ReviewError) -> Response:
    """Answer where no form is to be shown again."""
    kinds = {MayNotError: 403, BadInputError: 400, SomebodyWasFirstError: 409}
    return _refused(str(error), kinds.get(type(error), 503))
