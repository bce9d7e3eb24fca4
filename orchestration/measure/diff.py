"""What a changed definition would move: measures built apart from what is served, and compared with it in SQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from orchestration import transform
from orchestration.measure import question
from orchestration.measure.question import Measure
from orchestration.postgres import connection
from orchestration.postgres.hold import hold
from orchestration.settings import Settings
from orchestration.transform import DBT_PROJECT

# The macro `generate_schema_name` names the schema for the var of the same name. The owner alone may read it.
SCHEMA = "measure_diff"
# The roll-up of the house, with the marts that it reads; everything below them stays where it is.
_ROLL_UP = (
    "measure_record",
    "leaf_month",
    "performance",
    "dim_measure",
    "dim_month",
    "reporting_period",
    "bridge_org_unit",
)
_DROP = f"drop schema if exists {SCHEMA} cascade"
_RECORDS = """
with former as (
    select * from marts.measure_record where measure_id = %(measure)s
),

later as (
    select * from measure_diff.measure_record where measure_id = %(measure)s
),

record as (
    select
        former.record_id is not null and former.exclusion_reason is null as is_former,
        later.record_id is not null and later.exclusion_reason is null as is_later,
        former.exclusion_reason is distinct from later.exclusion_reason as has_other_reason,
        (former.org_unit_key, former.occurred_on, former.numerator, former.denominator)
        is distinct from (later.org_unit_key, later.occurred_on, later.numerator, later.denominator) as is_other,
        former.record_id is not null and later.record_id is not null as is_in_both
    from former
    full join later using (record_type, record_id)
)

select
    count(*) filter (where is_later and not is_former) as came_in,
    count(*) filter (where is_former and not is_later) as went_out,
    count(*) filter (where is_former and is_later and is_other) as changed,
    count(*) filter (where is_former and is_later and not is_other) as unchanged,
    count(*) filter (where not is_former and not is_later and (has_other_reason or not is_in_both)) as other_reason
from record
"""
# A unit is told by the month in which it moves most; of equal ones, the last. What appears or goes comes first.
_MOVES = """
with former as (
    select * from marts.performance where measure_id = %(measure)s
),

later as (
    select * from measure_diff.performance where measure_id = %(measure)s
),

cell as (
    select
        org_unit_key, month_on, former.value_12m as value_before, later.value_12m as value_after,
        coalesce(former.record_count_12m, 0) as count_before, coalesce(later.record_count_12m, 0) as count_after,
        abs(later.value_12m - former.value_12m) as distance,
        former.value_12m is distinct from later.value_12m as is_moved,
        (former.numerator, former.denominator, former.record_count, former.value)
        is distinct from (later.numerator, later.denominator, later.record_count, later.value) as is_other
    from former
    full join later using (org_unit_key, month_on)
),

unit as (
    select
        org_unit_key,
        count(*) filter (where is_moved) as month_count,
        bool_or(is_other) as is_other
    from cell
    group by org_unit_key
),

furthest as (
    select distinct on (org_unit_key) *
    from cell
    order by org_unit_key, is_moved desc, distance desc nulls first, month_on desc
)

select
    org_unit_key, coalesce(dim.org_unit_name, org_unit_key) as org_unit_name,
    coalesce(dim.org_unit_level, 'clinician') as org_unit_level, furthest.month_on, furthest.value_before,
    furthest.count_before, furthest.value_after, furthest.count_after, unit.month_count, unit.is_other
from unit
inner join furthest using (org_unit_key)
left join marts.dim_org_unit as dim using (org_unit_key)
order by
    array_position(array['trust', 'division', 'department', 'clinician'], dim.org_unit_level),
    furthest.distance desc nulls first, org_unit_key
"""
_TRUST = """
select later.month_on, former.value_12m as value_before, later.value_12m as value_after
from measure_diff.performance as later
inner join marts.dim_org_unit as dim on later.org_unit_key = dim.org_unit_key and dim.org_unit_level = 'trust'
left join marts.performance as former
    on
        later.org_unit_key = former.org_unit_key
        and later.measure_id = former.measure_id
        and later.month_on = former.month_on
