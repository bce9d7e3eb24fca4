"""Follows a record through the database: lines, entity, measures, figures, checks. It reads and changes nothing."""

from functools import cache

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row

from orchestration.errors import UsageError, WarehouseError
from orchestration.extract import contracts
from orchestration.extract.contract import Contract
from orchestration.measure import question
from orchestration.measure.question import Measure
from orchestration.publication.ledger import Publication
from orchestration.trace.followed import Counting, FailedCheck, Figure, Followed, Line
from orchestration.trace.record_kind import KINDS, RecordKind

# A reason names the column and quotes the value found: it is left out, as in `quality.quarantine_reason`.
_LINES = """
with version as (
    select
        _delivery_id, _row_number, _key_hash, _extracted_at, _loaded_at, _is_deleted, {key} as key,
        row_number() over (
            partition by {key_columns} order by _extracted_at desc, _delivery_id desc, _loaded_at desc, _row_number desc
        ) as recency
    from {table}
    where {condition}
),

line as (
    select
        _delivery_id as delivery_id, _row_number as row_number, key, _extracted_at as extracted_at,
        _loaded_at as loaded_at,
        case when _is_deleted then 'deleted' when recency = 1 then 'current' else 'replaced' end as standing,
        null as reason
    from version

    union all

    select
        said.delivery_id, said.row_number, known.key, said.extracted_at, said.loaded_at, 'repeated' as standing,
        null as reason
    from raw.confirmation as said
    inner join (select distinct _key_hash, key from version) as known on said.key_hash = known._key_hash
    where said.table_name = {feed}

    union all

    select
        said.delivery_id, said.row_number, known.key, delivery.extracted_at, said.quarantined_at as loaded_at,
        'in quarantine' as standing, regexp_replace(said.reason, 'is ".*?", expected', 'is not', 'g') as reason
    from raw.quarantine as said
    inner join raw.delivery as delivery
        on said.delivery_id = delivery.delivery_id and delivery.source_name || '__' || delivery.table_name = {feed}
    inner join (select distinct _key_hash, key from version) as known on said.key_hash = known._key_hash
)

select
    {feed} as feed, line.delivery_id, delivery.file_name, line.row_number, line.key, line.extracted_at, line.loaded_at,
    line.standing, line.reason
from line
inner join raw.delivery as delivery on line.delivery_id = delivery.delivery_id
order by line.key, line.extracted_at, line.delivery_id, line.loaded_at, line.row_number
"""
_COUNTINGS = """
select
    record.measure_id, record.org_unit_key, unit.org_unit_name, record.month_on, record.occurred_on, record.numerator,
    record.denominator, record.exclusion_reason, record.evidence, record.attribution_text
from marts.measure_record as record
inner join marts.dim_org_unit as unit on record.org_unit_key = unit.org_unit_key
where record.record_type = %(type)s and record.record_id = %(id)s
order by record.exclusion_reason is not null, record.measure_id
"""
_FIGURES = """
select
    record.measure_id, unit.org_unit_level, unit.org_unit_key, unit.org_unit_name, record.month_on,
    figure.numerator, figure.denominator, figure.record_count, figure.value
from marts.measure_record as record
inner join marts.bridge_org_unit as bridge
    on
        record.org_unit_key = bridge.org_unit_key
        and record.occurred_on between bridge.valid_from_on and coalesce(bridge.valid_to_on, 'infinity')
inner join marts.dim_org_unit as unit on bridge.ancestor_org_unit_key = unit.org_unit_key
inner join marts.performance as figure
    on
        unit.org_unit_key = figure.org_unit_key
        and record.measure_id = figure.measure_id
        and record.month_on = figure.month_on
where record.record_type = %(type)s and record.record_id = %(id)s and record.exclusion_reason is null
order by record.measure_id, bridge.depth, unit.org_unit_key
"""
_FAILED = """
select result.gate, result.rule_id, result.severity, result.description, result.what_to_do
from quality.failing_record as failing
inner join quality.latest_check_result as result
    on failing.run_id = result.run_id and failing.rule_id = result.rule_id
where failing.record_type = %(type)s and failing.record_id = %(id)s
order by result.severity, result.rule_id
"""


