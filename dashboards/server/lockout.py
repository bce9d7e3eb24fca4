"""Stops guessing of passwords: after a few failures an account is closed for a while to the address that guessed."""

import json
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

# Both doors: the form, and the API, which Superset's own limit leaves open.
FORM, API = "/login/", "/api/v1/security/login"
# Counted by each of the server's processes for itself, so that a guesser may have twice as many.
FAILURES = parse("5 per 15 minutes")
_LOCKED = "Too many failed log-ins. Wait 15 minutes, or ask an administrator for a new password."


def lock_out_guessers(app: Flask) -> None:
    """Refuse log-ins after repeated failures, whatever the password; a success forgets the failures before it."""
    limiter = MovingWindowRateLimiter(MemoryStorage())

    @app.before_request
    def refuse() -> Response | None:
        if not _is_log_in():
            return None
        if limiter.test(FAILURES, *_who()):
            g.tries_password = True
            return None
        response = current_app.response_class(json.dumps({"message": _LOCKED}), 429, mimetype="application/json")
        response.headers["Retry-After"] = str(FAILURES.get_expiry())
        return response

    @app.after_request
    def count(response: Response) -> Response:
        # A form without its token is refused before us: another site's page must not lock anybody out.
        if g.pop("tries_password", False):
            if _failed(response):
                limiter.hit(FAILURES, *_who())
            else:
                limiter.clear(FAILURES, *_who())
        return response


def _is_log_in() -> bool:
    return request.method == "POST" and request.path in {FORM, API, FORM.rstrip("/"), f"{API}/"}


def _failed(response: Response) -> bool:
    if request.path.startswith(API):
        return response.status_code >= 400
    return not getattr(current_user, "is_authenticated", False)


def _who() -> tuple[str, str]:
    """Return the account that is asked for and the address that asks: nobody can lock out a person elsewhere."""
    said: Any = request.get_json(silent=True) if request.is_json else request.form
    name = said.get("username", "") if hasattr(said, "get") else ""
    return str(name).casefold(), request.remote_addr or ""
