"""The rows behind a published figure, found on their own way: each record, its unit above on its day, its reason."""

import csv
from datetime import date
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from orchestration.errors import UsageError, WarehouseError
from orchestration.measure import question
from orchestration.measure.explanation import Cell, Explanation, Part, Record, Sums
from orchestration.measure.question import Measure, Unit

# Not the roll-up of `performance`, which sums before it climbs: here each record climbs by itself.
_RECORDS = """
create temporary table explained on commit drop as
select
    record.record_type, record.record_id, record.org_unit_key, record.occurred_on, record.numerator,
    record.denominator, record.exclusion_reason, record.evidence, record.attribution_text
from marts.measure_record as record
inner join marts.bridge_org_unit as bridge
    on
        bridge.ancestor_org_unit_key = %(unit)s
        and record.org_unit_key = bridge.org_unit_key
        and record.occurred_on between bridge.valid_from_on and coalesce(bridge.valid_to_on, 'infinity')
where record.measure_id = %(measure)s and record.month_on = %(month)s
"""
_SUMS = "coalesce(sum(numerator), 0) as numerator, sum(denominator) as denominator, count(*) as record_count"
_CELL = """
select numerator, denominator, record_count, value, numerator_12m, denominator_12m, record_count_12m, value_12m
from marts.performance
where org_unit_key = %(unit)s and measure_id = %(measure)s and month_on = %(month)s
"""
# A unit that came or went within the month brings only what occurred while it was below.
_PARTS = f"""
with below as (
    select
        bridge.org_unit_key, bridge.valid_from_on, coalesce(bridge.valid_to_on, 'infinity') as valid_to_on,
        bridge.valid_from_on <= month.month_on
        and coalesce(bridge.valid_to_on, 'infinity') >= month.month_end_on as is_whole_month
    from marts.bridge_org_unit as bridge
    inner join marts.dim_month as month
        on
            month.month_on = %(month)s
            and bridge.valid_from_on <= month.month_end_on
            and coalesce(bridge.valid_to_on, 'infinity') >= month.month_on
    where bridge.ancestor_org_unit_key = %(unit)s and bridge.depth = 1
),

placed as (
    select coalesce(below.org_unit_key, %(unit)s) as org_unit_key, numerator, denominator
    from explained
    left join (
        below
        inner join marts.bridge_org_unit as bridge on below.org_unit_key = bridge.ancestor_org_unit_key
    )
        on
            explained.org_unit_key = bridge.org_unit_key
            and explained.occurred_on between below.valid_from_on and below.valid_to_on
            and explained.occurred_on between bridge.valid_from_on and coalesce(bridge.valid_to_on, 'infinity')
    where exclusion_reason is null
),

part as (
    select org_unit_key, {_SUMS} from placed group by org_unit_key
),

whole as (
    select org_unit_key, bool_and(is_whole_month) as is_whole_month from below group by org_unit_key
),

published as (
    select org_unit_key, numerator, denominator, record_count
    from marts.performance
    where measure_id = %(measure)s and month_on = %(month)s
)

select
    org_unit_key, coalesce(unit.org_unit_name, org_unit_key) as org_unit_name, coalesce(part.numerator, 0) as numerator,
    part.denominator, coalesce(part.record_count, 0) as record_count,
    case when whole.is_whole_month then coalesce(published.numerator, 0) end as published_numerator,
    case when whole.is_whole_month then published.denominator end as published_denominator,
    case when whole.is_whole_month then coalesce(published.record_count, 0) end as published_count
from part
full join whole using (org_unit_key)
left join marts.dim_org_unit as unit using (org_unit_key)
left join published using (org_unit_key)
where part.record_count > 0 or (whole.is_whole_month and published.record_count > 0)
order by org_unit_key
"""  # noqa: S608 - constants
_REASONS = """
select exclusion_reason, count(*) from explained where exclusion_reason is not null
group by exclusion_reason order by count(*) desc, exclusion_reason
"""
_ATTRIBUTIONS = """
select attribution_text, count(*) from explained group by attribution_text order by count(*) desc, attribution_text
"""
_COLUMNS = (
    "record_type, record_id, org_unit_key, occurred_on, numerator, denominator, exclusion_reason, evidence, "
    "attribution_text"
)
_ORDER = "order by exclusion_reason is not null, occurred_on, record_type, record_id"


