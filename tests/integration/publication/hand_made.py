"""Publications made by hand in milliseconds: a few tables whose sums all tell which publication they are of."""

from datetime import date

import psycopg

from orchestration.publication import content, month_end, publish
from orchestration.publication.origin import Origin
from orchestration.publication.served import ServedModel

STORED = ("dim_measure", "leaf_month", "measure_record", "performance", "reporting_period")
MODELS = (
    *(ServedModel(name, is_view=False, access="everyone", is_content=True) for name in STORED),
    ServedModel("shown", is_view=True, access="everyone", is_content=False),
)
# What the publication says of itself, beside sums over its tables: all of one publication, or it is a mixture.
WITNESS = """
select
    (select number from marts.reporting_period),
    (select sum(numerator) from marts.measure_record) / 1000,
    (select sum(numerator) from marts.performance) / 1000,
    (select sum(numerator) from marts.leaf_month) / 1000,
    (select max(definition_version) from marts.dim_measure),
    (select sum(numerator) from marts.shown) / 1000
"""
PARTS = (
    "select number from marts.reporting_period",
    "select sum(numerator) / 1000 from marts.performance",
    "select max(definition_version) from marts.dim_measure",
    "select sum(numerator) / 1000 from marts.measure_record",
    "select sum(numerator) / 1000 from marts.leaf_month",
)
DAY = date(2026, 1, 15)


def build(owner: psycopg.Connection, number: int, schema: str, data_to_on: date = DAY) -> None:
    """Make the tables of publication `number` in a schema that is there."""
    period = f"{number} as number, cast('{data_to_on}' as date) as data_to_on"
    rows = "select 'unit ' || n as org_unit_key, {} as numerator from generate_series(1, {}) as n"
    for statement in (
        f"create table {schema}.reporting_period as select {period}",
        f"create table {schema}.dim_measure as select 'spells' as measure_id, {number} as definition_version",
        f"create table {schema}.measure_record as {rows.format(number, 1000)}",
        f"create table {schema}.performance as {rows.format(number * 10, 100)}",
        f"create table {schema}.leaf_month as {rows.format(number * 100, 10)}",
        f"create view {schema}.shown as select org_unit_key, numerator from {schema}.performance",
    ):
        owner.execute(statement)


def made_from(owner: psycopg.Connection, number: int) -> Origin:
    """Return what publication `number` says it is made from."""
    known_before = owner.execute("select clock_timestamp()").fetchone()[0]
    return Origin(f"deliveries of {number}", known_before, "code", None)


def make_ready(owner: psycopg.Connection, number: int, data_to_on: date = DAY) -> None:
    """Begin and build publication `number`, as a run does before it publishes."""
    publish.begin(owner, made_from(owner, number))
    build(owner, number, publish.READY, data_to_on)


def publish_number(owner: psycopg.Connection, number: int, data_to_on: date = DAY) -> None:
    """Build and publish publication `number`."""
    make_ready(owner, number, data_to_on)
    publish.publish(owner, MODELS, run_id=f"run {number}")


def served(owner: psycopg.Connection) -> int:
    """Return the number of the publication that is served, which must be whole and as the ledger has it."""
    witness = owner.execute(WITNESS).fetchone()
    assert len(set(witness)) == 1, witness
    standing = owner.execute(
        "select run_id, content_hash from quality.publication where state = 'published'"
        " order by publication_id desc limit 1"
    ).fetchone()
    found = content.whole(content.read(owner, publish.SERVED, MODELS))
    assert standing == (f"run {witness[0]}", found)
    return int(witness[0])


def kept(owner: psycopg.Connection) -> list[str]:
    """Return the schemas of months that were replaced, each of which must be whole and as the ledger has it."""
    replaced = owner.execute(
        "select month_end_on, content_hash from quality.publication where month_end_on is not null and publication_id"
        " < (select max(publication_id) from quality.publication where state = 'published') order by 1"
    ).fetchall()
    for month_end_on, content_hash in replaced:
        found = content.read(owner, month_end.place(month_end_on), MODELS)
        assert content.whole(found) == content_hash, month_end_on
    return [month_end.place(month_end_on) for month_end_on, _ in replaced]
