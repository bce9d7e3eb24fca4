"""A published figure explained and a changed definition weighed, on a whole warehouse that neither changes."""

import csv
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from orchestration.errors import WarehouseError
from orchestration.measure import diff, explain
from orchestration.measure.explanation import Explanation, disagreements
from orchestration.postgres import connection
from orchestration.transform import DBT_PROJECT, TransformError
from tests.installations import BuiltWarehouse
from tests.known_answer import measures_inpatient
from tests.known_answer.recompute import Answer, recompute

READMISSION = "emergency_readmission_30d"
# Of measures with records of every kind: the busiest unit of each level, in its busiest month.
BUSIEST = """
select distinct on (org_unit_level) org_unit_level, org_unit_key, month_on
from marts.performance
inner join marts.dim_org_unit using (org_unit_key)
where measure_id = %(measure)s
order by org_unit_level, record_count desc, org_unit_key, month_on
"""
LEAVES = """
select org_unit_key, valid_from_on, coalesce(valid_to_on, '2999-12-31') as valid_to_on
from marts.bridge_org_unit where ancestor_org_unit_key = %(unit)s
"""


@pytest.fixture
def owner(small_warehouse: BuiltWarehouse) -> Iterator[psycopg.Connection]:
    """Give a connection whose transaction is taken back."""
    with connection.connect(small_warehouse.settings) as owner:
        yield owner
        owner.rollback()


def busiest(warehouse: BuiltWarehouse, measure_id: str, level: str) -> tuple[str, date]:
    found = warehouse.query(BUSIEST, measure=measure_id).set_index("org_unit_level").loc[level]
    return found["org_unit_key"], found["month_on"]


def behind(warehouse: BuiltWarehouse, found: Explanation) -> pd.DataFrame:
    """Return the candidates below a unit, each on its day, found in pandas."""
    records = warehouse.query(
        "select * from marts.measure_record where measure_id = %(measure)s", measure=found.measure.measure_id
    )
    below = records.merge(warehouse.query(LEAVES, unit=found.unit.org_unit_key), on="org_unit_key")
    is_below = (below["valid_from_on"] <= below["occurred_on"]) & (below["occurred_on"] <= below["valid_to_on"])
    return below[is_below & (below["month_on"] == found.month_on)]


@pytest.mark.parametrize("level", ["trust", "division", "department", "clinician"])
@pytest.mark.parametrize("measure_id", [READMISSION, "finished_spells", "theatre_utilisation_capped"])
def test_explain__shows_the_records_that_make_the_figure(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection, measure_id: str, level: str
) -> None:
    unit, month_on = busiest(small_warehouse, measure_id, level)
    found = explain.read(owner, measure_id, unit, month_on, shown=10_000)
    expected = behind(small_warehouse, found)
    counted = expected[expected["exclusion_reason"].isna()]
    assert disagreements(found) == []
    assert found.cell.record_count == len(counted) == len(found.counted) > 0
    assert found.cell.numerator == counted["numerator"].sum()
    assert found.reasons == expected["exclusion_reason"].value_counts().to_dict()
    assert {one.record_id for one in (*found.counted, *found.left_out)} == set(expected["record_id"])
    assert found.attributions == expected.groupby("attribution_text").size().to_dict()
    assert found.is_leaf is (level == "clinician")


def test_explain__adds_up_for_every_unit_also_in_a_month_in_which_one_moved(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection
) -> None:
    cells = small_warehouse.query(
        "select org_unit_key, month_on from marts.performance where measure_id = 'dna_rate' and month_on in"
        " (select date_trunc('month', valid_from_on) from marts.bridge_org_unit where depth = 1)"
    )
    assert len(cells)
    for unit, month_on in cells.itertuples(index=False):
        assert disagreements(explain.read(owner, "dna_rate", unit, month_on, shown=0)) == []
        owner.rollback()