where later.measure_id = %(measure)s
order by later.month_on desc
limit 1
"""
_WORDS = {
    "numerator_definition": "numerator",
    "denominator_definition": "denominator",
    "exclusion_definition": "exclusions",
    "unit": "unit",
    "attribution_role": "attribution role",
}


@dataclass(frozen=True)
class RecordMoves:
    """What becomes of the records: of those that count, and of those left out for another reason than before."""

    came_in: int
    went_out: int
    changed: int
    unchanged: int
    other_reason: int

    @property
    def is_nothing(self) -> bool:
        """Whether all is as before."""
        return not (self.came_in or self.went_out or self.changed or self.other_reason)


@dataclass(frozen=True)
class UnitMove:
    """A unit in the month in which its 12-month value moves most; `month_count` is in how many it moves at all."""

    org_unit_key: str
    org_unit_name: str
    org_unit_level: str
    month_on: date
    value_before: Decimal | None
    count_before: int
    value_after: Decimal | None
    count_after: int
    month_count: int
    is_other: bool


@dataclass(frozen=True)
class TrustValue:
    """The trust's 12-month value of the last month, before and after."""

    month_on: date
    value_before: Decimal | None
    value_after: Decimal | None


@dataclass(frozen=True)
class MeasureMove:
    """A measure before (none where it is new) and after, with all that moves; `units` holds those that do not, too."""

    before: Measure | None
    after: Measure
    declared_in: str
    records: RecordMoves
    units: list[UnitMove]
    trust: TrustValue | None

    @property
    def other_words(self) -> list[str]:
        """What of the definition reads otherwise than before."""
        if self.before is None:
            return []
        return [word for name, word in _WORDS.items() if getattr(self.before, name) != getattr(self.after, name)]

    @property
    def lacks_version(self) -> bool:
        """Whether the definition is another one under the same number."""
        if self.before is None or self.after.definition_version > self.before.definition_version:
            return False
        return bool(self.other_words) or not self.records.is_nothing


@dataclass(frozen=True)
class Comparison:
    """What was compared with the publication; files loaded since then move figures, too."""

    publication_id: int
    deliveries_since: int
    measures: list[MeasureMove]


def compare(settings: Settings, measure_ids: Sequence[str], project: Path = DBT_PROJECT) -> Comparison:
    """Build the measures (none named: all) as the dbt project defines them now, and compare with what is published.

    What is built is gone afterwards, whatever happens; nothing that a publication reads is touched. Raises `UsageError`
    for a measure that the project has not, `TransformError` when dbt fails.
    """
    files = {path.stem: path for path in (project / "models" / "measures").rglob("*.sql")}
    for measure_id in measure_ids:
        question.check_measure(measure_id, files)
    chosen = sorted(set(measure_ids) or files)
    with hold(settings), connection.connect(settings, autocommit=True) as owner:
        served = question.publication(owner)
        since = owner.execute(
            "select count(*) from raw.delivery where state = 'loaded' and loaded_at > %s", [served.attempted_at]
        ).fetchone()
        with _built(settings, owner, chosen, project):
            before, after = question.measures(owner), question.measures(owner, SCHEMA)
            moves = [
                _move(
                    owner, before.get(one), after[one], str(files[one].with_suffix(".yml").relative_to(project.parent))
                )
                for one in chosen
            ]
    return Comparison(served.publication_id, since[0] if since else 0, moves)


@contextmanager
def _built(settings: Settings, owner: psycopg.Connection, chosen: list[str], project: Path) -> Iterator[None]:
    """Have the measures and their figures in a schema of their own; what a killed call left there goes first."""
    owner.execute(_DROP)
    try:
        transform.run_apart(settings, SCHEMA, ["--select", *chosen, *_ROLL_UP], {SCHEMA: chosen}, project)
        yield
    finally:
        owner.execute(_DROP)


def _move(owner: psycopg.Connection, before: Measure | None, after: Measure, declared_in: str) -> MeasureMove:
    asked = {"measure": after.measure_id}
    with owner.cursor(row_factory=class_row(RecordMoves)) as cursor:
        records = cursor.execute(_RECORDS, asked).fetchone()
    with owner.cursor(row_factory=class_row(UnitMove)) as cursor:
        units = cursor.execute(_MOVES, asked).fetchall()
    with owner.cursor(row_factory=class_row(TrustValue)) as cursor:
        trust = cursor.execute(_TRUST, asked).fetchone()
    assert records is not None  # counts are one row
    return MeasureMove(before, after, declared_in, records, units, trust)
