"""The statistics of every row of performance, and steps in the level of units: computed, and written to the marts."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd
import psycopg
from psycopg.rows import dict_row

from orchestration.comparison import tables
from orchestration.comparison.declaration import RECENT_MONTHS, Place, Table
from orchestration.statistics import change, figures
from orchestration.statistics.figures import Measure

FIGURES, CHANGE = "performance_statistic", "unit_change"
KEYS = ("org_unit_key", "measure_id", "month_on", "audience")
# What the statistics take as numbers: their name, and the column.
_NUMBERED = {"unit": "org_unit_key", "level": "level", "team": "team", "month": "month_on"}
# Rows that are read at a time, as whole measures: one scan serves many, and memory stays flat.
_ROWS_AT_ONCE = 500_000
# A step is told where chance alone gives as large a one in one series of a hundred.
SIGNIFICANCE = 0.01
SEED = 20_000

_MEASURES = """
with row_count as (
    select measure_id, count(*) as row_count from {marts}.performance group by measure_id
)

select
    measure.measure_id,
    measure.direction,
    measure.unit,
    measure.method,
    measure.minimum_denominator,
    measure.case_mix_model,
    coalesce(model.dispersion, 1) as dispersion,
    cast(measure.target as double precision) as target,
    coalesce(row_count.row_count, 0) as row_count
from {marts}.dim_measure as measure
left join {marts}.case_mix_model as model using (measure_id)
left join row_count using (measure_id)
order by measure.measure_id
"""
# From the month before the first delivery that was held then, what came is not known to be whole.
_ROWS = """
with held as (
    select
        measure_feed.measure_id,
        date_trunc('month', min(coalesce(held_feed.first_extracted_at, held_feed.held_since_at)))
        - interval '1 month' as from_on
    from {marts}.measure_feed
    inner join quality.held_feed_at({known_before}) as held_feed using (source_name, table_name)
    group by measure_feed.measure_id
),

-- Outcomes that are not known yet would make the last months look better than they are.
pending as (
    select distinct measure_id, month_on
    from {marts}.measure_exclusion
    where exclusion_reason = 'follow-up not complete'
),

shown as (
    select
        measure_id, org_unit_key, month_on, 'inside' as audience, value, numerator, denominator, numerator_12m,
        denominator_12m, value_12m, record_count_12m
    from {marts}.performance
    where measure_id = any({measure_ids})
    union all
    select
        measure_id, org_unit_key, month_on, 'outside' as audience, value, numerator, denominator, numerator_12m,
        denominator_12m, value_12m, record_count_12m
    from {marts}.performance_outside
    where measure_id = any({measure_ids})
),

expected as (
    select
        record.measure_id,
        bridge.ancestor_org_unit_key as org_unit_key,
        cast(date_trunc('month', record.occurred_on) as date) as month_on,
        -- Added up as decimals, for the sum of floats depends on the order of rows, and a rebuild has another.
        cast(sum(cast(record.expected as numeric)) as double precision) as expected
    from {marts}.record_expected as record
    inner join {marts}.bridge_org_unit as bridge
        on
            record.org_unit_key = bridge.org_unit_key
            and record.occurred_on between bridge.valid_from_on and coalesce(bridge.valid_to_on, 'infinity')
    where record.measure_id = any({measure_ids})
    group by 1, 2, 3
),

modelled as (
    select measure_id, min(month_on) as first_month_on from expected group by measure_id
),

-- From a month on for which a lead gave a reason, limits are calculated anew.
segment as (
    select shown.measure_id, shown.org_unit_key, shown.audience, shown.month_on, count(*) as segment
    from shown
    inner join {intermediate}.int_rebase as rebase
        on
            shown.measure_id = rebase.measure_id and shown.org_unit_key = rebase.org_unit_key
            and shown.month_on >= rebase.from_on
    group by 1, 2, 3, 4
),

doubted as (
    select
        measure_id,
        org_unit_key,
        month_on,
        -- The largest doubt is told; that about a feed is larger than any about records.
        (array_agg(reason order by touched_count_12m desc nulls first, rule_id))[1] as doubt
    from {marts}.measure_trust
    where is_untrusted and measure_id = any({measure_ids})
    group by measure_id, org_unit_key, month_on
)

select
    shown.*,
    coalesce(segment.segment, 0) as segment,
    case when shown.month_on >= modelled.first_month_on then coalesce(expected.expected, 0) end as expected,
    unit.org_unit_level as level,
    coalesce(unit.department_key, '') as team,
    unit.clinician_key is not null as is_individual,
    not unit.is_unattributed and unit.now_of_org_unit_key is null as is_peer,
    month.is_complete and pending.month_on is null as is_whole,
    (held.from_on is null or month.month_on < held.from_on) and doubted.doubt is null as is_trusted,
    doubted.doubt
