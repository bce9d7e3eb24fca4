"""What Superset's process is handed over, and when its database is prepared again."""

from pathlib import Path

import pytest

from orchestration import settings as settings_module
from orchestration.services import superset
from orchestration.settings import Settings

ADDRESS = "postgresql://owner:owners-password@db.invalid:5432/warehouse"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_module.load({"CPW_HOME": str(tmp_path), "CPW_DATABASE_URL": ADDRESS})


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """The calls of Superset's command line, which are not made."""
    made: list[tuple[tuple[str, ...], dict[str, str]]] = []

    def call(_: Settings, environment: dict[str, str], *command: str) -> None:
        made.append((command, environment))

    monkeypatch.setattr(superset, "_call", call)
    return made


def test_environment__holds_no_address_of_the_owner(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("CPW_DATABASE_URL", ADDRESS)
    monkeypatch.setenv("CPW_DBT_PASSWORD", "owners-password")
    environment = superset._environment(settings)
    assert not [name for name, value in environment.items() if "owners-password" in value]
    assert "@db.invalid:5432/" in environment["CPW_SUPERSET_DSN"]


def test_prepare__hands_the_password_over_where_no_other_user_sees_it(
    settings: Settings, calls: list[tuple[tuple[str, ...], dict[str, str]]]
) -> None:
    superset._prepare(settings, {})
    password = superset.administrator_password(settings)
    assert not [command for command, _ in calls if any(password in word for word in command)]
    told = [command[1:3] for command, environment in calls if password in environment.values()]
    assert told == [("fab", "create-admin"), ("fab", "reset-password")]


@pytest.mark.parametrize(
    ("address", "is_prepared_again"),
    [(ADDRESS, False), (ADDRESS.replace("db.", "other."), True), (ADDRESS.replace("5432", "5433"), True)],
)
def test_prepare__is_done_once_for_each_database(
    settings: Settings,
    calls: list[tuple[tuple[str, ...], dict[str, str]]],
    address: str,
    is_prepared_again: bool,
) -> None:
    superset._prepare(settings, {})
    calls.clear()
    superset._prepare(settings_module.load({"CPW_HOME": str(settings.home), "CPW_DATABASE_URL": address}), {})
    assert bool(calls) == is_prepared_again
