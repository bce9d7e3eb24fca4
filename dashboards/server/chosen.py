"""Takes a reader from a link in a table to their own page with that unit, and that measure, chosen."""

from collections.abc import Mapping
from urllib.parse import urlencode

import prison
from flask import Flask, Response, g, redirect, request

from dashboards import specs as spec_files
from dashboards.compile import filter_id
from dashboards.specs import Dashboard

ADDRESS = "/chosen/"
# What a link says -> the column by which pages choose it.
COLUMNS = {"unit": "unit_label", "measure": "measure_title"}


def chosen_filters(dashboard: Dashboard, wanted: Mapping[str, str]) -> str:
    """Return Superset's `native_filters` (rison) that set the filters of a page.

    `wanted` is column -> value; a column by which the page does not choose is left out.
    """
    masks = {}
    for item in dashboard.filters:
        if item.column not in wanted:
            continue
        number, value = filter_id(dashboard, item.name), [wanted[item.column]]
        masks[number] = {
            "id": number,
            "extraFormData": {"filters": [{"col": item.column, "op": "IN", "val": value}]},
            "filterState": {"value": value},
            "ownState": {},
        }
    return str(prison.dumps(masks))


def add_choice(app: Flask, pages: Mapping[str, str]) -> None:
    """Answer `/chosen/?unit=...&measure=...` for each role in `pages` (role -> slug of its page).

    A link holds names alone: the page asks for their rows as the reader, so a forged name shows nothing.
    """
    dashboards = spec_files.load().dashboards

    def to_chosen() -> Response:
        user = getattr(g, "user", None)
        if not getattr(user, "is_authenticated", False):
            return redirect(f"/login/?{urlencode({'next': request.full_path})}")
        held = {role.name for role in user.roles}
        slug = next((page for role, page in pages.items() if role in held), None)
        if slug is None:
            return redirect("/")
        wanted = {column: request.args[key] for key, column in COLUMNS.items() if key in request.args}
        query = urlencode({"native_filters": chosen_filters(dashboards[slug], wanted)})
        return redirect(f"/superset/dashboard/{slug}/?{query}")

    app.add_url_rule(ADDRESS, "chosen", to_chosen, methods=["GET"])
