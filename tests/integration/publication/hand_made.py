"""Publications made by hand in milliseconds: a few tables whose sums all tell which publication they are of."""

from datetime import date, timedelta

import psycopg

from orchestration.publication import origin, publish
from orchestration.publication.served import ServedModel

# Sums of these are the number of the publication times so much.
UNIT = 1_000
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


def build(owner: psycopg.Connection, number: int, schema: str, data_to_on: date) -> None:
    """Make the tables of publication `number` in a schema that is there."""
    rows = "select 'unit ' || n as org_unit_key, {} as numerator from generate_series(1, {}) as n"
    for statement in (
        f"create table {schema}.reporting_period as select {number} as number, cast('{data_to_on}' as date) as data_to_on",
        f"create table {schema}.dim_measure as select 'spells' as measure_id, {number} as definition_version",
        f"create table {schema}.measure_record as {rows.format(number, UNIT)}",
        f"create table {schema}.performance as {rows.format(number * 10, UNIT // 10)}",
        f"create table {schema}.leaf_month as {rows.format(number * 100, UNIT // 100)}",
        f"create view {schema}.shown as select org_unit_key, numerator from {schema}.performance",
    ):
        owner.execute(statement)


def make_ready(owner: psycopg.Connection, number: int, data_to_on: date = date(2026, 1, 15)) -> None:
    """Begin and build publication `number`, as a run does before it publishes."""
    publish.begin(owner, origin.now(owner))
    build(owner, number, publish.READY, data_to_on)


def publish_number(owner: psycopg.Connection, number: int, data_to_on: date = date(2026, 1, 15)) -> None:
    """Build and publish publication `number`."""
    make_ready(owner, number, data_to_on)
    publish.publish(owner, MODELS, run_id=f"run {number}")


def days_from(first: date, count: int) -> list[date]:
    """Return days one after the other."""
    return [first + timedelta(days=step) for step in range(count)]
