"""Records who sees what before it is shown: an answer that cannot be recorded is not given."""

import logging
import re
from typing import Any

import psycopg2
from flask import Flask, Response, g, has_request_context, jsonify, request

from dashboards.server.seen import Seen
from dashboards.server.viewing_log import ViewingLog

# Where Superset answers with rows of the warehouse, and what is done there when the answer does not say.
_ANSWERS = (
    (re.compile(r"/api/v1/chart/(data(/.*)?|\d+/data/?)"), None),
    (re.compile(r"/datasource/samples/?"), "samples"),
    (re.compile(r"/api/v1/datasource/.+/column/.+/values/?"), "filter values"),
    (re.compile(r"/api/v1/sqllab/(execute|results|export.*)/?.*"), "queried"),
    (re.compile(r"/superset/explore_json/?.*"), "queried"),
)
_REFUSED = "It could not be recorded that you see this, so it is not shown. Try again in a minute."
_logger = logging.getLogger(__name__)
_titles: dict[tuple[str, int], str] = {}


def record_viewings(app: Flask, log: ViewingLog) -> None:
    """Note each frame that Superset answers with, cached or not, and tell the database before the answer leaves."""
    _note_frames()

    @app.after_request
    def tell(response: Response) -> Response:
        found = next((action for path, action in _ANSWERS if path.fullmatch(request.path)), "")
        if found == "" or response.status_code >= 300:
            return response
        seen: Seen | None = g.pop("seen", None)
        if seen is None and found is None:
            return response  # a question about the chart itself: no frame was made, so no row is in the answer
        try:
            log.record(_values(seen or Seen(basis="all granted", is_cached=False, are_choices=False), found))
        except psycopg2.Error as error:
            _logger.error("A viewing could not be recorded: %s", type(error).__name__)
            return _refusal()
        return response


def _note_frames() -> None:
    """Have every frame pass by: Superset has no hook where one comes from the cache."""
    from superset.common.query_context_processor import QueryContextProcessor  # noqa: PLC0415 - not before the app

    make = QueryContextProcessor.get_df_payload
    if getattr(make, "notes", False):
        return

    def get_df_payload(self: Any, query_obj: Any, force_cached: bool | None = False) -> dict[str, Any]:  # noqa: ANN401
        payload = make(self, query_obj, force_cached)
        if has_request_context():
            if "seen" not in g:
                g.seen = Seen()
            g.seen.add(self._query_context, query_obj, payload)
        return payload

    get_df_payload.notes = True  # type: ignore[attr-defined]
    QueryContextProcessor.get_df_payload = get_df_payload


def _values(seen: Seen, action: str | None) -> tuple[Any, ...]:
    """Return what the database is told, in the order in which it asks."""
    done = seen.action if action in (None, "samples") and seen.dataset else action or "shown"
    if action == "samples":
        done = "samples"
    elif done == "shown" and seen.are_choices:
        done = "filter values"
    return (
        getattr(g.user, "username", "nobody"),
        _title("dashboard", seen.form_data.get("dashboardId")),
        _title("chart", seen.form_data.get("slice_id")),
        seen.dataset,
        done,
        seen.is_cached,
        seen.basis,
        sorted(seen.keys),
        sorted(seen.labels),
    )


def _title(kind: str, number: Any) -> str | None:  # noqa: ANN401
    """Return the title of a page or a chart; it keeps its number, and its title until the server starts anew."""
    from superset import db  # noqa: PLC0415 - not before the app
    from superset.models.dashboard import Dashboard  # noqa: PLC0415
    from superset.models.slice import Slice  # noqa: PLC0415

    if not str(number or "").isdecimal():
        return None
    key = (kind, int(number))
    if key not in _titles:
        column, id_column = (
            (Dashboard.dashboard_title, Dashboard.id) if kind == "dashboard" else (Slice.slice_name, Slice.id)
        )
        row = db.session.query(column).filter(id_column == key[1]).one_or_none()
        if row is None:
            return None
        _titles[key] = str(row[0])
    return _titles[key]


def _refusal() -> Response:
    """Say in Superset's own form that nothing is shown."""
    error = {"message": _REFUSED, "error_type": "GENERIC_BACKEND_ERROR", "level": "error", "extra": {}}
    response = jsonify({"message": _REFUSED, "errors": [error]})
    response.status_code = 503
    return response
