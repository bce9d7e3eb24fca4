"""Loading days of a source from Dagster: just their files, tried again where a fault passes, shown on the pages."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from orchestration import intake
from orchestration.assets import announcement, deliveries, faults, feeds, partitions, raw
from orchestration.assets.warehouse import Warehouse
from orchestration.extract import bring, contracts
from orchestration.extract.errors import ContractError
from orchestration.postgres import connection
from orchestration.postgres.hold import HeldError, hold
from orchestration.settings import Settings
from tests.installations import run_cpw

DAYS = [date(2026, 10, day) for day in (3, 4, 5)]
DECLARED = contracts.load()


@pytest.fixture
def settings(
    new_installation: Callable[[], Settings], small_extracts: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """An installation with three days of two sources, and nothing loaded."""
    settings = new_installation()
    settings.extracts.mkdir(parents=True)
    for feed in ("pas__clinic_template", "theatre__theatre_list"):
        for day in DAYS:
            shutil.copy(min(small_extracts.glob(f"{feed}__*.csv")), settings.extracts / f"{feed}__{day:%Y%m%d}.csv")
    monkeypatch.setenv("CPW_HOME", str(settings.home))
    monkeypatch.delenv("CPW_EXTRACTS", raising=False)
    return settings


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def load_days(instance: dg.DagsterInstance, source: str, first: date, last: date) -> dg.ExecuteInProcessResult:
    """Load a range as a backfill of Dagster does: one run, the range in its tags."""
    ends = {"start": first, "end": last}
    tags = {f"dagster/asset_partition_range_{end}": str(partitions.key(day, source)) for end, day in ends.items()}
    asset = deliveries.delivery_asset(DECLARED)
    resources = {"warehouse": Warehouse()}
    return dg.materialize([asset], instance=instance, resources=resources, tags=tags, raise_on_error=False)


def loaded(settings: Settings) -> list[str]:
    with connection.connect(settings) as owner:
        rows = owner.execute("select file_name from raw.delivery where state = 'loaded' order by delivery_id")
        return [name for (name,) in rows.fetchall()]


def shown(instance: dg.DagsterInstance) -> set[str]:
    return {str(partition) for partition in instance.get_materialized_partitions(announcement.LEDGER)}


def test_days_of_a_source__are_loaded_and_nothing_else(settings: Settings, instance: dg.DagsterInstance) -> None:
    assert load_days(instance, "pas", *DAYS[:2]).success
    assert loaded(settings) == ["pas__clinic_template__20261003.csv", "pas__clinic_template__20261004.csv"]
    assert shown(instance) == {"2026-10-03|pas", "2026-10-04|pas"}
    assert instance.get_latest_materialization_event(raw.key("pas__clinic_template")) is not None
    assert load_days(instance, "pas", DAYS[0], DAYS[2]).success  # what is known is passed over
    assert loaded(settings)[2:] == ["pas__clinic_template__20261005.csv"]


def test_days_of_the_command_line__are_the_same_and_shown_later(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    """Whatever came in without Dagster is told to it by its next run."""
    days = ("--from", "2026-10-04", "--to", "2026-10-05", "--source", "theatre")
    first = run_cpw(settings, "load", "--extracts", str(settings.extracts), *days)
    assert first.returncode == 0, first.stderr
    assert loaded(settings) == ["theatre__theatre_list__20261004.csv", "theatre__theatre_list__20261005.csv"]
    again = run_cpw(settings, "load", "--extracts", str(settings.extracts), *days)
    assert again.stdout.strip() == "Nothing new."
    assert load_days(instance, "pas", DAYS[0], DAYS[0]).success
    assert shown(instance) == {"2026-10-03|pas", "2026-10-04|theatre", "2026-10-05|theatre"}
    told = instance.get_latest_materialization_event(feeds.key("theatre__theatre_list"))
    assert told is not None and told.asset_materialization is not None
    assert told.asset_materialization.metadata["delivery"].value == 2
    assert instance.get_latest_materialization_event(feeds.key("pas__patient")) is None


def test_feed_without_news__is_not_told_to_have_come(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Freshness would otherwise say that a source which fell silent still sends."""
    feed = feeds.key("pas__clinic_template")
    for _ in range(2):
        assert load_days(instance, "pas", DAYS[0], DAYS[0]).success
    assert len(instance.fetch_materializations(feed, limit=10).records) == 1
    assert load_days(instance, "pas", DAYS[1], DAYS[1]).success
    assert len(instance.fetch_materializations(feed, limit=10).records) == 2


def test_files_that_the_sensor_saw__are_brought_from_their_place_and_loaded_alone(
    settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that came to the place since wait for the sensor's next look."""
    monkeypatch.setenv("CPW_EXTRACTS", settings.extracts.as_uri())
    monkeypatch.setattr(bring, "SETTLED_SECONDS", 0)
    seen = ["pas__clinic_template__20261003.csv", "theatre__theatre_list__20261004.csv"]
    run = dg.materialize(
        [raw.raw_assets(DECLARED)],
        instance=instance,
        resources={"warehouse": Warehouse()},
        run_config={"ops": {"load_extracts": {"config": {"files": seen}}}},
    )
    assert run.success
    assert sorted(loaded(settings)) == seen
    assert len(run.asset_materializations_for_node("load_extracts")) == len(DECLARED)


def test_database_that_goes_away__is_tried_again_and_held_again(
    settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "RETRY", faults.RETRY._replace(delay=0.01))
    load_arrivals, tries, held = intake.load.load_arrivals, [], []

    def cut_once(settings: Settings, arrivals, **options):
        def cut(_) -> None:
            if len(tries) == 1:
                with connection.open_url(connection.administrator_dsn(settings), autocommit=True) as administrator:
                    administrator.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'cpw_owner'"
                    )

        tries.append(len(arrivals))
        found = load_arrivals(settings, arrivals, **{**options, "on_progress": cut})
        with pytest.raises(HeldError), hold(settings):
            pass
        held.append(True)
        return found

    monkeypatch.setattr(intake.load, "load_arrivals", cut_once)
    assert load_days(instance, "pas", DAYS[0], DAYS[0]).success
    assert tries == [1, 1] and held == [True]
    assert loaded(settings) == ["pas__clinic_template__20261003.csv"]


def test_contract_that_does_not_fit__is_told_at_once(
    settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def refuse(*_, **__):
        tries.append(1)
        raise ContractError("pas.clinic_template, column day: the raw table holds text, the contract says date.")

    monkeypatch.setattr(intake.load, "load_arrivals", refuse)
    assert not load_days(instance, "pas", DAYS[0], DAYS[0]).success
    assert tries == [1]
    assert shown(instance) == set()
