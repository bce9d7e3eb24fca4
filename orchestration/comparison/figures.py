"""The statistics of every row of performance: read a measure at a time, computed, and written beside the marts."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd
import psycopg
from psycopg.rows import class_row

from orchestration.comparison import tables
from orchestration.comparison.declaration import Place, Table
from orchestration.statistics import figures
from orchestration.statistics.figures import Measure

NAME = "performance_statistic"
KEYS = ("org_unit_key", "measure_id", "month_on", "audience")
_MEASURES = "select measure_id from {marts}.dim_measure order by measure_id"
_MEASURE = """
select
    measure.direction,
    measure.method,
    measure.minimum_denominator,
    measure.case_mix_model,
    coalesce(model.dispersion, 1) as dispersion
from {marts}.dim_measure as measure
left join {marts}.case_mix_model as model using (measure_id)
where measure.measure_id = {measure_id}
"""
# From the month before the first delivery that was held then, what came is not known to be whole.
_ROWS = """
with held as (
    select date_trunc('month', min(coalesce(held_feed.first_extracted_at, held_feed.held_since_at)))
        - interval '1 month' as from_on
    from {marts}.measure_feed
    inner join quality.held_feed_at({known_before}) as held_feed using (source_name, table_name)
    where measure_feed.measure_id = {measure_id}
),

-- Outcomes that are not known yet would make the last months look better than they are.
pending as (
    select distinct month_on
    from {marts}.measure_record
    where measure_id = {measure_id} and exclusion_reason = 'follow-up not complete'
),

shown as (
    select
        org_unit_key, month_on, 'inside' as audience, value, numerator, denominator, numerator_12m, denominator_12m,
        value_12m, record_count_12m
    from {marts}.performance
    where measure_id = {measure_id}
    union all
    select
        org_unit_key, month_on, 'outside' as audience, value, numerator, denominator, numerator_12m, denominator_12m,
        value_12m, record_count_12m
    from {marts}.performance_outside
    where measure_id = {measure_id}
),

expected as (
    select
        bridge.ancestor_org_unit_key as org_unit_key,
        cast(date_trunc('month', record.occurred_on) as date) as month_on,
        sum(record.expected) as expected
    from {marts}.record_expected as record
    inner join {marts}.bridge_org_unit as bridge
        on
            record.org_unit_key = bridge.org_unit_key
            and record.occurred_on between bridge.valid_from_on and coalesce(bridge.valid_to_on, 'infinity')
    where record.measure_id = {measure_id}
    group by 1, 2
)

select
    shown.*,
    case when exists (select 1 from expected) then coalesce(expected.expected, 0) end as expected,
    unit.org_unit_level as level,
    coalesce(unit.department_key, '') as team,
    unit.clinician_key is not null as is_individual,
    not unit.is_unattributed and unit.now_of_org_unit_key is null as is_peer,
    month.is_complete and pending.month_on is null as is_whole,
    held.from_on is null or month.month_on < held.from_on as is_trusted
from shown
inner join {marts}.dim_org_unit as unit using (org_unit_key)
inner join {marts}.dim_month as month using (month_on)
cross join held
left join pending using (month_on)
left join expected using (org_unit_key, month_on)
order by shown.audience, shown.org_unit_key, shown.month_on
"""
_TYPES = {
    "org_unit_key": "text",
    "month_on": "date",
    "audience": "text",
    "value": "double precision",
    "numerator": "double precision",
    "denominator": "double precision",
    "numerator_12m": "double precision",
    "denominator_12m": "double precision",
    "value_12m": "double precision",
    "record_count_12m": "bigint",
    "expected": "double precision",
    "level": "text",
    "team": "text",
    "is_individual": "boolean",
    "is_peer": "boolean",
    "is_whole": "boolean",
    "is_trusted": "boolean",
}


def write(
    connection: psycopg.Connection, place: Place, declared: Mapping[str, Table], on_progress: Callable[[str], object]
) -> dict[str, int]:
    """Make the table of statistics from the marts in `place`; return its rows by its name."""
    measures = [row[0] for row in connection.execute(tables.query(_MEASURES, place)).fetchall()]
    count, table = 0, declared[NAME]
    tables.create(connection, place, table)
    with connection.transaction():
        for number, measure_id in enumerate(measures, start=1):
            for frame in _of_measure(connection, place, measure_id):
                tables.append(connection, place, table, frame)
                count += len(frame)
            if number % 10 == 0 or number == len(measures):
                on_progress(f"statistics of {number}/{len(measures)} measures, {count:,} rows")
        tables.finish(connection, place, table)
    return {NAME: count}


def _of_measure(connection: psycopg.Connection, place: Place, measure_id: str) -> Iterator[pd.DataFrame]:
    """Compute one measure for each audience, from nothing but what that audience is shown."""
    with connection.cursor(row_factory=class_row(Measure)) as cursor:
        measure = cursor.execute(tables.query(_MEASURE, place, measure_id=measure_id)).fetchone()
    rows = tables.read(connection, tables.query(_ROWS, place, measure_id=measure_id), _TYPES)
    for audience, of_audience in rows.groupby("audience", sort=True):
        shown = of_audience.reset_index(drop=True)
        numbered = shown.assign(
            **{name: pd.factorize(shown[column])[0] for name, column in _NUMBERED.items()},
        )
        found = figures.describe(numbered, measure)  # type: ignore[arg-type]
        yield found.assign(
            org_unit_key=shown["org_unit_key"], measure_id=measure_id, month_on=shown["month_on"], audience=audience
        )


_NUMBERED = {"unit": "org_unit_key", "level": "level", "team": "team", "month": "month_on"}
