"""What is in doubt is marked where it counts, and not judged: on a real warehouse, undone after each test."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from orchestration import transform
from orchestration.comparison import declaration, trust
from orchestration.comparison.declaration import Place
from orchestration.postgres import connection
from tests.installations import BuiltWarehouse

# A rule about spells, and two measures of which one tells of the data themselves.
RULE, OUTCOME, OF_DATA = "int_spell__planted", "in_hospital_mortality", "coding_depth"
RUN = "planted"
LAST_MONTH = "(select max(month_on) from marts.performance)"


@pytest.fixture
def undone(warehouse: BuiltWarehouse) -> Iterator[psycopg.Connection]:
    with connection.connect(warehouse.settings) as owner:
        yield owner
        owner.rollback()


def answer(owner: psycopg.Connection, gate: str, rule_id: str, table: str, column: str | None, success: bool) -> None:
    owner.execute(
        "insert into quality.check_result (run_id, gate, rule_id, table_name, column_name, dimension, severity, owner,"
        " is_success, is_error, description, what_to_do)"
        " values (%s, %s, %s, %s, %s, 'accuracy', 'warning', 'somebody', %s, false, 'It holds.', 'Look.')",
        [RUN, gate, rule_id, table, column, success],
    )


def written(owner: psycopg.Connection, warehouse: BuiltWarehouse) -> list[tuple]:
    place = Place("marts", "intermediate", datetime.now(UTC), RUN)
    trust.write(owner, place, declaration.declared(transform.manifest(warehouse.settings)), lambda said: None)
    return owner.execute(
        "select measure_id, org_unit_key, touched_count, touched_count_12m, is_untrusted, reason"
        f" from marts.measure_trust where rule_id = %s and month_on = {LAST_MONTH}",
        [RULE],
    ).fetchall()


def test_records_that_fail__are_told_of_their_units_and_doubted_where_they_are_many(
    undone: psycopg.Connection, warehouse: BuiltWarehouse
) -> None:
    """One clinician's records fail: the clinician is in doubt; above, where they are few among many, nobody is."""
    counted = undone.execute(
        "select org_unit_key, count(*) as n from marts.measure_record"
        f" where measure_id = %s and exclusion_reason is null and month_on > {LAST_MONTH} - interval '12 months'"
        " and org_unit_key like 'post:%%' group by 1 having count(*) between 50 and 400 order by 2, 1 limit 1",
        [OUTCOME],
    ).fetchone()
    assert counted
    post, count = counted
    chosen = undone.execute(
        "insert into quality.failing_record (run_id, rule_id, record_type, record_id)"
        " select %s, %s, 'spell', record_id from marts.measure_record"
        f" where measure_id = %s and org_unit_key = %s and exclusion_reason is null"
        f" and month_on > {LAST_MONTH} - interval '12 months' order by record_id limit %s",
        [RUN, RULE, OUTCOME, post, count // 5],
    ).rowcount
    undone.cursor().executemany(
        "insert into quality.rule_measure (gate, rule_id, measure_id) values ('entities', %s, %s)",
        [(RULE, OUTCOME), (RULE, OF_DATA)],
    )
    answer(undone, "entities", RULE, "int_spell", None, success=True)
    told = {(measure, unit): found for measure, unit, *found in written(undone, warehouse)}
    assert told[OUTCOME, post][1:] == [chosen, True, f"{chosen} of {count} records fail the check: It holds."]
    assert told[OUTCOME, of_trust(undone)][1:3] == [chosen, False]
    assert not [key for key in told if key[0] == OF_DATA]


def of_trust(owner: psycopg.Connection) -> str:
    row = owner.execute("select org_unit_key from marts.dim_org_unit where org_unit_level = 'trust'").fetchone()
    assert row
    return str(row[0])


@pytest.mark.parametrize(("success", "figures_touched"), [(False, True), (True, False)])
def test_feed_that_fails__puts_the_months_that_it_did_not_bring_in_doubt(
    undone: psycopg.Connection, warehouse: BuiltWarehouse, success: bool, figures_touched: bool
) -> None:
    """The last deaths came in the last month that is told: every figure of it that stands on them is in doubt."""
    undone.execute("alter table raw.delivery disable trigger user")
    undone.execute(
        f"update raw.delivery set extracted_at = {LAST_MONTH} + interval '10 days'"
        " where table_name = 'registered_death'"
    )
    answer(undone, "raw", RULE, "outcome__registered_death", "lag_days", success)
    told = written(undone, warehouse)
    assert bool(told) == figures_touched
    if figures_touched:
        assert {measure for measure, *_ in told} >= {"mortality_30d"} and all(found[4] for found in told)
        figures = undone.execute(
            f"select count(*) from marts.performance where measure_id = 'mortality_30d' and month_on = {LAST_MONTH}"
        ).fetchone()
        assert sum(measure == "mortality_30d" for measure, *_ in told) == (figures or [0])[0]
        assert told[0][5] == "outcome__registered_death fails the check: It holds."


def test_figure_in_doubt__is_not_judged(warehouse: BuiltWarehouse) -> None:
    found = warehouse.query(
        "select distinct org_unit_key, measure_id, month_on, state, state_reason from marts.performance_statistic"
        " inner join marts.measure_trust using (org_unit_key, measure_id, month_on) where is_untrusted"
    )
    assert len(found) > 0 and set(found["state"]) == {"data not trusted"}
    assert found["state_reason"].str.contains(" the check: ").all()
    others = warehouse.query("select count(*) as n from marts.performance where record_count_12m >= 20")["n"].item()
    assert len(found) < others / 2
