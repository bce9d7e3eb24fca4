"""The steps on the way of the data: each a query for lines of the ledger (step, subject, part, is_total, amount)."""

from collections.abc import Iterator, Mapping

from psycopg import sql

from orchestration.reconciliation.declaration import Declared, Entity, Extract, Relation

# received = loaded + unchanged + quarantined + held, over all deliveries of a feed; of a refused file no row was taken.
_DELIVERIES = """
select 'delivery', delivery.source_name || '__' || delivery.table_name, part.name, part.is_total, sum(part.amount)
from raw.delivery as delivery
cross join lateral (
    values
    ('received', true, delivery.received_count),
    ('loaded', false, delivery.loaded_count),
    ('unchanged', false, delivery.unchanged_count),
    ('in quarantine', false, delivery.quarantined_count),
    ('held or rejected', false, delivery.held_count)
) as part (name, is_total, amount)
where delivery.state <> 'refused'
group by 2, 3, 4
"""
# Rows of views and tables that more than one step asks for: a staging view is not cheap to count.
ROW_COUNT = "row_count"
_ROW_COUNT = "select {name} as name, count(*) as row_count from {table}"
# Staging shows the current version of each key by its own words; here what is not current is counted.
_VERSIONS = """
select 'version', {subject}, part.name, part.is_total, part.amount
from (
    with several as (
        select _key_hash from {raw} group by _key_hash having count(*) > 1 or bool_or(_is_deleted)
    ),

    latest as (
        select distinct on (_key_hash, {key})
            _is_deleted,
            count(*) over (partition by _key_hash, {key}) as version_count
        from {raw}
        where _key_hash in (select _key_hash from several)
        order by _key_hash, {key}, _extracted_at desc, _delivery_id desc, _loaded_at desc, _row_number desc
    )

    select
        (select count(*) from {raw}) as version_count,
        (select row_count from row_count where name = {staging}) as current_count,
        (select coalesce(sum(version_count - 1), 0) from latest) as replaced_count,
        (select count(*) from latest where _is_deleted) as deleted_count
) as counted
cross join lateral (
    values
    ('versions', true, counted.version_count),
    ('current, in staging', false, counted.current_count),
    ('replaced by a later version', false, counted.replaced_count),
    ('deleted at the source', false, counted.deleted_count)
) as part (name, is_total, amount)
"""
_ENTITIES = """
select 'entity', {subject}, part.name, part.is_total, part.amount
from (
    select
        (select row_count from row_count where name = {rows_of}) as row_count,
        (select row_count from row_count where name = {entity}) as entity_count
) as counted
cross join lateral (
    values
    ({rows_of_name}, true, counted.row_count),
    ('entities', false, counted.entity_count),
    ('further rows of the same entity', false, counted.row_count - {distinct_count})
) as part (name, is_total, amount)
"""
# What later steps ask of the largest table, in one scan: each record is a row of its entity, or one that another entity
# refers to.
RECORD_COUNT = "record_count"
_RECORD_COUNT = """
with entity as ({entities}),

referred as ({referred})

select
    record.measure_id,
    record.record_type,
    count(*) as record_count,
    count(entity.record_id) as known_count,
    count(*) filter (where entity.record_id is null and referred.record_id is not null) as referred_count,
    count(*) filter (where record.exclusion_reason is null) as counted_count,
    sum(record.numerator) filter (where record.exclusion_reason is null) as numerator,
    sum(record.denominator) filter (where record.exclusion_reason is null) as denominator
from {marts}.measure_record as record
left join entity on record.record_type = entity.record_type and record.record_id = entity.record_id
left join referred on record.record_type = referred.record_type and record.record_id = referred.record_id
group by record.measure_id, record.record_type
"""
_RECORDS = """
select 'record', counted.record_type, part.name, part.is_total, sum(part.amount)
from record_count as counted
cross join lateral (
    values
    ('records of measures', true, counted.record_count),
    ('with an entity', false, counted.known_count),
    ('of an entity that only another system knows', false, counted.referred_count)
) as part (name, is_total, amount)
group by counted.record_type, part.name, part.is_total
"""
_IDS = "select {distinct} {record_type} as record_type, cast({column} as text) as record_id from {table}"
_EACH, _DISTINCT = sql.SQL(""), sql.SQL("distinct")
# Records of a measure = those that count + those left out for each reason.
_MEASURES = """
select 'measure', measure_id, 'records', true, sum(record_count)
from record_count
group by measure_id
union all
select 'measure', measure_id, coalesce(exclusion_reason, 'counted'), false, sum(record_count)
from {marts}.measure_exclusion
group by measure_id, coalesce(exclusion_reason, 'counted')
"""
# What the records say, and what the top of the tree shows: of a local measure, its department.
_FIGURES = """
with told as (
    select
        measure_id,
        'records' as part,
        true as is_total,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        sum(counted_count) as record_count
    from record_count
    group by measure_id
    union all
    select
        performance.measure_id,
        'figures at the top',
        false,
        sum(performance.numerator),
        sum(performance.denominator),
        sum(performance.record_count)
    from {marts}.performance
    inner join {marts}.dim_org_unit as unit using (org_unit_key)
    inner join {marts}.dim_measure as measure using (measure_id)
    where
        case
            when measure.scope_org_unit_key is null then unit.org_unit_level = 'trust'
            else unit.org_unit_key = measure.scope_org_unit_key
        end
    group by performance.measure_id
)

select 'figure', told.measure_id || ': ' || figure.name, told.part, told.is_total, figure.amount
from told
cross join lateral (
    values
    ('numerator', told.numerator), ('denominator', told.denominator), ('records', told.record_count)
) as figure (name, amount)
where figure.amount is not null
"""


