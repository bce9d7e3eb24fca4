"""The raw table of each contract: every version of every row, typed, with its lineage, in segments.

Small deliveries add to segment 0. A large one is a segment (a partition) of its own, whose rows are copied once and
whose index is made after they came: so a year more costs the same whether one year or ten are there.
"""

from collections.abc import Sequence

import psycopg
from psycopg import Connection, sql

from orchestration.extract import hashing, ledger
from orchestration.extract.contract import SCHEMA, Contract
from orchestration.extract.errors import ContractError, ExtractError

LINEAGE = {
    "_key_hash": "bigint",
    "_row_hash": "bigint",
    "_row_number": "bigint",
    "_delivery_id": "bigint",
    "_extracted_at": "timestamptz",
    "_loaded_at": "timestamptz",
    "_segment": "bigint",
    "_is_deleted": "boolean",
}
# The order of versions: the last is the current one.
POSITION = sql.SQL("_extracted_at, _delivery_id, _loaded_at, _row_number")
_SMALL = 0


def prepare(connection: Connection, contracts: Sequence[Contract]) -> None:
    """Make the ledger and the raw tables, in one transaction; add columns that a contract has gained.

    A column that left its contract stays, empty from then on. Raises `ContractError` when a column's type or the
    business key differs from what the table was made with, `ExtractError` when the database refuses.
    """
    try:
        with connection.transaction():
            ledger.prepare(connection)
            for contract in contracts:
                _prepare(connection, contract)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise ExtractError(
            f"The raw tables could not be prepared as {connection.info.user} ({reason}): mend that and run again."
        ) from error


def identifier(contract: Contract) -> sql.Identifier:
    """Return the qualified name of the contract's raw table."""
    return sql.Identifier(SCHEMA, contract.name)


def columns(contract: Contract, alias: str | None = None) -> sql.Composable:
    """Return the contract's columns as a list of names, of the table `alias` if given."""
    return _names([column.name for column in contract.columns], alias)


def key_columns(contract: Contract, alias: str | None = None) -> sql.Composable:
    """Return the columns of the business key as a list of names, of the table `alias` if given."""
    return _names(contract.business_key, alias)


def has_rows(connection: Connection, contract: Contract) -> bool:
    """Tell whether any version is there."""
    row = connection.execute(sql.SQL("select exists (select from {})").format(identifier(contract))).fetchone()
    return bool(row and row[0])


def make_target(
    connection: Connection, contract: Contract, delivery: ledger.Delivery, *, is_large: bool
) -> sql.Identifier:
    """Make the table that takes the rows of a delivery, like the raw table; return its name.

    For a large one that is a segment, beside the raw table until `attach_segment`; else the temporary table `incoming`.
    What all of its rows say alike is the default of a column and need not be copied.
    """
    name = _segment_name(contract, delivery.delivery_id) if is_large else sql.Identifier("incoming")
    segment = delivery.delivery_id if is_large else _SMALL
    check = sql.SQL(", check (_segment = {})").format(sql.Literal(segment)) if is_large else sql.SQL("")
    connection.execute(
        sql.SQL("create {} table {} (like {} including defaults{}) {}").format(
            sql.SQL("" if is_large else "temporary"),
            name,
            identifier(contract),
            check,
            sql.SQL("" if is_large else "on commit drop"),
        )
    )
    alike = {
        "_delivery_id": delivery.delivery_id,
        "_extracted_at": delivery.extracted_at,
        "_loaded_at": delivery.loaded_at,
        "_segment": segment,
    }
    changes = [
        sql.SQL("alter {} set default {}").format(sql.Identifier(column), sql.Literal(value))
        for column, value in alike.items()
    ]
    if delivery.extracted_at is None:
        # A column of its rows says it: known when all were read.
        changes.append(sql.SQL("alter _extracted_at drop not null"))
    connection.execute(sql.SQL("alter table {} {}").format(name, sql.SQL(", ").join(changes)))
    return name


