"""The dbt project on empty raw tables: it builds, its unit tests hold, its documentation can be made."""

from collections.abc import Callable

import pytest

from orchestration import foundation
from orchestration.settings import Settings
from tests.installations import run_cpw


@pytest.fixture(scope="module")
def empty(new_installation: Callable[[], Settings]) -> Settings:
    settings = new_installation()
    foundation.lay(settings)
    return settings


def test_build__with_unit_tests_passes_on_no_rows(empty: Settings) -> None:
    result = run_cpw(empty, "dbt", "--warn-error", "build")
    assert result.returncode == 0, result.stdout[-4000:]
    assert "unit tests" in result.stdout


def test_docs__can_be_made(empty: Settings) -> None:
    result = run_cpw(empty, "dbt", "docs", "generate")
    assert result.returncode == 0, result.stdout[-4000:]
    assert (empty.dbt_target / "catalog.json").exists()
