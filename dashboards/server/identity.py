"""Tells Postgres for whom a query runs: the user's name, escaped and signed, as options of the connection."""

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any

STATEMENT_TIMEOUT_SECONDS = 30

ConnectionMutator = Callable[[Any, dict[str, Any], str | None, Any, Any], tuple[Any, dict[str, Any]]]


def connection_options(user_name: str, access_key: str, timeout_seconds: int = STATEMENT_TIMEOUT_SECONDS) -> str:
    """Return libpq's `options` that name the user and prove the name, for `access.app_user()` to check.

    libpq splits options at blanks and unescapes backslashes, so a name that holds either could otherwise smuggle
    in an option of its own ("zed -c app.username=alice" was read as alice). The signature is the hex HMAC-SHA-256
    of the name's UTF-8 bytes under `access_key`.
    """
    escaped = re.sub(r"([\\\s])", r"\\\1", user_name)
    signature = hmac.new(access_key.encode(), user_name.encode(), hashlib.sha256).hexdigest()
    timeout = timeout_seconds * 1000
    return f"-c app.username={escaped} -c app.signature={signature} -c statement_timeout={timeout}"


def connection_mutator(access_key: str) -> ConnectionMutator:
    """Return Superset's `DB_CONNECTION_MUTATOR`: every warehouse connection carries its user's signed name.

    Without a user (a background task) the name is empty, which Postgres takes for nobody: no rows.
    """

    def mutate(
        uri: Any,  # noqa: ANN401
        params: dict[str, Any],
        user_name: str | None,
        security_manager: Any,  # noqa: ANN401
        source: Any,  # noqa: ANN401
    ) -> tuple[Any, dict[str, Any]]:
        if uri.get_backend_name() == "postgresql":
            options = connection_options(user_name or "", access_key)
            connect_args = {**params.get("connect_args", {}), "options": options}
            params = {**params, "connect_args": connect_args}
        return uri, params

    return mutate