def index_segment(connection: Connection, contract: Contract, segment: sql.Identifier) -> None:
    """Make the indexes of a segment: versions of a key, and for a bulk replacement the rows of a period."""
    connection.execute(sql.SQL("create index on {} (_key_hash)").format(segment))
    if contract.period_column:
        connection.execute(sql.SQL("create index on {} ({})").format(segment, sql.Identifier(contract.period_column)))


def attach_segment(connection: Connection, contract: Contract, segment: sql.Identifier, delivery_id: int) -> None:
    """Let the rows of `segment` be rows of the raw table."""
    connection.execute(
        sql.SQL("alter table {} attach partition {} for values in ({})").format(
            identifier(contract), segment, sql.Literal(delivery_id)
        )
    )


def _prepare(connection: Connection, contract: Contract) -> None:
    found: dict[str, str] = dict(
        connection.execute(
            """
            select attname, format_type(atttypid, atttypmod) from pg_attribute
            where attrelid = to_regclass(format('%%I.%%I', %s::text, %s::text)) and attnum > 0 and not attisdropped
            """,
            [SCHEMA, contract.name],
        ).fetchall()
    )
    if not found:
        _create(connection, contract)
        return
    if missing := sorted(LINEAGE.keys() - found.keys()):
        raise ContractError(
            f"{contract.raw_table} was made by an older version of this warehouse and has no {', '.join(missing)}: "
            "drop the schema raw and load the files again."
        )
    for column in contract.columns:
        if column.name not in found:
            connection.execute(
                sql.SQL("alter table {} add column {} {}").format(
                    identifier(contract), sql.Identifier(column.name), sql.SQL(column.type.postgres_type)
                )
            )
        elif found[column.name] != column.type.catalogue_name:
            raise ContractError(
                f"{contract.raw_table}, column {column.name}: the contract now says {column.data_type}, the table "
                f"has {found[column.name]}: declare the new type under a new column name, or rename the old column "
                "in the table (its versions stay) and load the files again."
            )
    _check_key(connection, contract)


def _create(connection: Connection, contract: Contract) -> None:
    defaults = {"_segment": f" default {_SMALL}", "_is_deleted": " default false"}
    made: list[sql.Composable] = [
        sql.SQL(f"{name} {kind} not null{defaults.get(name, '')}") for name, kind in LINEAGE.items()
    ]
    made += [
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type.postgres_type))
        for column in contract.columns
    ]
    table, first = identifier(contract), _segment_name(contract, _SMALL)
    connection.execute(
        sql.SQL("create table {} ({}) partition by list (_segment)").format(table, sql.SQL(", ").join(made))
    )
    connection.execute(
        sql.SQL("create table {} partition of {} for values in ({})").format(first, table, sql.Literal(_SMALL))
    )
    index_segment(connection, contract, first)
    description = f"Every version of: {contract.description}"
    connection.execute(sql.SQL("comment on table {} is {}").format(table, sql.Literal(description)))


def _check_key(connection: Connection, contract: Contract) -> None:
    """Refuse another business key than the one by which the versions in the table were told apart."""
    key = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in contract.business_key)
    connection.execute("set local datestyle = 'ISO, YMD'")
    row = connection.execute(
        sql.SQL("select _key_hash, {} from {} limit 1").format(key, identifier(contract))
    ).fetchone()
    if row and hashing.key_hash([value or "" for value in row[1:]]) != row[0]:
        raise ContractError(
            f"{contract.raw_table}: the business key is now {', '.join(contract.business_key)}, but its rows were "
            "told apart by another key: declare the extract under a new name, or drop the table and its rows of "
            "raw.quarantine, raw.confirmation and raw.delivery, and load its files again."
        )


def _segment_name(contract: Contract, number: int) -> sql.Identifier:
    return sql.Identifier(SCHEMA, f"{contract.name}__{number}")


def _names(names: Sequence[str], alias: str | None) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(alias, name) if alias else sql.Identifier(name) for name in names)
