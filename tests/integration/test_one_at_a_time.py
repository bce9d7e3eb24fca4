"""Who builds holds the warehouse: nobody loads or builds beside a pass, and a half-built place is never published."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration import demonstration, foundation, installation
from orchestration.errors import UsageError
from orchestration.postgres import connection
from orchestration.postgres.hold import HeldError, hold
from orchestration.publication import exchange, origin, publish
from orchestration.settings import Settings
from tests.installations import BuiltWarehouse, run_cpw


@pytest.fixture(scope="module")
def laid(new_installation: Callable[[], Settings]) -> Settings:
    settings = new_installation()
    foundation.lay(settings)
    return settings


def test_second_builder__is_told_at_once(laid: Settings, small_extracts: Path) -> None:
    with hold(laid):
        with pytest.raises(HeldError, match="Another refresh of this warehouse is under way"), hold(laid):
            pass
        for command in (["load", "--extracts", str(small_extracts)], ["release", "1"], ["dbt", "build"]):
            result = run_cpw(laid, *command)
            assert result.returncode == 1
            assert "Another refresh of this warehouse is under way" in result.stderr
            assert len(result.stderr.strip().splitlines()) == 1
    with hold(laid):
        pass


def test_run_beside_another__says_why_it_did_nothing(laid: Settings, small_extracts: Path) -> None:
    with hold(laid):
        result = run_cpw(laid, "run", "--extracts", str(small_extracts))
    assert result.returncode == 1
    assert "Another refresh of this warehouse is under way" in result.stderr.strip().splitlines()[-1]
    assert "Traceback" not in result.stderr


def test_marts_that_no_whole_pass_built__are_not_published(laid: Settings) -> None:
    with connection.connect(laid, autocommit=True) as owner:
        owner.execute("drop schema if exists marts_next cascade")
        for make in ("select 1", "create schema marts_next"):
            owner.execute(make)
            with pytest.raises(publish.PublishError, match="not built by one whole pass"):
                publish.publish(owner, [], run_id="none")
        owner.execute("drop schema marts_next")


def test_begin__leaves_nothing_of_an_attempt_before(laid: Settings) -> None:
    with connection.connect(laid, autocommit=True) as owner:
        first, second = origin.now(owner), origin.now(owner)
        publish.begin(owner, first)
        owner.execute("create table marts_next.left_over (x int)")
        publish.begin(owner, second)
        assert owner.execute("select to_regclass('marts_next.left_over')").fetchone() == (None,)
        assert publish.made_from(owner) == second != first
        owner.execute("create table marts_next.stray (x int)")
        with pytest.raises(publish.PublishError, match="stray"):
            publish.publish(owner, [], run_id="none")
        owner.execute("drop schema marts_next cascade")


def test_publication_read_by_somebody__waits_for_nobody(small_warehouse: BuiltWarehouse) -> None:
    """A reader in an open transaction keeps the former publication; it goes once nobody reads it."""
    with (
        connection.connect(small_warehouse.settings, "analyst") as analyst,
        connection.connect(small_warehouse.settings, autocommit=True) as owner,
    ):
        owner.execute("create schema marts_previous")
        owner.execute("create table marts_previous.performance (x int)")
        owner.execute("grant usage on schema marts_previous to cpw_analyst")
        owner.execute("grant select on marts_previous.performance to cpw_analyst")
        analyst.execute("select * from marts_previous.performance")
        owner.execute("set lock_timeout = '200ms'")
        exchange.drop_former(owner, publish.PREVIOUS)
        assert owner.execute("select to_regnamespace('marts_previous') is not null").fetchone() == (True,)
        analyst.rollback()
        exchange.drop_former(owner, publish.PREVIOUS)
        assert owner.execute("select to_regnamespace('marts_previous') is null").fetchone() == (True,)


def test_log_ins__are_made_for_the_synthetic_trust_alone(small_warehouse: BuiltWarehouse) -> None:
    with connection.connect(small_warehouse.settings) as owner:
        shown = demonstration.log_ins(small_warehouse.settings, owner)
        assert [person.leadership_level for person, _ in shown] == [
            "clinician", "department", "division", "executive", "auditor",
        ]  # fmt: skip
        owner.execute("update marts.dim_org_unit set org_unit_code = 'RHU' where org_unit_level = 'trust'")
        assert demonstration.log_ins(small_warehouse.settings, owner) == ()
        owner.rollback()


def test_synthetic_trust__is_not_mixed_with_real_extracts(
    new_installation: Callable[[], Settings], small_extracts: Path, tmp_path: Path
) -> None:
    settings = new_installation()
    folder = tmp_path / "real"
    folder.mkdir()
    shutil.copy(min(small_extracts.glob("workforce__clinician__*.csv")), folder)
    assert run_cpw(settings, "load", "--extracts", str(folder)).returncode == 0
    with pytest.raises(UsageError, match="extracts of its own"):
        installation._write_synthetic(settings)
