"""A small client of Superset's REST API: log in, read, write, import, export. Knows nothing of our dashboards."""

import json
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests

from dashboards.errors import DeployError

_SECONDS = 60
_PAGE = 100
# We talk to the server on its own machine, past the proxy that ends TLS: said as the proxy says it, since a server that
# demands TLS would send us there.
_AS_BY_PROXY = {"X-Forwarded-Proto": "https"}


class Client:
    """A session of one administrator. Every failure is a `DeployError` of one sentence, with no secret in it."""

    def __init__(self, base_url: str, user_name: str, password: str) -> None:
        """Log in at `base_url`. Raises `DeployError` when Superset does not answer or refuses."""
        self._url = f"{base_url.rstrip('/')}/api/v1"
        self._session = requests.Session()
        self._session.headers.update({"Referer": base_url.replace("http://", "https://", 1), **_AS_BY_PROXY})
        self._session.cookies.set_policy(DefaultCookiePolicy(secure_protocols=("http", "https")))
        answer = self.call(
            "POST",
            "security/login",
            json={"username": user_name, "password": password, "provider": "db", "refresh": False},
        )
        self._session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self._session.headers["X-CSRFToken"] = self.call("GET", "security/csrf_token/")["result"]

    def call(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 - whatever JSON the API answers
        """Call the API and return its JSON answer. Raises `DeployError` for any answer that is not a success."""
        response = self._send(method, path, **options)
        return response.json() if response.content else {}

    def download(self, path: str) -> bytes:
        """Return the bytes that the API answers."""
        return self._send("GET", path).content

    def upload(self, path: str, archive: bytes, passwords: dict[str, str]) -> None:
        """Import a bundle, overwriting assets of the same id; `passwords` maps a database's file to its password."""
        self.call(
            "POST",
            path,
            files={"bundle": ("bundle.zip", archive, "application/zip")},
            data={"passwords": json.dumps(passwords), "overwrite": "true"},
        )

    def list_all(self, path: str, columns: list[str] | None = None, order: str = "id") -> Iterator[dict[str, Any]]:
        """Yield every row of a list of the API, whatever its number of pages.

        Without an order the pages of one list overlap: some rows come twice and others never.
        """
        page = 0
        while True:
            chosen = f"columns:!({','.join(columns)})," if columns else ""
            query = f"({chosen}order_column:{order},order_direction:asc,page:{page},page_size:{_PAGE})"
            answer = self.call("GET", path, params={"q": query})
            yield from answer["result"]
            page += 1
            if page * _PAGE >= answer["count"]:
                return

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401
        try:
            response = self._session.request(method, f"{self._url}/{path}", timeout=_SECONDS, **options)
        except requests.RequestException as error:
            reason = type(error).__name__
            raise DeployError(f"Superset does not answer at {self._url} ({reason}): start it with `cpw up`.") from None
        if not response.ok:
            raise DeployError(f"Superset refused {method} {path} with {response.status_code}: {_reason(response)}")
        return response


def can_log_in(base_url: str, user_name: str, password: str) -> bool:
    """Tell whether Superset knows the person by this password."""
    try:
        answer = requests.post(
            f"{base_url.rstrip('/')}/api/v1/security/login",
            json={"username": user_name, "password": password, "provider": "db", "refresh": False},
            headers=_AS_BY_PROXY,
            timeout=_SECONDS,
        )
    except requests.RequestException as error:
        raise DeployError(f"Superset does not answer at {base_url} ({type(error).__name__}).") from None
    return answer.ok


def _reason(response: requests.Response) -> str:
    """Return what Superset says about a failure, shortened; it never quotes what was sent as a password."""
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        return response.reason
    return json.dumps(answer.get("errors") or answer.get("message") or answer)[:600]
