"""Failures of Superset reach people as one sentence, and no password is in it."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from dashboards.client import Client
from dashboards.errors import DeployError
from tests.installations import free_port

PASSWORD = "a password nobody may read"


@pytest.fixture
def refusing_server() -> str:
    """A server that refuses every log-in, as Superset does."""

    class Refuse(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(401)
            self.end_headers()
            self.wfile.write(json.dumps({"message": "Not authorized"}).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Refuse)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_no_server__is_said_with_its_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(DeployError, match=f"does not answer at {url}") as error:
        Client(url, "administrator", PASSWORD)
    assert PASSWORD not in str(error.value)


def test_refused_log_in__is_said_without_the_password(refusing_server: str) -> None:
    with pytest.raises(DeployError, match="refused POST security/login with 401") as error:
        Client(refusing_server, "administrator", PASSWORD)
    assert PASSWORD not in str(error.value)
