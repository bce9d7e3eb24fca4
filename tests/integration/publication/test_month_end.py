"""The first publication whose data reach the end of a month is kept as it was, for the analyst and the owner."""

import dataclasses
from datetime import date

import psycopg
import pytest

from orchestration.postgres import connection
from orchestration.publication import content, month_end, publish
from orchestration.settings import Settings
from tests.integration.publication import hand_made


@pytest.mark.parametrize(
    ("data_to_on", "reached"),
    [
        (date(2026, 9, 30), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 9, 30)),
        (date(2026, 9, 29), date(2026, 8, 31)),
        (date(2024, 2, 29), date(2024, 2, 29)),
        (date(2023, 2, 28), date(2023, 2, 28)),
        (date(2026, 1, 30), date(2025, 12, 31)),
    ],
)
def test_month_end__is_reached_on_its_last_day(data_to_on: date, reached: date) -> None:
    assert month_end.reached(data_to_on) == reached


def test_month__has_one_publication_the_first(owner: psycopg.Connection) -> None:
    # Data to 15 January: December's. A second of January, data that go back, and two months at once.
    for number, day in enumerate(
        (date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 3), date(2025, 12, 31), date(2026, 4, 2)), start=2
    ):
        hand_made.publish_number(owner, number, day)
    found = owner.execute("select run_id, month_end_on from quality.publication order by publication_id").fetchall()
    assert found == [
        ("run 1", date(2025, 12, 31)),
        ("run 2", None),
        ("run 3", date(2026, 1, 31)),
        ("run 4", None),
        ("run 5", None),
        ("run 6", date(2026, 3, 31)),
    ]
    assert hand_made.kept(owner) == ["marts_2025_12", "marts_2026_01"]
    schemas = owner.execute("select nspname from pg_namespace where nspname like 'marts%' order by 1").fetchall()
    assert [name for (name,) in schemas] == ["marts", "marts_2025_12", "marts_2026_01"]


def test_kept_month__is_read_by_the_analyst_and_written_by_nobody(laid: Settings, owner: psycopg.Connection) -> None:
    hand_made.publish_number(owner, 2)
    with connection.connect(laid, "analyst", autocommit=True) as analyst:
        assert analyst.execute("select number from marts_2025_12.reporting_period").fetchone() == (1,)
        # Views would go on to tell of the ledgers as they are now.
        with pytest.raises(psycopg.errors.UndefinedTable):
            analyst.execute("select * from marts_2025_12.shown")
    with (
        connection.connect(laid, "reader", autocommit=True) as reader,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        reader.execute("select number from marts_2025_12.reporting_period")
    for statement in (
        "update marts_2025_12.performance set numerator = 0",
        "delete from marts_2025_12.performance",
        "insert into marts_2025_12.performance select * from marts.performance",
        "truncate marts_2025_12.performance",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(statement)


def test_kept_month__shows_the_analyst_no_name_that_is_declared_later(
    laid: Settings, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_made.publish_number(owner, 2)
    names = dataclasses.replace(hand_made.MODELS[3], names_person=("org_unit_key",))
    assert names.name == "performance"
    monkeypatch.setattr(hand_made, "MODELS", tuple(names if of.name == names.name else of for of in hand_made.MODELS))
    hand_made.publish_number(owner, 3)
    with connection.connect(laid, "analyst", autocommit=True) as analyst:
        for schema in ("marts", "marts_2025_12"):
            assert analyst.execute(f"select sum(numerator) > 0 from {schema}.performance").fetchone() == (True,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                analyst.execute(f"select org_unit_key from {schema}.performance")
            assert analyst.execute(f"select count(*) from {schema}.leaf_month").fetchone() == (10,)


def test_kept_month__that_was_altered_all_the_same_has_another_hash(owner: psycopg.Connection) -> None:
    hand_made.publish_number(owner, 2)
    owner.execute("grant update on marts_2025_12.performance to cpw_owner")
    # Figures of two units, exchanged: no count and no sum of a column changes.
    owner.execute(
        "update marts_2025_12.performance set org_unit_key = case org_unit_key when 'unit 1' then 'a' else 'b' end"
        " where org_unit_key in ('unit 1', 'unit 2')"
    )
    with pytest.raises(AssertionError):
        hand_made.kept(owner)


def test_hash__does_not_depend_on_order_layout_or_who_asks(owner: psycopg.Connection) -> None:
    before = content.read(owner, publish.SERVED, hand_made.MODELS)
    owner.execute(
        "create table marts.other as select numerator, org_unit_key from marts.performance order by 1, 2 desc"
    )
    owner.execute("drop table marts.performance cascade")
    owner.execute("alter table marts.other rename to performance")
    owner.execute("set timezone = 'Pacific/Auckland'; set datestyle = 'German'; set extra_float_digits = 0")
    assert content.read(owner, publish.SERVED, hand_made.MODELS) == before


@pytest.mark.parametrize(
    "change",
    [
        "update marts.performance set numerator = -numerator where org_unit_key = 'unit 7'",
        "insert into marts.performance select * from marts.performance where org_unit_key = 'unit 7'",
        "delete from marts.performance where org_unit_key = 'unit 7'",
        "update marts.performance set org_unit_key = null where org_unit_key = 'unit 7'",
        "update marts.performance set org_unit_key = org_unit_key || ' ' where org_unit_key = 'unit 7'",
        "alter table marts.performance rename column numerator to denominator",
    ],
)
def test_hash__sees_each_change_and_says_where(owner: psycopg.Connection, change: str) -> None:
    before = content.read(owner, publish.SERVED, hand_made.MODELS)
    owner.execute(change)
    after = content.read(owner, publish.SERVED, hand_made.MODELS)
    assert content.differing(before, after) == ["performance"]
    assert content.whole(before) != content.whole(after)


def test_place_of_a_month__that_is_taken_stops_publication_with_a_sentence(owner: psycopg.Connection) -> None:
    owner.execute("create schema marts_2025_12")
    hand_made.make_ready(owner, 2)
    with pytest.raises(publish.PublishError, match="to be kept as marts_2025_12, and that schema is there already"):
        publish.publish(owner, hand_made.MODELS, run_id="run 2")
    assert hand_made.served(owner) == 1