def follow(owner: psycopg.Connection, record_id: str) -> list[Followed]:
    """Return what is known of the record with this id: one of each kind that has it, mostly one.

    Raises `UsageError` where there is none, `WarehouseError` where nothing is published yet, or a new publication came
    meanwhile.
    """
    served = question.publication(owner)
    rows = owner.execute(
        "select distinct record_type from marts.measure_record where record_id = %s order by 1", [record_id]
    ).fetchall()
    # What came since the publication, or counts nowhere, may be in raw alone; only a plain id can be asked there.
    kinds = [KINDS[row[0]] for row in rows] or [kind for kind in KINDS.values() if kind.has_plain_id]
    known = question.measures(owner)
    found = [_followed(owner, kind, record_id, served, known) for kind in kinds]
    found = [one for one in found if one.countings or one.lines]
    if question.publication(owner) != served:
        raise WarehouseError("A new publication came while its rows were read: run the same command again.")
    if not found:
        raise UsageError(
            f"There is no record {record_id!r}: `marts.measure_record` has those that could count in a measure; a line "
            "in quarantine may be known by its file and number alone."
        )
    return found


def _followed(
    owner: psycopg.Connection, kind: RecordKind, record_id: str, served: Publication, known: dict[str, Measure]
) -> Followed:
    asked = {"type": kind.record_type, "id": record_id}
    with owner.cursor(row_factory=class_row(Figure)) as cursor:
        figures = cursor.execute(_FIGURES, asked).fetchall()
    return Followed(
        record_type=kind.record_type,
        record_id=record_id,
        publication=served,
        lines=[line for feed in kind.feeds for line in _lines(owner, kind, feed, record_id)],
        entity=kind.entity,
        entities=_entities(owner, kind, record_id),
        countings=_countings(owner, asked, known),
        figures=figures,
        failed=_failed(owner, asked),
    )


def _lines(owner: psycopg.Connection, kind: RecordKind, feed: str, record_id: str) -> list[Line]:
    parts = kind.parts(record_id, feed)
    if parts is None:
        return []
    key = [sql.Identifier(column) for column in _contract(feed).business_key]
    query = sql.SQL(_LINES).format(
        table=sql.Identifier("raw", feed),
        feed=sql.Literal(feed),
        key=sql.SQL("concat_ws('|', {})").format(sql.SQL(", ").join(key)),
        key_columns=sql.SQL(", ").join(key),
        condition=sql.SQL(" and ").join(
            sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(column)) for column in parts
        ),
    )
    with owner.cursor(row_factory=class_row(Line)) as cursor:
        return cursor.execute(query, parts).fetchall()


@cache
def _contract(feed: str) -> Contract:
    return next(contract for contract in contracts.load() if contract.name == feed)


def _entities(owner: psycopg.Connection, kind: RecordKind, record_id: str) -> list[dict[str, str]]:
    """Return what the model made of the record, without the pseudonym of the patient."""
    query = sql.SQL("select * from intermediate.{} where {} = %s").format(
        sql.Identifier(kind.entity), sql.Identifier(kind.key_column)
    )
    with owner.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, [record_id]).fetchall()
    told = [
        {name: str(value) for name, value in row.items() if value is not None and name != "patient_key"} for row in rows
    ]
    return sorted(told, key=lambda facts: tuple(facts.values()))


def _countings(owner: psycopg.Connection, asked: dict[str, str], known: dict[str, Measure]) -> list[Counting]:
    with owner.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_COUNTINGS, asked).fetchall()
    return [Counting(**row, title=known[row["measure_id"]].title, scale=known[row["measure_id"]].scale) for row in rows]


def _failed(owner: psycopg.Connection, asked: dict[str, str]) -> list[FailedCheck] | None:
    if not owner.execute("select to_regclass('quality.failing_record') is not null").fetchone()[0]:  # type: ignore[index]
        return None
    with owner.cursor(row_factory=class_row(FailedCheck)) as cursor:
        return cursor.execute(_FAILED, asked).fetchall()