def test_explain__of_a_unit_that_was_below_for_part_of_a_month_counts_that_part(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection
) -> None:
    division, month_on = busiest(small_warehouse, "dna_rate", "division")
    whole = explain.read(owner, "dna_rate", division, month_on, shown=100_000)
    owner.rollback()
    left = max(whole.parts, key=lambda part: part.record_count).org_unit_key
    last_day = month_on + timedelta(days=14)
    owner.execute(
        "update marts.bridge_org_unit as bridge set valid_to_on = %(last_day)s from marts.bridge_org_unit as below"
        " where bridge.ancestor_org_unit_key = %(division)s and below.ancestor_org_unit_key = %(left)s"
        " and bridge.org_unit_key = below.org_unit_key",
        {"last_day": last_day, "division": division, "left": left},
    )
    found = explain.read(owner, "dna_rate", division, month_on, shown=100_000)
    part = next(part for part in found.parts if part.org_unit_key == left)
    before = next(part for part in whole.parts if part.org_unit_key == left)
    gone = {one.record_id for one in whole.counted} - {one.record_id for one in found.counted}
    assert part.published is None and before.published == before.sums
    assert 0 < part.record_count == before.record_count - len(gone) < before.record_count
    assert all(one.occurred_on > last_day for one in whole.counted if one.record_id in gone)
    # The figure that was published counted them for the whole month.
    assert len(disagreements(found)) == 1 and "its records make" in disagreements(found)[0]


@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        ("update marts.measure_record set numerator = 1 - numerator where record_id = %(record)s", "its records make"),
        ("delete from marts.measure_record where record_id = %(record)s", "its records make"),
        (
            "update marts.measure_record set exclusion_reason = 'no reason' where record_id = %(record)s",
            "its records make",
        ),
        (
            "update marts.performance set denominator = denominator + 1 where org_unit_key = %(part)s",
            "published of it are",
        ),
    ],
)
def test_explain__finds_a_record_or_a_figure_that_was_tampered_with(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection, tampering: str, said: str
) -> None:
    unit, month_on = busiest(small_warehouse, READMISSION, "department")
    found = explain.read(owner, READMISSION, unit, month_on, shown=1)
    owner.rollback()
    owner.execute(tampering, {"record": found.counted[0].record_id, "part": found.parts[0].org_unit_key})
    wrong = disagreements(explain.read(owner, READMISSION, unit, month_on, shown=1))
    assert wrong and said in "; ".join(wrong)


def test_explain__is_a_command_that_writes_all_records_to_a_file(
    small_warehouse: BuiltWarehouse, tmp_path: Path
) -> None:
    unit, month_on = busiest(small_warehouse, READMISSION, "department")
    file = tmp_path / "records.csv"
    result = small_warehouse.cpw(
        "measure", "explain", READMISSION, "--unit", unit.removeprefix("department:"), "--month", f"{month_on:%Y-%m}",
        "--records", "3", "--csv", str(file),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "agree, and so do the units below it." in result.stdout
    with file.open(encoding="utf-8", newline="") as lines:
        written = list(csv.DictReader(lines))
    counted = [row for row in written if not row["exclusion_reason"]]
    assert f"Counted: {len(counted):,} records, the first 3" in result.stdout
    assert f"Left out: {len(written) - len(counted):,} records, the first 3" in result.stdout
    above, below = (sum(Decimal(row[name]) for row in counted) for name in ("numerator", "denominator"))
    assert f"= {above:.0f} / {below:.0f} from {len(counted):,} records" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dna_rates", "--unit", "trust:RZZ", "--month", "2026-03"], "near it are dna_rate"),
        (["dna_rate", "--unit", "Nowhere", "--month", "2026-03"], "There is no unit 'Nowhere'"),
        (["dna_rate", "--unit", "trust:RZZ", "--month", "1999-03"], "outside the data, which go from 20"),
        (["dna_rate", "--unit", "trust:RZZ", "--month", "2026-03", "--csv", "/no/such/x.csv"], "cannot be written"),
    ],
)
def test_explain__of_what_is_not_there_exits_2_with_one_line(
    small_warehouse: BuiltWarehouse, arguments: list[str], said: str
) -> None:
    result = small_warehouse.cpw("measure", "explain", *arguments)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert said in result.stderr


def test_explain__of_a_measure_that_a_unit_has_not_names_those_that_it_has(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection
) -> None:
    unit, month_on = small_warehouse.query(
        "select org_unit_key, max(month_on) from marts.performance group by org_unit_key"
        " having bool_or(measure_id = 'dna_rate') and not bool_or(measure_id = 'theatre_utilisation_capped') limit 1"
    ).iloc[0]
    with pytest.raises(WarehouseError, match=r"has no figure of theatre_utilisation_capped; it has .*dna_rate"):
        explain.read(owner, "theatre_utilisation_capped", unit, month_on, shown=0)