def counts(declared: Declared) -> Mapping[str, sql.Composed]:
    """Return the queries that must stand as tables of these names before those of the steps."""
    asked = {extract.staging for extract in declared.extracts}
    asked |= {relation for entity in declared.entities for relation in (entity.table, entity.rows_of) if relation}
    rows = [
        sql.SQL(_ROW_COUNT).format(name=sql.Literal(relation.name), table=_table(relation))
        for relation in sorted(asked, key=lambda relation: relation.name)
    ]
    records = [
        # What is not made of rows may have several of one record.
        _ids(_EACH if entity.rows_of else _DISTINCT, entity.record_type, entity.record_id, entity.table)
        for entity in declared.entities
        if entity.record_type and entity.record_id
    ]
    referred = [
        _ids(_DISTINCT, record_type, column, entity.table)
        for entity in declared.entities
        for record_type, column in entity.refers_to
    ]
    return {
        ROW_COUNT: sql.SQL(" union all ").join(rows),
        RECORD_COUNT: sql.SQL(_RECORD_COUNT).format(
            marts=sql.Identifier(declared.marts),
            entities=sql.SQL(" union all ").join(records),
            referred=sql.SQL(" union ").join(referred),
        ),
    }


def queries(declared: Declared) -> Iterator[sql.Composed]:
    """Yield the query of each step, each for all its subjects."""
    yield sql.Composed([sql.SQL(_DELIVERIES)])
    yield sql.SQL(" union all ").join(map(_versions, declared.extracts))
    yield sql.SQL(" union all ").join(
        _entities(entity, entity.rows_of, declared.patients) for entity in declared.entities if entity.rows_of
    )
    yield sql.Composed([sql.SQL(_RECORDS)])
    for text in (_MEASURES, _FIGURES):
        yield sql.SQL(text).format(marts=sql.Identifier(declared.marts))


def _ids(distinct: sql.SQL, record_type: str, column: str, table: Relation) -> sql.Composed:
    return sql.SQL(_IDS).format(
        distinct=distinct, record_type=sql.Literal(record_type), column=sql.Identifier(column), table=_table(table)
    )


def _versions(extract: Extract) -> sql.Composed:
    return sql.SQL(_VERSIONS).format(
        subject=sql.Literal(extract.raw.name),
        raw=_table(extract.raw),
        staging=sql.Literal(extract.staging.name),
        key=sql.SQL(", ").join(map(sql.Identifier, extract.business_key)),
    )


def _entities(entity: Entity, rows_of: Relation, patients: Relation) -> sql.Composed:
    rows = _table(rows_of)
    if entity.by_patient:
        distinct = sql.SQL(
            "(select count(distinct patient.patient_key) from {} inner join {} as patient using (local_patient_id))"
        ).format(rows, _table(patients))
    elif entity.one_per:
        columns = sql.SQL(", ").join(map(sql.Identifier, entity.one_per))
        distinct = sql.SQL("(select count(*) from (select distinct {} from {}) as one)").format(columns, rows)
    else:
        distinct = sql.SQL("counted.row_count")
    return sql.SQL(_ENTITIES).format(
        subject=sql.Literal(entity.table.name),
        rows_of=sql.Literal(rows_of.name),
        rows_of_name=sql.Literal(f"rows of {rows_of.name}"),
        entity=sql.Literal(entity.table.name),
        distinct_count=distinct,
    )


def _table(relation: Relation) -> sql.Identifier:
    return sql.Identifier(relation.schema, relation.name)