from shown
inner join {marts}.dim_org_unit as unit using (org_unit_key)
inner join {marts}.dim_month as month using (month_on)
left join held using (measure_id)
left join pending using (measure_id, month_on)
left join modelled using (measure_id)
left join expected using (measure_id, org_unit_key, month_on)
left join segment using (measure_id, org_unit_key, audience, month_on)
left join doubted using (measure_id, org_unit_key, month_on)
order by shown.measure_id collate "C", shown.audience, shown.org_unit_key collate "C", shown.month_on
"""
_TYPES = {
    "measure_id": "text",
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
    "segment": "bigint",
    "expected": "double precision",
    "level": "text",
    "team": "text",
    "is_individual": "boolean",
    "is_peer": "boolean",
    "is_whole": "boolean",
    "is_trusted": "boolean",
    "doubt": "text",
}


def write(
    connection: psycopg.Connection, place: Place, declared: Mapping[str, Table], on_progress: Callable[[str], object]
) -> dict[str, int]:
    """Make both tables from the marts in `place`, all of them or nothing; return their rows by name."""
    with connection.cursor(row_factory=dict_row) as cursor:
        measures = {row["measure_id"]: row for row in cursor.execute(tables.query(_MEASURES, place)).fetchall()}
    count, done = 0, 0
    for name in (FIGURES, CHANGE):
        tables.create(connection, place, declared[name])
    with connection.transaction():
        for measure_ids in _together({measure_id: row["row_count"] for measure_id, row in measures.items()}):
            rows = tables.read(connection, tables.query(_ROWS, place, measure_ids=measure_ids), _TYPES)
            for (measure_id, audience), shown in rows.groupby(["measure_id", "audience"], sort=False):
                frame = _described(shown.reset_index(drop=True), measures[measure_id])
                tables.append(connection, place, declared[FIGURES], frame)
                count += len(frame)
                if audience == "inside":
                    steps = _steps(shown, measures[measure_id])
                    tables.append(connection, place, declared[CHANGE], steps)
            done += len(measure_ids)
            on_progress(f"statistics of {done}/{len(measures)} measures, {count:,} rows")
        for name in (FIGURES, CHANGE):
            tables.finish(connection, place, declared[name])
    return {name: tables.count(connection, place, declared[name]) for name in (FIGURES, CHANGE)}


def _together(row_counts: Mapping[str, int]) -> Iterator[list[str]]:
    """Yield measures to be read at once: in order, as many as stay within the rows that are read at a time."""
    chosen: list[str] = []
    rows = 0
    for measure_id, count in row_counts.items():
        if chosen and rows + count > _ROWS_AT_ONCE:
            yield chosen
            chosen, rows = [], 0
        chosen.append(measure_id)
        rows += count
    if chosen:
        yield chosen


def _described(shown: pd.DataFrame, measure: Mapping[str, Any]) -> pd.DataFrame:
    """Return the statistics of one measure for one audience, from nothing but what that audience is shown."""
    numbered = shown.assign(**{name: pd.factorize(shown[column])[0] for name, column in _NUMBERED.items()})
    asked = Measure(**{field.name: measure[field.name] for field in dataclasses.fields(Measure)})
    told = figures.describe(numbered, asked).assign(**{name: shown[name] for name in KEYS})
    # What is in doubt is said in place of the general reason.
    return told.assign(state_reason=told["state_reason"].astype(object).mask(shown["doubt"].notna(), shown["doubt"]))


def _steps(shown: pd.DataFrame, measure: Mapping[str, Any]) -> pd.DataFrame:
    """Return the units of one measure whose recent whole months show a step in its level."""
    is_recent = shown["month_on"] > shown["month_on"].max() - pd.DateOffset(months=RECENT_MONTHS)
    months = shown[shown["is_whole"] & is_recent].reset_index(drop=True)
    is_known = (months["denominator"] > 0) | (measure["unit"] == "count")
    weight = months["denominator"].mask(months["denominator"] == 0).fillna(1.0)
    found = change.step(
        months["value"].where(is_known), months["org_unit_key"], weight=weight, significance=SIGNIFICANCE, seed=SEED
    )
    found = found[found["has_step"]]
    return pd.DataFrame(
        {
            "org_unit_key": found["series"],
            "measure_id": measure["measure_id"],
            "changed_on": months["month_on"].reindex(found["starts_at"].astype("int64")).to_numpy(),
            "value_before": found["before"],
            "value_after": found["after"],
            "size": found["size"],
            "size_lower": found["size_lower"],
            "size_upper": found["size_upper"],
            "p_value": found["p_value"],
        }
    )
