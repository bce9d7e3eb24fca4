"""What was known on a day: the marts of then, cell by cell, beside those of now, for the owner alone."""

import csv
import re
import shutil
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import pytest

from orchestration import known_on
from orchestration.errors import UsageError
from orchestration.postgres import connection
from orchestration.publication import ledger, rebuild
from orchestration.settings import Settings
from tests.installations import BuiltWarehouse

Row = dict[str, str]


@pytest.fixture(scope="module")
def corrected(
    new_installation: Callable[[], Settings], small_extracts: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[BuiltWarehouse, datetime]:
    """Publish, keep a copy, publish again after corrections and deletions; return the moment between as well."""
    folder = tmp_path_factory.mktemp("known_on") / "extracts"
    folder.mkdir()
    corrections = []
    for file in sorted(small_extracts.glob("*.csv")):
        if "__20261001T" in file.name:
            shutil.copy(file, folder)
        else:
            corrections.append(file)
    # Held when it is published, and decided about before the next time: figures were not to be trusted then.
    again(folder, "pas__patient", "20261002", lambda rows: rows[::3])
    built = BuiltWarehouse(new_installation(), folder)
    publish(built)
    with connection.connect(built.settings, autocommit=True) as owner:
        owner.execute("create schema kept")
        for (name,) in owner.execute("select tablename from pg_tables where schemaname = 'marts'").fetchall():
            owner.execute(f"create table kept.{name} as table marts.{name}")
        moment = owner.execute("select clock_timestamp()").fetchone()[0]
    number = built.query("select delivery_id from raw.delivery where state = 'held'")["delivery_id"].item()
    assert built.cpw("reject", str(number), "--because", "Most patients are missing.").returncode == 0
    for file in corrections:
        shutil.copy(file, folder)
    # One in fifty patients and a post are no longer there; an older file comes late, and newer ones correct rows.
    again(folder, "pas__patient", "20261020", lambda rows: [row for at, row in enumerate(rows) if at % 50])
    again(folder, "workforce__post", "20261020", lambda rows: rows[1:])
    again(folder, "pas__consultant_episode", "20260915", lambda rows: changed(rows[::5], "DISCHARGE METHOD CODE", "2"))
    again(folder, "theatre__theatre_case", "20261021", lambda rows: changed(rows[::4], "CASE STATUS CODE", "C"))
    publish(built)
    return built, moment


def publish(built: BuiltWarehouse) -> None:
    result = built.cpw("run", "--extracts", str(built.extracts))
    assert result.returncode == 0, result.stdout + result.stderr


def again(folder: Path, extract: str, day: str, edit: Callable[[list[Row]], Iterable[Row]]) -> None:
    """Write the extract as of another day."""
    with next(folder.glob(f"{extract}__20261001T*.csv")).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / f"{extract}__{day}T0600.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(edit(rows))


def changed(rows: Iterable[Row], column: str, value: str) -> list[Row]:
    return [{**row, column: value} for row in rows]


def tables(built: BuiltWarehouse) -> list[str]:
    found = built.query("select tablename from pg_tables where schemaname = 'known_on_marts' order by 1")
    return found["tablename"].tolist()


def difference(built: BuiltWarehouse, table: str, first: str, second: str) -> int:
    """Return how many rows one has and the other has not."""
    found = built.query(
        f"select count(*) as n from ((table {first}.{table} except all table {second}.{table})"
        f" union all (table {second}.{table} except all table {first}.{table})) as one_sided"
    )
    return int(found["n"].item())


def untrusted(built: BuiltWarehouse, schema: str) -> int:
    """Return how many figures of the last month are not to be trusted because a delivery is held."""
    found = built.query(
        f"select count(*) as n from {schema}.performance_statistic"
        " where state_reason like '% a delivery of its data is held.'"
        f" and month_on = (select max(month_on) from {schema}.dim_month)"
    )
    return int(found["n"].item())


def test_publication__that_is_built_again_is_what_was_published_cell_by_cell_and_by_hash(
    corrected: tuple[BuiltWarehouse, datetime],
) -> None:
    built, _ = corrected
    result = built.cpw("publications", "1", "--rebuild")
    assert result.returncode == 0, result.stderr
    assert "nothing was published" in result.stdout
    assert "The content is that of publication 1: hash " in result.stdout
    compared = tables(built)
    assert {"performance", "measure_record", "dim_org_unit", "dim_clinician", "reporting_period"} <= set(compared)
    assert {name: difference(built, name, "known_on_marts", "kept") for name in compared} == dict.fromkeys(compared, 0)
    # What was held then left its mark, and was told.
    assert untrusted(built, "kept") > untrusted(built, "marts")
    # The corrections matter: what is published now is something else.
    assert difference(built, "performance", "marts", "kept") > 0
    assert difference(built, "measure_record", "marts", "kept") > 0


def test_known_on__the_end_of_today_gives_what_is_published_and_changes_nothing_that_readers_see(
    corrected: tuple[BuiltWarehouse, datetime],
) -> None:
    built, _ = corrected
    seen = "select oid::text, relname from pg_class where relnamespace = 'marts'::regnamespace order by 2"
    before = built.query(seen)
    today = built.query("select (now() at time zone 'Europe/London')::date::text as today")["today"].item()
    again = known_on.build(built.settings, today)
    with connection.connect(built.settings, autocommit=True) as owner:
        said = rebuild.compare_standing(owner, again.before, again.contents)
    assert said.startswith("The content is that of publication 2: hash ")
    compared = tables(built)
    assert {name: difference(built, name, "known_on_marts", "marts") for name in compared} == dict.fromkeys(compared, 0)
    assert built.query(seen).equals(before)
    assert built.query("select count(*) as n from quality.publication")["n"].item() == 2
    assert built.query("select 1 from pg_namespace where nspname = 'marts_next'").empty
    readable = built.query(
        "select nspname from pg_namespace cross join unnest(array['cpw_reader', 'cpw_analyst']) as role"
        " where nspname like 'known_on%%' and has_schema_privilege(role, oid, 'usage')"
    )
    assert readable.empty


def test_known_on__a_refresh_afterwards_finds_nothing_new(corrected: tuple[BuiltWarehouse, datetime]) -> None:
    built, moment = corrected
    earlier = known_on.build(built.settings, moment.isoformat())
    with connection.connect(built.settings, autocommit=True) as owner:
        assert "of publication 1: hash" in rebuild.compare_standing(owner, earlier.before, earlier.contents)
        broken = rebuild.compare(owner, ledger.find(owner, 2), earlier.contents)
    assert broken.is_broken and "measure_record" in broken.differing
    result = built.cpw("run", "--extracts", str(built.extracts))
    assert result.returncode == 0, result.stderr
    assert "Nothing new" in result.stdout


def test_month__that_was_replaced_is_kept_as_it_was(corrected: tuple[BuiltWarehouse, datetime]) -> None:
    built, _ = corrected
    found = built.query(
        "select publication_id, month_end_on::text from quality.publication where month_end_on is not null"
    )
    assert found.values.tolist() == [[1, "2026-09-30"]]
    names = tables(built)
    assert {name: difference(built, name, "marts_2026_09", "kept") for name in names} == dict.fromkeys(names, 0)
    assert built.query(
        "select 1 from pg_class where relnamespace = 'marts_2026_09'::regnamespace and relkind = 'v'"
    ).empty


def test_list__tells_each_publication(corrected: tuple[BuiltWarehouse, datetime]) -> None:
    built, _ = corrected
    said = built.cpw("publications").stdout
    hashes = built.query("select content_hash from quality.publication order by publication_id")["content_hash"]
    first, second = (line for line in said.splitlines() if " published " in line)
    assert "19, 1 held  " in first and hashes[0][:12] in first
    assert " held " not in second and hashes[1][:12] in second
    assert "of the month to 2026-09-30: kept as marts_2026_09 once another is served" in said
    whole = built.cpw("publications", "1").stdout
    held = next(line for line in whole.splitlines() if "pas__patient " in line)
    assert held.split()[-1] == "1"
    assert hashes[0] in whole and "emergency_readmission_30d" in whole
    missing = built.cpw("publications", "77")
    assert missing.returncode == 2 and "There is no publication 77" in missing.stderr


def test_known_on__before_anything_came_nothing_was_known(corrected: tuple[BuiltWarehouse, datetime]) -> None:
    built, _ = corrected
    with pytest.raises(UsageError, match=r"Nothing was known on 2020-01-31: the first delivery was loaded on"):
        known_on.build(built.settings, "2020-01-31")


@pytest.mark.parametrize("text", ["yesterday", "2026-02-31", "2026-10-03T12:00:00", "03/10/2026", "9999-12-31"])
def test_known_on__what_is_no_date_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(UsageError, match=rf"'{re.escape(text)}' is no date: give one such as 2026-10-03"):
        known_on.moment(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-03", "2026-10-04T00:00:00+01:00"),
        # The clocks go back in the night to the 25th, and the day that ends is 25 hours long.
        ("2026-10-25", "2026-10-26T00:00:00+00:00"),
        ("2026-10-03T12:00:00+01:00", "2026-10-03T11:00:00+00:00"),
    ],
)
def test_known_on__a_date_ends_with_its_local_day(text: str, moment: str) -> None:
    assert known_on.moment(text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("written", ["yesterday", '"2026-02-31"', "2026-10-03T12:00:00"])
def test_dbt_var__that_is_no_date_is_refused_in_one_sentence(
    corrected: tuple[BuiltWarehouse, datetime], tmp_path: Path, written: str
) -> None:
    built, _ = corrected
    variables = f"as_known_on: {written}"
    result = built.cpw(
        "dbt", "compile", "--select", "stg_pas__patient", "--vars", f"{{{variables}}}", "--target-path", str(tmp_path)
    )
    assert result.returncode != 0
    assert "give a date, such as 2026-10-03, or a moment with its distance from UTC" in result.stdout
