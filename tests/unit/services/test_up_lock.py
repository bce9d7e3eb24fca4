"""Two `cpw up` of one installation: the second one says so and touches nothing."""

import fcntl
from pathlib import Path

import pytest

from orchestration import installation
from orchestration import settings as settings_module
from orchestration.errors import UsageError
from tests.installations import free_port


def test_up__while_another_is_under_way_is_refused(tmp_path: Path) -> None:
    settings = settings_module.load({"CPW_HOME": str(tmp_path / "home")})
    settings.run.mkdir(parents=True)
    with (settings.run / "up.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="Another `cpw up`"):
            installation.up(settings, write_synthetic=True)
    assert [path.name for path in settings.home.iterdir()] == ["run"]


def test_up__that_failed_does_not_keep_the_next_one_out(tmp_path: Path) -> None:
    ports = {name: str(free_port()) for name in ("CPW_SUPERSET_PORT", "CPW_DAGSTER_PORT")}
    settings = settings_module.load(
        {"CPW_HOME": str(tmp_path / "home"), "CPW_EXTRACTS": str(tmp_path / "none"), **ports}
    )
    for _ in range(2):
        with pytest.raises(UsageError, match="There is no folder"):
            installation.up(settings, write_synthetic=False)