def read(
    owner: psycopg.Connection,
    measure_id: str,
    unit_text: str,
    month_on: date,
    *,
    shown: int,
    csv_file: Path | None = None,
) -> Explanation:
    """Return what stands behind a figure; write all its records to `csv_file` if there is one.

    Needs a transaction of its own, at the end of which nothing is left. Raises `UsageError` for a measure, unit or
    month that the publication has no figure for, or a file that cannot be written; `WarehouseError` where nothing is
    published yet, or a new publication came meanwhile.
    """
    served = question.publication(owner)
    known = question.measures(owner)
    question.check_measure(measure_id, known)
    measure, unit = known[measure_id], question.find_unit(unit_text, question.units(owner))
    is_complete = question.check_month(owner, month_on)
    asked = {"unit": unit.org_unit_key, "measure": measure_id, "month": month_on}
    cell = _cell(owner, measure, unit, month_on)
    owner.execute(_RECORDS, asked)
    with owner.cursor(row_factory=class_row(Part)) as cursor:
        parts = cursor.execute(_PARTS, asked).fetchall()
    found = Explanation(
        measure=measure,
        unit=unit,
        month_on=month_on,
        is_month_complete=is_complete,
        publication=served,
        cell=cell,
        records=_records(owner),
        reasons=dict(owner.execute(_REASONS).fetchall()),
        parts=parts,
        attributions=dict(owner.execute(_ATTRIBUTIONS).fetchall()),
        counted=_first(owner, "is null", shown),
        left_out=_first(owner, "is not null", shown),
    )
    if csv_file:
        _write(owner, csv_file)
    # A publication exchanges the tables under their names.
    if question.publication(owner) != served:
        raise WarehouseError("A new publication came while its rows were read: run the same command again.")
    return found


def _records(owner: psycopg.Connection) -> Sums:
    query = f"select {_SUMS} from explained where exclusion_reason is null"  # noqa: S608 - constants
    with owner.cursor(row_factory=class_row(Sums)) as cursor:
        return cursor.execute(query).fetchone()  # type: ignore[return-value]


def _cell(owner: psycopg.Connection, measure: Measure, unit: Unit, month_on: date) -> Cell:
    asked = {"unit": unit.org_unit_key, "measure": measure.measure_id, "month": month_on}
    with owner.cursor(row_factory=class_row(Cell)) as cursor:
        cell = cursor.execute(_CELL, asked).fetchone()
    if cell:
        return cell
    first, others = owner.execute(
        """
        select
            min(month_on) filter (where measure_id = %(measure)s),
            coalesce(string_agg(distinct measure_id, ', ' order by measure_id), 'no measure')
        from marts.performance where org_unit_key = %(unit)s
        """,
        asked,
    ).fetchone()  # type: ignore[misc]
    if first:
        raise UsageError(f"{unit.called} has {measure.measure_id} from {first:%Y-%m} on, not in {month_on:%Y-%m}.")
    raise UsageError(f"{unit.called} has no figure of {measure.measure_id}; it has {others}.")


def _first(owner: psycopg.Connection, is_counted: str, shown: int) -> list[Record]:
    query = f"select {_COLUMNS} from explained where exclusion_reason {is_counted} {_ORDER} limit %s"  # noqa: S608 - constants
    with owner.cursor(row_factory=class_row(Record)) as cursor:
        return cursor.execute(query, [shown]).fetchall()


def _write(owner: psycopg.Connection, path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS.split(", "))
            writer.writerows(owner.execute(f"select {_COLUMNS} from explained {_ORDER}"))  # noqa: S608 - constants
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None
