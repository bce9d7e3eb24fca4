"""The raw table of each contract: every version of every row, typed, with its lineage, in segments.

Small deliveries add to segment 0. A large one is a segment of its own, whose index is made after its rows came: so a
year more costs the same whether one year or ten are there.
"""

import psycopg
from collections.abc import Sequence

from psycopg import Connection, sql

from orchestration.extract import hashing, ledger
from orchestration.extract.contracts import SCHEMA, Contract
from orchestration.extract.errors import ContractError, ExtractError

LINEAGE = {
    "_key_hash": "bigint",
    "_row_hash": "bigint",
    "_row_number": "bigint",
    "_delivery_id": "bigint",
    "_extracted_at": "timestamptz",
    "_loaded_at": "timestamptz",
    "_segment": "integer",
    "_is_deleted": "boolean",
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


def columns(contract: Contract, alias: str | None = None) -> sql.Composable:
    """Return the contract's columns as a list of names, of the table `alias` if given."""
    names = [(alias, column.name) if alias else (column.name,) for column in contract.columns]
    return sql.SQL(", ").join(sql.Identifier(*name) for name in names)


def make_segment(connection: Connection, contract: Contract, delivery_id: int) -> sql.Identifier:
    """Make the table of a large delivery, beside the raw table, for `attach_segment` later; return its name."""
    name = sql.Identifier(SCHEMA, f"{contract.name}__{delivery_id}"[-63:])
    connection.execute(
        sql.SQL("create table {} (like {} including defaults, check (_segment = {}))").format(
            name, identifier(contract), sql.Literal(delivery_id)
        )
    )
    return name


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
    defaults = {"_segment": " default 0", "_is_deleted": " default false", "_loaded_at": " default now()"}
    made: list[sql.Composable] = [
        sql.SQL(f"{name} {kind} not null{defaults.get(name, '')}") for name, kind in LINEAGE.items()
    ]
    made += [
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type.postgres_type))
        for column in contract.columns
    ]
    table, first = identifier(contract), sql.Identifier(SCHEMA, f"{contract.name}__0"[-63:])
    connection.execute(
        sql.SQL("create table {} ({}) partition by list (_segment)").format(table, sql.SQL(", ").join(made))
    )
    connection.execute(sql.SQL("create table {} partition of {} for values in (0)").format(first, table))
    connection.execute(sql.SQL("create index on {} (_key_hash)").format(first))
    description = f"Every version of: {contract.description}"
    connection.execute(sql.SQL("comment on table {} is {}").format(table, sql.Literal(description)))


def _check_key(connection: Connection, contract: Contract) -> None:
    """Refuse another business key than the one by which the versions in the table were told apart."""
    key = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in contract.business_key)
    connection.execute("set local datestyle = 'ISO, YMD'")
    row = connection.execute(
        sql.SQL("select _key_hash, {} from {} limit 1").format(key, identifier(contract))
    ).fetchone()
    if row and hashing.key_hash([value or "" for value in row[1:]], contract.delimiter) != row[0]:
        raise ContractError(
            f"{contract.raw_table}: the business key is now {', '.join(contract.business_key)}, but its rows were "
            "told apart by another key: declare the extract under a new name, or drop the table and its rows of "
            "raw.delivery, raw.quarantine and raw.confirmation, and load its files again."
        )
