"""Outcomes followed record by record: CUSUM charts of clinicians and departments, by month."""

from collections.abc import Callable, Mapping

import pandas as pd
import psycopg

from orchestration.comparison import tables
from orchestration.comparison.declaration import RECENT_MONTHS, Place, Table
from orchestration.statistics import cusum

CUSUM = "unit_cusum"
# Of a hundred units that do as expected, one passes its limit by chance within the records that it has.
FALSE_ALARM_RATE = 0.01
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


def write(
    connection: psycopg.Connection, place: Place, declared: Mapping[str, Table], on_progress: Callable[[str], object]
) -> dict[str, int]:
    """Make the table from the marts in `place`; return its rows by its name."""
    tables.create(connection, place, declared[CUSUM])
    units = tables.read(connection, tables.query(_UNITS, place), _UNIT_TYPES)
    for (measure_id,) in connection.execute(tables.query(_FOLLOWED, place)).fetchall():
        query = tables.query(_RECORDS, place, measure_id=measure_id, months=f"{RECENT_MONTHS - 1} months")
        records = _of_units(tables.read(connection, query, _RECORD_TYPES), units)
        if len(records):
            followed = _followed(records).assign(measure_id=measure_id)
            tables.append(connection, place, declared[CUSUM], followed)
            signals = followed.loc[followed["is_signal"], "org_unit_key"].nunique()
            on_progress(f"{measure_id}: {signals} of {followed['org_unit_key'].nunique()} units followed have a signal")
    tables.finish(connection, place, declared[CUSUM])
    return {CUSUM: tables.count(connection, place, declared[CUSUM])}


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
