"""A held delivery, as the person meets it who decides: told by every command, listed, released or rejected."""

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration import refresh
from orchestration.extract import contracts, folder
from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import run_cpw

FEED = "pas__patient"


@pytest.fixture
def settings(new_installation: Callable[[], Settings], small_extracts: Path) -> Settings:
    """An installation to which a whole snapshot came, and then two that lack most of its rows."""
    settings = new_installation()
    settings.extracts.mkdir(parents=True)
    header, *rows = min(small_extracts.glob(f"{FEED}__*.csv")).read_text().splitlines()
    for day, kept in (("20261001", len(rows)), ("20261002", len(rows) // 2), ("20261003", len(rows) // 3)):
        (settings.extracts / f"{FEED}__{day}.csv").write_text("\n".join([header, *rows[:kept]]) + "\n")
    return settings


def cpw(settings: Settings, *arguments: str, code: int = 0) -> str:
    result = run_cpw(settings, *arguments)
    assert result.returncode == code, result.stdout + result.stderr
    return result.stderr if code else result.stdout


def test_held_delivery__waits_for_a_person_and_is_told_everywhere(settings: Settings) -> None:
    extracts = str(settings.extracts)
    said = cpw(settings, "load", "--extracts", extracts)
    assert "held: pas__patient__20261002.csv was held, since " in said
    assert "`cpw release 2`" in said and "2 held until somebody decides: `cpw deliveries --held`." in said

    again = cpw(settings, "load", "--extracts", extracts)
    assert again.splitlines() == ["Nothing new.", "2 held until somebody decides: `cpw deliveries --held`."]
    with connection.connect(settings, autocommit=True) as owner:
        known = [refresh._is_known(owner, one) for one in folder.match(settings.extracts, contracts.load()).arrivals]
    assert known == [True, True, True]

    table = cpw(settings, "deliveries", "--held").splitlines()
    assert [line.split()[:3] for line in table if "20261" in line and "was held" not in line] == [
        ["2", FEED, f"{FEED}__20261002.csv"], ["3", FEED, f"{FEED}__20261003.csv"],
    ]  # fmt: skip
    assert any("decide: `cpw release 3`" in line for line in table)
    status = cpw(settings, "status")
    assert "held        2 files: `cpw deliveries --held`" in status and "2: pas__patient__20261002.csv" in status

    released = cpw(settings, "release", "2", "--because", "They moved to another trust")
    assert released.startswith(f"{FEED}__20261002.csv: ") and "keys are gone" in released
    rejected = cpw(settings, "reject", "3", "--because", "A cut file")
    me = pwd.getpwuid(os.getuid()).pw_name
    assert rejected.startswith(f"rejected: {FEED}__20261003.csv") and f"by {me}: A cut file" in rejected

    assert cpw(settings, "deliveries", "--held").strip() == "No delivery is held."
    table = cpw(settings, "deliveries")
    assert f"released by {me}: They moved to another trust" in table and f"rejected by {me}: A cut file" in table
    assert cpw(settings, "load", "--extracts", extracts).strip() == "Nothing new."


def test_decision_that_cannot_be_made__is_one_line(settings: Settings) -> None:
    cpw(settings, "load", "--extracts", str(settings.extracts))
    assert "`cpw deliveries --held` lists those that wait" in cpw(settings, "release", "99", code=2)
    for decide in (["release", "1"], ["reject", "1", "--because", "a test"]):
        said = cpw(settings, *decide, code=2)
        assert "is loaded, not held" in said and len(said.strip().splitlines()) == 1


def test_listing__before_anything_came_says_so(settings: Settings) -> None:
    said = cpw(settings, "deliveries", code=1)
    assert "The embedded PostgreSQL is not running" in said
    cpw(settings, "load", "--extracts", str(settings.extracts), "--source", "theatre")
    assert cpw(settings, "deliveries").strip() == "No delivery has come yet."
