"""The figures after a change: only what changed is computed, and every cell is what a full rebuild makes of it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from orchestration import foundation
from orchestration.extract import contracts, load
from orchestration.identity import pseudonym
from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import run_cpw

INPUTS = ("measure_record", "dim_month", "dim_measure", "bridge_org_unit")
# Written over every published cell: where it is still there, the cell was taken over.
MARK = 1_000_000_000


@dataclass(frozen=True)
class Figures:
    """A warehouse whose publication stands, and the compiled models: leaf sums, figures from a change, all figures."""

    settings: Settings
    leaf_month: str
    increment: str
    rebuild: str


def built(settings: Settings, *arguments: str) -> None:
    result = run_cpw(settings, "dbt", "run", "--select", *arguments)
    assert result.returncode == 0, result.stdout[-4000:]


def exchange(owner: psycopg.Connection) -> None:
    """Publish what was built, as a publication does: by name alone."""
    owner.execute("drop schema marts cascade")
    owner.execute("alter schema marts_next rename to marts")


def mark(owner: psycopg.Connection) -> None:
    owner.execute("update marts.performance set record_count_12m = record_count_12m + %s", [MARK])


def unmarked(owner: psycopg.Connection) -> tuple[int, int]:
    """Take the marks from the new figures; return how many cells had none, and how many cells there are."""
    computed, total = owner.execute(
        "select count(*) filter (where record_count_12m < %s), count(*) from marts_next.performance", [MARK]
    ).fetchone()  # type: ignore[misc]
    owner.execute("update marts_next.performance set record_count_12m = record_count_12m %% %s", [MARK])
    return computed, total


def differing(owner: psycopg.Connection, one: str, other: str) -> int:
    """Return how many cells, with all their columns, one table has and the other has not."""
    row = owner.execute(
        f"select count(*) from ((table {one} except all table {other})"
        f" union all (table {other} except all table {one})) as one_sided"
    ).fetchone()
    return int(row[0])  # type: ignore[index]


@pytest.fixture(scope="module")
def figures(
    new_installation: Callable[[], Settings], extracts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Figures:
    """Build the first year, then the second, then the late corrections; compare each increment with a rebuild."""
    settings = new_installation()
    foundation.lay(settings)
    files = sorted(extracts.glob("*.csv"))
    with_one_file = {file.name.split("__2")[0] for file in files} - {
        file.name.split("__2")[0] for file in files if "__20251001T" in file.name
    }
    portions = {
        "first year": [f for f in files if "__20251001T" in f.name or f.name.split("__2")[0] in with_one_file],
        "second year": [f for f in files if "__20261001T" in f.name],
        "late corrections": files,
    }
    compiled = settings.dbt_target / "compiled" / "clinician_performance" / "models" / "marts"
    increment = ""
    with connection.connect(settings, autocommit=True) as owner:
        for portion, chosen in portions.items():
            folder = tmp_path_factory.mktemp("portion")
            for file in chosen:
                shutil.copy(file, folder)
            load.load_folder(settings, folder, contracts.load())
            pseudonym.keep(owner, settings.secrets, contracts.load())
            if portion != "first year":
                mark(owner)
            built(settings, "+performance")
            computed, total = unmarked(owner)
            print(f"{portion}: {computed:,} of {total:,} cells computed")
            assert computed == total if portion == "first year" else 0 < computed < total
            increment = (compiled / "performance.sql").read_text()
            owner.execute("create table marts_next.kept as table marts_next.performance")
            built(settings, "performance", "--full-refresh")
            assert differing(owner, "marts_next.performance", "marts_next.kept") == 0
            owner.execute("drop table marts_next.kept")
            exchange(owner)
    return Figures(
        settings, (compiled / "leaf_month.sql").read_text(), increment, (compiled / "performance.sql").read_text()
    )


@pytest.fixture
def owner(figures: Figures) -> Iterator[psycopg.Connection]:
    """Give a copy of what the figures are made from, to change; all is undone at the end."""
    with connection.connect(figures.settings) as connected:
        connected.execute("create schema marts_next")
        for name in INPUTS:
            connected.execute(f"create table marts_next.{name} as table marts.{name}")
        mark(connected)
        yield connected
        connected.rollback()


# What is done to the inputs, and the largest part of all cells that may be computed for it.
CHANGES = {
    "nothing": ([], 0.0),
    "a record is corrected": (
        ["update record set numerator = numerator + 1 where record_id = (select record_id from counted limit 1)"],
        0.1,
    ),
    "a record moves back to the first month": (
        [
            "update record set occurred_on = (select min(month_on) from month) where (measure_id, record_id) ="
            " (select measure_id, record_id from counted order by occurred_on desc, record_id limit 1)"
        ],
        0.05,
    ),
    "a record goes": (
        [
            "delete from record where (measure_id, record_id) ="
            " (select measure_id, record_id from counted order by occurred_on desc, record_id limit 1)"
        ],
        0.01,
    ),
    "a record is left out": (
        [
            "update record set exclusion_reason = 'not complete', numerator = null, denominator = null"
            " where record_id = (select record_id from counted order by occurred_on desc, record_id limit 1)"
        ],
        0.05,
    ),
    "a record comes that was last seen long before": (
        [
            "delete from record where org_unit_key = (select org_unit_key from busy) and occurred_on >"
            " (select min(month_on) + 100 from month) and measure_id = 'finished_spells'",
            "insert into record select 'finished_spells', 'spell', 'new', org_unit_key, null,"
            " (select max(month_on) from month), 1, null, null, '' from busy",
        ],
        0.05,
    ),
    "a unit begins later": (
        [
            "delete from record where org_unit_key = (select org_unit_key from busy) and measure_id = 'dna_rate'"
            " and occurred_on < (select min(month_on) + 430 from month)"
        ],
        0.1,
    ),
    "a unit ends, and its figures with it": (
        ["delete from record where org_unit_key = (select org_unit_key from busy)"],
        0.6,
    ),
    "a measure goes": (
        ["delete from record where measure_id = 'dna_rate'", "delete from measure where measure_id = 'dna_rate'"],
        0.0,
    ),
    "a measure becomes a count": (
        [
            "update record set denominator = null where measure_id = 'dna_rate'",
            "update measure set unit = 'count' where measure_id = 'dna_rate'",
        ],
        0.2,
    ),
    "a measure is declared otherwise, though its records are the same": (
        ["update measure set unit = 'proportion' where measure_id = 'finished_spells'"],
        0.2,
    ),
    "a department moves in the last month but one": (
        [
            "update tree set valid_to_on = (select max(month_on) - 20 from month) where valid_to_on is null"
            " and depth = 2 and org_unit_key = (select org_unit_key from busy)",
            "insert into tree select (select other from elsewhere where depth = 2), org_unit_key, 2,"
            " (select max(month_on) - 19 from month), null from busy",
        ],
        0.15,
    ),
    "a department moved long ago, in mid-month": (
        [
            "update tree set valid_to_on = (select min(month_on) + 110 from month) where valid_to_on is null"
            " and depth = 2 and org_unit_key = (select org_unit_key from busy)",
            "insert into tree select (select other from elsewhere where depth = 2), org_unit_key, 2,"
            " (select min(month_on) + 111 from month), null from busy",
        ],
        1.0,
    ),
    "a unit is somebody else's": (
        [
            "update tree set ancestor_org_unit_key = (select other from elsewhere where depth = 1)"
            " where depth = 1 and org_unit_key = (select org_unit_key from busy)"
        ],
        0.2,
    ),
    "a month is added": (
        [
            "insert into month select month_on + interval '1 month', month_on + interval '2 months - 1 day',"
            " financial_year_start, false from month order by month_on desc limit 1"
        ],
        0.05,
    ),
    "the last months go": (
        ["delete from month where month_on > (select max(month_on) - 60 from month)"],
        0.0,
    ),
    "the first months go": (
        ["delete from month where month_on < (select min(month_on) + 60 from month)"],
        1.0,
    ),
    "all records go": (["delete from record"], 0.0),
}
SHORT = {"record": "measure_record", "month": "dim_month", "measure": "dim_measure", "tree": "bridge_org_unit"}


@pytest.mark.parametrize("change", CHANGES)
def test_increment__equals_a_rebuild_cell_by_cell(figures: Figures, owner: psycopg.Connection, change: str) -> None:
    statements, largest_part = CHANGES[change]
    for short, name in SHORT.items():
        owner.execute(f"create temporary view {short} as table marts_next.{name}")
    owner.execute("create temporary view counted as select * from record where exclusion_reason is null")
    owner.execute(
        "create temporary table busy as select org_unit_key from counted inner join tree using (org_unit_key)"
        " where depth = 2 and measure_id = 'dna_rate' group by org_unit_key order by count(*) desc, 1 limit 1"
    )
    owner.execute(
        "create temporary table elsewhere as select depth, max(ancestor_org_unit_key) as other from tree"
        " where ancestor_org_unit_key not in (select ancestor_org_unit_key from tree inner join busy using"
        " (org_unit_key)) group by depth"
    )
    for statement in statements:
        assert owner.execute(statement).rowcount > 0
    owner.execute(f"create table marts_next.leaf_month as {figures.leaf_month}")
    owner.execute(f"create table marts_next.rebuilt as {figures.rebuild}")
    owner.execute(f"create table marts_next.performance as {figures.increment}")
    computed, total = unmarked(owner)
    print(f"{change}: {computed:,} of {total:,} cells computed")
    assert differing(owner, "marts_next.performance", "marts_next.rebuilt") == 0
    assert computed <= largest_part * total


@pytest.mark.parametrize(
    ("before", "is_taken_over"),
    [
        ("select", True),
        # Made by other code, or nobody knows by which.
        ("comment on table marts.performance is null", False),
        # Beside it stands another table than the one it was made from.
        ("drop table marts.leaf_month; create table marts.leaf_month as table marts_next.leaf_month", False),
        ("drop table marts.performance", False),
    ],
)
def test_publication__is_taken_over_only_when_made_by_this_code_from_the_tables_beside_it(
    figures: Figures, before: str, is_taken_over: bool
) -> None:
    with connection.connect(figures.settings, autocommit=True) as owner:
        owner.execute("create schema marts_next")
        for (name,) in owner.execute("select tablename from pg_tables where schemaname = 'marts'").fetchall():
            if name != "performance":
                owner.execute(f"create table marts_next.{name} as table marts.{name}")
        owner.execute("create table marts_next.kept as table marts.performance")
        mark(owner)
        owner.execute(before)
        built(figures.settings, "leaf_month", "performance")
        computed, total = unmarked(owner)
        assert differing(owner, "marts_next.performance", "marts_next.kept") == 0
        assert computed == (0 if is_taken_over else total)
        owner.execute("drop table marts_next.kept")
        exchange(owner)


def test_known_on__reads_nothing_of_the_publication_that_stands(figures: Figures, tmp_path: Path) -> None:
    result = run_cpw(
        figures.settings, "dbt", "compile", "--select", "performance", "--vars", "{as_known_on: '2026-10-03'}",
        "--target-path", str(tmp_path),
    )  # fmt: skip
    assert result.returncode == 0, result.stdout
    assert '"known_on_marts"."leaf_month"' in result.stdout
    assert '"marts"' not in result.stdout
