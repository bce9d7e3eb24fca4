"""The raw table of each contract: every version of every row, typed, with its lineage."""

from collections.abc import Sequence

import psycopg
from psycopg import Connection, sql

from orchestration.extract import ledger
from orchestration.extract.contracts import SCHEMA, Column, Contract
from orchestration.extract.data_types import DATA_TYPES
from orchestration.extract.errors import ContractError, ExtractError

LINEAGE = {
    "_delivery_id": "bigint",
    "_row_number": "bigint",
    "_row_hash": "bytea",
    "_key_hash": "bigint",
    "_extracted_at": "timestamptz",
    "_loaded_at": "timestamptz",
}


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


def typed(column: Column) -> sql.Composable:
    """Return the text of a field as a value of its declared type; the text must have passed its checks."""
    return sql.SQL("{}::{}").format(sql.Identifier(column.name), sql.SQL(DATA_TYPES[column.data_type].postgres_type))


def row_hash(contract: Contract) -> sql.Composable:
    """Return the 64-bit hash of all columns as 8 bytes, over text fields still to be typed.

    It tells a row from the version before it: two texts that differ are taken for one once in 2^64 comparisons. The
    function is the one by which Postgres assigns rows to hash partitions, so it stays the same over upgrades.
    """
    parts = [
        sql.SQL(DATA_TYPES[column.data_type].compared).format(value=sql.Identifier(column.name))
        for column in contract.columns
    ]
    return sql.SQL("int8send(hash_record_extended(row({}), 0))").format(sql.SQL(", ").join(parts))


def key_hash(contract: Contract, *, is_text: bool) -> sql.Composable:
    """Return the 64-bit hash of the business key, over text fields still to be typed or over typed columns."""
    columns = {column.name: column for column in contract.columns}
    parts = [typed(columns[name]) if is_text else sql.Identifier(name) for name in contract.business_key]
    return sql.SQL("hash_record_extended(row({}), 0)").format(sql.SQL(", ").join(parts))


def index(connection: Connection, contract: Contract) -> None:
    """Make the index that finds the versions of a key in their order; after the first load, for speed."""
    connection.execute(
        sql.SQL("create index if not exists {} on {} (_key_hash, _extracted_at, _delivery_id, _row_number)").format(
            sql.Identifier(f"{contract.name}__version"[-63:]), identifier(contract)
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
    for column in contract.columns:
        data_type = DATA_TYPES[column.data_type]
        if column.name not in found:
            connection.execute(
                sql.SQL("alter table {} add column {} {}").format(
                    identifier(contract), sql.Identifier(column.name), sql.SQL(data_type.postgres_type)
                )
            )
        elif found[column.name] != data_type.catalogue_name:
            raise ContractError(
                f"{contract.raw_table}, column {column.name}: the contract now says {column.data_type}, the table "
                f"has {found[column.name]}: declare the new type under a new column name, or rename the old column "
                "in the table (its versions stay) and load the files again."
            )
    _check_key(connection, contract)


def _create(connection: Connection, contract: Contract) -> None:
    columns: list[sql.Composable] = [sql.SQL(f"{name} {kind} not null") for name, kind in LINEAGE.items()]
    columns += [
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(DATA_TYPES[column.data_type].postgres_type))
        for column in contract.columns
    ]
    connection.execute(sql.SQL("create table {} ({})").format(identifier(contract), sql.SQL(", ").join(columns)))
    description = f"Every version of: {contract.description}"
    connection.execute(sql.SQL("comment on table {} is {}").format(identifier(contract), sql.Literal(description)))


def _check_key(connection: Connection, contract: Contract) -> None:
    """Refuse another business key than the one by which the versions in the table were told apart."""
    row = connection.execute(
        sql.SQL("select _key_hash = {} from {} limit 1").format(key_hash(contract, is_text=False), identifier(contract))
    ).fetchone()
    if row and not row[0]:
        raise ContractError(
            f"{contract.raw_table}: the business key is now {', '.join(contract.business_key)}, but its rows were "
            "told apart by another key: declare the extract under a new name, or drop the table and its rows of "
            "raw.delivery, raw.quarantine and raw.confirmation, and load its files again."
        )
