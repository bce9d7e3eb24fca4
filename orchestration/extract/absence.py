"""What a snapshot or a bulk replacement says by silence: keys that it speaks for and no longer holds are gone."""

from dataclasses import dataclass

from psycopg import Connection, sql

from orchestration.extract import raw_table
from orchestration.extract.contract import Contract
from orchestration.extract.ledger import Delivery


@dataclass(frozen=True)
class Silence:
    """What a delivery leaves out (`absent`), of what was there (`observed`), and how many of its keys are `new`."""

    absent: int
    observed: int
    held: int
    new: int


def find(connection: Connection, contract: Contract, delivery: Delivery, rows: sql.Identifier) -> Silence:
    """Make the temporary table `absent`: the versions of keys that `delivery`, whose good rows are in `rows`, removes.

    That is every key which was there before it, in its period and from its sender for a bulk replacement, and of which
    neither a good row nor one in quarantine speaks.
    """
    names = {
        "rows": rows,
        "table": raw_table.identifier(contract),
        "position": raw_table.POSITION,
        "key": raw_table.key_columns(contract, "version"),
        "extracted_at": sql.Literal(delivery.extracted_at),
        "delivery": sql.Literal(delivery.delivery_id),
        "scope": in_scope(contract, delivery, "version"),
    }
    connection.execute(sql.SQL("analyze {rows} (_key_hash)").format(**names))
    absent = connection.execute(sql.SQL(_ABSENT).format(**names)).rowcount
    if not absent:
        return Silence(absent=0, observed=0, held=0, new=0)
    held, known = connection.execute(sql.SQL(_COUNTS).format(**names)).fetchone()  # type: ignore[misc]
    return Silence(absent=absent, observed=absent + known, held=held, new=held - known)


def delete(connection: Connection, contract: Contract, delivery: Delivery) -> int:
    """Insert a deletion for each key in `absent`, at the position of `delivery`; return how many."""
    return connection.execute(
        sql.SQL(_DELETE).format(
            table=raw_table.identifier(contract),
            key=raw_table.key_columns(contract),
            delivery=sql.Literal(delivery.delivery_id),
            extracted_at=sql.Literal(delivery.extracted_at),
            loaded_at=sql.Literal(delivery.loaded_at),
        )
    ).rowcount


def in_scope(contract: Contract, delivery: Delivery, alias: str) -> sql.Composable:
    """Return the condition that `delivery` speaks for the key of the version `alias`: always true for a snapshot.

    The sender of a version is that of the delivery that first said it: a version made by repair repeats another.
    """
    if contract.period_column is None:
        return sql.SQL("true")
    condition = sql.SQL("{} between {} and {}").format(
        sql.Identifier(alias, contract.period_column),
        sql.Literal(delivery.period_start),
        sql.Literal(delivery.period_end),
    )
    if delivery.sender is None:
        return condition
    return sql.SQL("{} and {}").format(
        condition,
        sql.SQL(_SENDER).format(
            table=raw_table.identifier(contract), version=sql.Identifier(alias), sender=sql.Literal(delivery.sender)
        ),
    )


_ABSENT = """
create temporary table absent on commit drop as
select version._key_hash, {key}
from {table} as version
where not version._is_deleted
    and (version._extracted_at, version._delivery_id) < ({extracted_at}, {delivery})
    and {scope}
    and not exists (select from {rows} as arrived where arrived._key_hash = version._key_hash)
    and not exists (
        select from raw.quarantine
        where quarantine.delivery_id = {delivery} and quarantine.key_hash = version._key_hash
    )
    and not exists (
        select from {table} as newer
        where newer._key_hash = version._key_hash
            and (newer._extracted_at, newer._delivery_id) < ({extracted_at}, {delivery})
            and (newer._extracted_at, newer._delivery_id, newer._loaded_at, newer._row_number)
            > (version._extracted_at, version._delivery_id, version._loaded_at, version._row_number)
    )
"""

_COUNTS = """
select
    count(*) as held,
    count(*) filter (
        where exists (
            select from {table} as version
            where version._key_hash = arrived._key_hash
                and (version._extracted_at, version._delivery_id) < ({extracted_at}, {delivery})
        )
    ) as known
from (select distinct _key_hash from {rows}) as arrived
"""

_DELETE = """
insert into {table} (_key_hash, _row_hash, _row_number, _delivery_id, _extracted_at, _loaded_at, _is_deleted, {key})
select _key_hash, 0, 0, {delivery}, {extracted_at}, {loaded_at}, true, {key}
from absent
"""

_SENDER = """{sender} = (
    select delivery.sender
    from {table} as said
    inner join raw.delivery as delivery on said._delivery_id = delivery.delivery_id
    where said._key_hash = {version}._key_hash and said._row_hash = {version}._row_hash
    -- A repair repeats it at the same moment, with no row of a file.
    order by said._loaded_at, said._row_number desc
    limit 1
)"""
