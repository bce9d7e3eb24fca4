"""Sends a person who opens Superset's home page to the dashboard of their own level."""

from collections.abc import Mapping
from pathlib import Path

import yaml
from flask import Flask, Response, g, redirect, request

SECURITY = Path(__file__).resolve().parent.parent / "security"
HOME_PAGES = ("/", "/superset/welcome/")


def landing_pages(security: Path = SECURITY) -> dict[str, str]:
    """Return role -> slug of its dashboard, in the order in which a person with several roles is served."""
    roles = yaml.safe_load((security / "roles.yaml").read_text())["roles"]
    return {role["name"]: role["landing"] for role in roles}


def add_landing(app: Flask, pages: Mapping[str, str]) -> None:
    """Redirect the home page of each role in `pages`; others (administrators) keep Superset's own."""

    @app.before_request
    def to_own_dashboard() -> Response | None:
        user = getattr(g, "user", None)
        if request.method != "GET" or request.path not in HOME_PAGES or not getattr(user, "is_authenticated", False):
            return None
        held = {role.name for role in user.roles}
        slug = next((page for role, page in pages.items() if role in held), None)
        return redirect(f"/superset/dashboard/{slug}/") if slug else None
