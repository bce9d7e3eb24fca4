"""A record followed on a whole warehouse, held to the files themselves; and what the run left for the auditor."""

import csv
from collections import defaultdict
from collections.abc import Iterator

import psycopg
import pytest

from orchestration.audit import noted
from orchestration.errors import UsageError
from orchestration.postgres import connection
from orchestration.trace import follow, text
from orchestration.trace.record_kind import KINDS
from tests.installations import BuiltWarehouse

EPISODES = "pas__consultant_episode"


@pytest.fixture
def owner(small_warehouse: BuiltWarehouse) -> Iterator[psycopg.Connection]:
    """Give a connection whose transaction is taken back."""
    with connection.connect(small_warehouse.settings) as owner:
        yield owner
        owner.rollback()


@pytest.fixture(scope="module")
def lines_of_spell(small_warehouse: BuiltWarehouse) -> dict[str, list[tuple[str, int]]]:
    """Return file and line of every row of a spell, as a person with an editor would find them."""
    found = defaultdict(list)
    for path in sorted(small_warehouse.extracts.glob(f"{EPISODES}__*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            _, *rows = csv.reader(file)
        for number, row in enumerate(rows, start=2):
            found[row[0]].append((path.name, number))
    return found


def test_lines__of_spells_that_came_again_are_all_those_of_the_files(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection, lines_of_spell: dict[str, list[tuple[str, int]]]
) -> None:
    again = max(path.name for path in small_warehouse.extracts.glob(f"{EPISODES}__*.csv"))
    spells = [spell for spell, lines in lines_of_spell.items() if {again} < {name for name, _ in lines}]
    standings = set()
    for spell in spells:
        (found,) = follow.follow(owner, spell)
        assert sorted((line.file_name, line.row_number) for line in found.lines) == sorted(lines_of_spell[spell]), spell
        current = [line for line in found.lines if line.standing == "current"]
        assert len({line.key for line in found.lines}) == len(current)
        standings |= {line.standing for line in found.lines}
    assert len(spells) > 5
    # The synthetic trust corrects episodes, one of them refused at first, and sends some that did not change.
    assert standings == {"current", "replaced", "repeated", "in quarantine"}


def test_lines__in_quarantine_say_why_without_a_value(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection
) -> None:
    row = owner.execute(
        "select version.hospital_provider_spell_number, said.reason from raw.quarantine as said"
        f" inner join raw.{EPISODES} as version on said.key_hash = version._key_hash"
    ).fetchone()
    (found,) = follow.follow(owner, row[0])
    (refused,) = [line for line in found.lines if line.standing == "in quarantine"]
    assert refused.reason and refused.reason.split(" is ")[0] == row[1].split(" is ")[0]
    assert '"' not in refused.reason
    assert f"in quarantine: {refused.reason}" in text.draw(found)


@pytest.mark.parametrize("record_type", list(KINDS))
def test_follow__finds_measures_figures_and_entity_of_every_kind(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection, record_type: str
) -> None:
    record_id = owner.execute(
        "select record_id from marts.measure_record where record_type = %s and exclusion_reason is null"
        " order by record_id limit 1",
        [record_type],
    ).fetchone()[0]
    (found,) = [one for one in follow.follow(owner, record_id) if one.record_type == record_type]
    records = small_warehouse.query(
        "select measure_id, org_unit_key, month_on, occurred_on, exclusion_reason from marts.measure_record"
        " where record_type = %(type)s and record_id = %(id)s",
        type=record_type,
        id=record_id,
    )
    assert sorted(one.measure_id for one in found.countings) == sorted(records["measure_id"])
    assert {one.measure_id for one in found.countings if one.exclusion_reason is None} == {
        figure.measure_id for figure in found.figures
    }
    assert found.lines and found.entities
    assert all("patient_key" not in row for row in found.entities)
    # In pandas: where the leaf stood on the day, and what is published of it.
    above = records[records["exclusion_reason"].isna()].merge(
        small_warehouse.query("select * from marts.bridge_org_unit"), on="org_unit_key"
    )
    is_day = (above["valid_from_on"] <= above["occurred_on"]) & (
        above["valid_to_on"].isna() | (above["occurred_on"] <= above["valid_to_on"].fillna(above["occurred_on"]))
    )
    cells = above[is_day].merge(
        small_warehouse.query("select * from marts.performance").rename(columns={"org_unit_key": "unit"}),
        left_on=["measure_id", "ancestor_org_unit_key", "month_on"],
        right_on=["measure_id", "unit", "month_on"],
    )
    expected = cells[["measure_id", "unit", "numerator", "record_count"]].itertuples(index=False, name=None)
    told = [(one.measure_id, one.org_unit_key, one.numerator, one.record_count) for one in found.figures]
    assert sorted(told) == sorted(expected)
    assert any(figure.org_unit_level == "trust" for figure in found.figures)


def test_follow__tells_the_rules_that_the_record_broke_in_the_last_run(owner: psycopg.Connection) -> None:
    (spell,) = owner.execute("select min(record_id) from marts.measure_record where record_type = 'spell'").fetchone()
    owner.execute(
        "create table if not exists quality.failing_record"
        " (run_id text, rule_id text, record_type text, record_id text)"
    )
    run_id, rule_id = owner.execute("select run_id, rule_id from quality.latest_check_result limit 1").fetchone()
    owner.execute(
        "insert into quality.failing_record (run_id, rule_id, record_type, record_id)"
        " values (%(run)s, %(rule)s, 'spell', %(id)s), ('a former run', %(rule)s, 'spell', %(id)s),"
        " (%(run)s, %(rule)s, 'theatre_case', %(id)s)",
        {"run": run_id, "rule": rule_id, "id": spell},
    )
    (found,) = follow.follow(owner, spell)
    assert [check.rule_id for check in found.failed or []].count(rule_id) == 1
    assert rule_id in text.draw(found)


def test_follow__of_a_spell_that_counts_nowhere_shows_its_lines(owner: psycopg.Connection) -> None:
    (spell,) = owner.execute(
        f"select min(hospital_provider_spell_number) from raw.{EPISODES} where hospital_provider_spell_number not in"
        " (select record_id from marts.measure_record where record_type = 'spell')"
    ).fetchone()
    (found,) = follow.follow(owner, spell)
    assert found.lines and not found.countings
    assert "It could count in no measure." in text.draw(found)


def test_follow__of_an_unknown_id_is_a_sentence(owner: psycopg.Connection) -> None:
    for unknown in ("S999999999", "S1|2|3", ""):
        with pytest.raises(UsageError, match="There is no record"):
            follow.follow(owner, unknown)


def test_command__tells_a_record_from_line_to_figure(
    small_warehouse: BuiltWarehouse, lines_of_spell: dict[str, list[tuple[str, int]]]
) -> None:
    spell = small_warehouse.query(
        "select min(record_id) as id from marts.measure_record where measure_id = 'finished_spells'"
        " and exclusion_reason is null"
    )["id"].item()
    found = small_warehouse.cpw("trace", spell)
    assert found.returncode == 0, found.stderr
    for name, number in lines_of_spell[spell]:
        assert any(line.split()[1:3] == [name, str(number)] for line in found.stdout.splitlines() if "current" in line)
    words = ["Lines of files", "Put together", "Carried by", "Counts in", "Finished spells (finished_spells)"]
    places = [found.stdout.index(word) for word in words]
    assert places == sorted(places)
    unknown = small_warehouse.cpw("trace", "S999999999")
    assert unknown.returncode == 2 and len(unknown.stderr.strip().splitlines()) == 1


def test_run__leaves_its_report_and_notes_its_heads(small_warehouse: BuiltWarehouse) -> None:
    folder = small_warehouse.settings.audit
    page = (folder / "publication-1" / "index.html").read_text()
    heads = noted.read(folder)
    # Another test may have published to this warehouse again: its heads follow.
    assert [head.table_name for head in heads[:2]] == ["check_result", "publication"]
    assert all(head.row_hash in page for head in heads[:2])
    assert "Published." in page
    for feed in (EPISODES, "theatre__theatre_case"):
        assert "validations/raw/" in (folder / "publication-1" / f"feed-{feed}.html").read_text()
    verified = small_warehouse.cpw("audit", "verify")
    assert verified.returncode == 0, verified.stderr
    assert f"{len(heads)} of the {len(heads)} heads" in verified.stdout