def relations(warehouse: BuiltWarehouse) -> pd.DataFrame:
    """Return every table and view by its identity; one that is built anew has another."""
    return warehouse.query(
        "select nspname, relname, pg_class.oid::text as oid from pg_class"
        " inner join pg_namespace on relnamespace = pg_namespace.oid"
        " where relkind in ('r', 'v') and nspname not like 'pg_%%' order by 1, 2"
    )


def test_diff__of_an_unchanged_project_moves_nothing_and_leaves_nothing(small_warehouse: BuiltWarehouse) -> None:
    before = relations(small_warehouse)
    result = small_warehouse.cpw("measure", "diff")
    assert result.returncode == 0, result.stderr
    known = small_warehouse.query("select string_agg(measure_id, ', ' order by measure_id) as n from marts.dim_measure")
    assert result.stdout.splitlines()[0] == f"Nothing moves in {known['n'].item()}."
    assert relations(small_warehouse).equals(before)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy the dbt project, to be edited as an analyst would."""
    return shutil.copytree(DBT_PROJECT, tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))


def edit(project: Path, name: str, former: str, later: str) -> None:
    file = project / "models" / "measures" / "inpatient" / name
    assert former in file.read_text()
    file.write_text(file.read_text().replace(former, later))


def moved_in(before: Answer, after: Answer) -> dict[str, int]:
    """Return the units whose 12-month value moves, and in how many months."""
    first, second = (
        answer.performance[answer.performance["measure_id"] == READMISSION].set_index(["org_unit_key", "month_on"])
        for answer in (before, after)
    )
    first, second = first["value_12m"].align(second["value_12m"])
    is_moved = ((first - second).abs() > 1e-9) | (first.isna() != second.isna())
    return is_moved[is_moved].groupby("org_unit_key").size().to_dict()


def test_diff__of_a_changed_definition_moves_the_units_that_the_recomputation_moves(
    small_warehouse: BuiltWarehouse, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(project, f"{READMISSION}.sql", "follow_up_days = 29", "follow_up_days = 27")
    edit(project, f"{READMISSION}.yml", "0 to 29 days after", "0 to 27 days after")
    existing = relations(small_warehouse)
    compared = diff.compare(small_warehouse.settings, [READMISSION, "dna_rate"], project)
    assert relations(small_warehouse).equals(existing)

    before = recompute(small_warehouse.extracts)
    monkeypatch.setitem(measures_inpatient.FOLLOW_UP_DAYS, READMISSION, 27)
    after = recompute(small_warehouse.extracts)
    quiet, move = compared.measures
    assert quiet.after.measure_id == "dna_rate" and quiet.records.is_nothing and not quiet.lacks_version
    assert not any(unit.month_count or unit.is_other for unit in quiet.units)
    expected = moved_in(before, after)
    assert len(expected) > 5
    assert {unit.org_unit_key: unit.month_count for unit in move.units if unit.month_count} == expected

    of = {"left_on": "record_id", "right_on": "record_id", "suffixes": ("_before", "_after")}
    records = [one.records[one.records["measure_id"] == READMISSION] for one in (before, after)]
    both = records[0].merge(records[1], **of)
    was, is_now = (both[f"exclusion_reason_{when}"].isna() for when in ("before", "after"))
    assert move.records.came_in == (is_now & ~was).sum() > 0
    assert move.records.went_out == (was & ~is_now).sum()
    assert move.records.changed == (was & is_now & (both["numerator_before"] != both["numerator_after"])).sum() > 0
    assert move.other_words == ["numerator"] and move.lacks_version
    assert move.declared_in == f"dbt_project/models/measures/inpatient/{READMISSION}.yml"


def test_diff__of_a_model_that_cannot_be_built_says_which_and_leaves_nothing(
    small_warehouse: BuiltWarehouse, project: Path
) -> None:
    edit(project, "finished_spells.sql", "select", "select no_such_column,")
    existing = relations(small_warehouse)
    with pytest.raises(TransformError, match=r"^dbt could not build finished_spells: see .*measure_diff\.log\.$"):
        diff.compare(small_warehouse.settings, ["finished_spells"], project)
    assert relations(small_warehouse).equals(existing)


def test_diff__of_an_unknown_measure_exits_2_with_one_line(small_warehouse: BuiltWarehouse) -> None:
    result = small_warehouse.cpw("measure", "diff", "dna_rates")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("cpw: There is no measure 'dna_rates'; near it are dna_rate")
