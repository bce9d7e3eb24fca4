"""What happens over time: outcomes followed record by record, and steps in the level of a unit's months."""

from collections.abc import Callable, Mapping

import pandas as pd
import psycopg

from orchestration.comparison import tables
from orchestration.comparison.case_mix import MONTHS
from orchestration.comparison.declaration import Place, Table
from orchestration.statistics import change, cusum

CUSUM, CHANGE = "unit_cusum", "unit_change"
# Of a hundred units that do as expected, one passes its limit by chance within the records that it has.
FALSE_ALARM_RATE = 0.01
# A step is told where chance alone gives as large a one in one series of a hundred.
SIGNIFICANCE = 0.01
SEED = 20_000
_PATHS = 5_000

_FOLLOWED = """
select distinct record.measure_id
from {marts}.record_expected as record
inner join {marts}.dim_measure as measure on record.measure_id = measure.measure_id
where measure.case_mix_model = 'logistic'
order by record.measure_id
"""
# Charts begin where the model's learning does: what was before is not what it expects.
_RECORDS = """
with first as (
    select date_trunc('month', max(occurred_on)) - cast({months} as interval) as day_on
    from {marts}.record_expected
    where measure_id = {measure_id}
)

select
    expected.org_unit_key,
    expected.occurred_on,
    record.numerator as outcome,
    expected.expected
from {marts}.record_expected as expected
inner join {marts}.measure_record as record
    on expected.measure_id = record.measure_id and expected.record_id = record.record_id
inner join first on expected.occurred_on >= first.day_on
where expected.measure_id = {measure_id}
order by expected.occurred_on, expected.record_id
"""
_RECORD_TYPES = {
    "org_unit_key": "text", "occurred_on": "date", "outcome": "double precision", "expected": "double precision",
}  # fmt: skip
_UNITS = """
select
    bridge.org_unit_key as leaf,
    bridge.ancestor_org_unit_key as org_unit_key,
    bridge.valid_from_on,
    bridge.valid_to_on
from {marts}.bridge_org_unit as bridge
inner join {marts}.dim_org_unit as unit on bridge.ancestor_org_unit_key = unit.org_unit_key
where
    unit.org_unit_level in ('clinician', 'department')
    and not unit.is_unattributed
    and unit.now_of_org_unit_key is null
"""
_UNIT_TYPES = {"leaf": "text", "org_unit_key": "text", "valid_from_on": "date", "valid_to_on": "date"}
_MONTHS = """
select
    performance.org_unit_key,
    performance.month_on,
    case when measure.unit = 'count' or performance.denominator > 0 then performance.value end as value,
    coalesce(nullif(performance.denominator, 0), 1) as weight
from {marts}.performance
inner join {marts}.dim_measure as measure on performance.measure_id = measure.measure_id
inner join {marts}.performance_statistic as statistic
    on
        performance.org_unit_key = statistic.org_unit_key
        and performance.measure_id = statistic.measure_id
        and performance.month_on = statistic.month_on
        and statistic.audience = 'inside'
where performance.measure_id = {measure_id} and statistic.is_whole
order by performance.org_unit_key, performance.month_on
"""
_MONTH_TYPES = {
    "org_unit_key": "text", "month_on": "date", "value": "double precision", "weight": "double precision",
}  # fmt: skip


def write(
    connection: psycopg.Connection, place: Place, declared: Mapping[str, Table], on_progress: Callable[[str], object]
) -> dict[str, int]:
    """Make both tables from the marts in `place`; return their rows by name."""
    for name in (CUSUM, CHANGE):
        tables.create(connection, place, declared[name])
    units = tables.read(connection, tables.query(_UNITS, place), _UNIT_TYPES)
    for (measure_id,) in connection.execute(tables.query(_FOLLOWED, place)).fetchall():
        query = tables.query(_RECORDS, place, measure_id=measure_id, months=f"{MONTHS - 1} months")
        records = _of_units(tables.read(connection, query, _RECORD_TYPES), units)
        if len(records):
            followed = _followed(records).assign(measure_id=measure_id)
            tables.append(connection, place, declared[CUSUM], followed)
            signals = followed.loc[followed["is_signal"], "org_unit_key"].nunique()
            on_progress(f"{measure_id}: {signals} of {followed['org_unit_key'].nunique()} units followed have a signal")
    measures = connection.execute(tables.query("select measure_id from {marts}.dim_measure order by 1", place))
    for (measure_id,) in measures.fetchall():
        months = tables.read(connection, tables.query(_MONTHS, place, measure_id=measure_id), _MONTH_TYPES)
        if len(months):
            tables.append(connection, place, declared[CHANGE], _steps(months).assign(measure_id=measure_id))
    for name in (CUSUM, CHANGE):
        tables.finish(connection, place, declared[name])
    return {name: tables.count(connection, place, declared[name]) for name in (CUSUM, CHANGE)}


def _of_units(records: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return each record once for its clinician and once for the department in which that was on its day."""
    found = records.rename(columns={"org_unit_key": "leaf"}).merge(units, on="leaf")
    day = found["occurred_on"]
    is_then = (day >= found["valid_from_on"]) & ((day <= found["valid_to_on"]) | found["valid_to_on"].isna())
    return found.loc[is_then, list(_RECORD_TYPES)].reset_index(drop=True)


def _followed(records: pd.DataFrame) -> pd.DataFrame:
    """Return the charts of each unit at the end of its months: where they stand, and how high they were."""
    unit = records["org_unit_key"]
    chart = cusum.run(records["outcome"], records["expected"], unit)
    limits = cusum.limits_by_stratum(
        records["expected"], unit, false_alarm_rate=FALSE_ALARM_RATE, paths=_PATHS, seed=SEED
    )
    chart["month_on"] = records["occurred_on"].dt.to_period("M").dt.to_timestamp()
    chart["case_count"] = chart.groupby("unit", sort=False).cumcount() + 1
    months = chart.groupby(["unit", "month_on"], sort=True).agg(
        case_count=("case_count", "last"), vlad=("vlad", "last"), worse=("worse", "max"), better=("better", "max")
    )
    months = months.reset_index().rename(columns={"unit": "org_unit_key"})
    for side in ("worse", "better"):
        months[f"{side}_limit"] = limits[side].reindex(months["org_unit_key"]).to_numpy()
    is_beyond = (months["worse"] > months["worse_limit"]) | (months["better"] > months["better_limit"])
    return months.assign(is_signal=is_beyond)


def _steps(months: pd.DataFrame) -> pd.DataFrame:
    """Return the units whose months show a step."""
    found = change.step(
        months["value"], months["org_unit_key"], weight=months["weight"], significance=SIGNIFICANCE, seed=SEED
    )
    found = found[found["has_step"]]
    return pd.DataFrame(
        {
            "org_unit_key": found["series"],
            "changed_on": months["month_on"].reindex(found["starts_at"].astype("int64")).to_numpy(),
            "value_before": found["before"],
            "value_after": found["after"],
            "size": found["size"],
            "size_lower": found["size_lower"],
            "size_upper": found["size_upper"],
            "p_value": found["p_value"],
        }
    )
