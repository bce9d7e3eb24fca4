"""What is said when PostgreSQL's own user cannot be made, or its port file was left half written."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from orchestration import settings as settings_module
from orchestration.postgres import server


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (subprocess.CalledProcessError(1, "useradd", stderr="useradd: cannot lock /etc/passwd\n"), "cannot lock"),
        (subprocess.CalledProcessError(1, "useradd", stderr=""), "status 1"),
        (FileNotFoundError(2, "No such file or directory", "useradd"), "useradd"),
    ],
)
def test_system_user__that_cannot_be_made_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, reason: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(server.ServerError, match=reason):
        server._make_system_user()


@pytest.mark.parametrize("text", ["", "half"])
def test_port__is_chosen_anew_where_the_file_cannot_be_read(tmp_path: Path, text: str) -> None:
    settings = settings_module.load({"CPW_HOME": str(tmp_path)})
    settings.run.mkdir()
    (settings.run / "postgres.port").write_text(text)
    port = server._port(settings)
    assert server._port(settings) == port
