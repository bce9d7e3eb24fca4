"""Keep a pseudonym for every identifier in the raw tables: made here, set by set, with a key outside the database."""

from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

from psycopg import Connection, sql

from orchestration.extract.contract import WHO, Contract
from orchestration.identity import key as key_file

_LOCK = 6_117_842_006
_ROWS_AT_ONCE = 50_000


def prepare(connection: Connection) -> None:
    """Make the tables in schema `identity`, which the owner alone can read. Idempotent."""
    connection.execute(resources.files(__package__).joinpath("pseudonym.sql").read_text())


def keep(connection: Connection, secrets: Path, contracts: Sequence[Contract]) -> dict[str, int]:
    """Give each identifier that has none yet its pseudonym; return how many were given, by purpose.

    Identifiers are the values of the columns whose contract says whom they identify. All or nothing: one transaction;
    two at once take turns. Memory stays flat. Raises `PseudonymKeyError` when the key in the folder `secrets` is not
    the one of the pseudonyms that are there.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        key = key_file.read(connection, secrets)
        given = {purpose: _keep(connection, key, purpose, _columns(contracts, purpose)) for purpose in WHO}
        if any(given.values()):
            connection.execute("analyze identity.pseudonym")
    return given


def _columns(contracts: Sequence[Contract], purpose: str) -> list[tuple[sql.Identifier, sql.Identifier]]:
    return [
        (sql.Identifier(*contract.raw_table.split(".")), sql.Identifier(column.name))
        for contract in contracts
        for column in contract.columns
        if column.identifies == purpose
    ]


def _keep(
    connection: Connection, key: bytes, purpose: str, columns: Sequence[tuple[sql.Identifier, sql.Identifier]]
) -> int:
    count = 0
    for identifiers in _new(connection, purpose, columns):
        count += len(identifiers)
        with connection.cursor().copy("copy identity.pseudonym (purpose, identifier, pseudonym) from stdin") as copy:
            for identifier in identifiers:
                copy.write_row((purpose, identifier, key_file.pseudonym(key, purpose, identifier)))
    return count


def _new(
    connection: Connection, purpose: str, columns: Sequence[tuple[sql.Identifier, sql.Identifier]]
) -> Iterator[list[str]]:
    """Yield the identifiers without a pseudonym, a piece at a time."""
    if not columns:
        return
    every = sql.SQL(" union all ").join(
        sql.SQL("select {1} as identifier from {0} where {1} is not null").format(table, column)
        for table, column in columns
    )
    # Looked up before they are made distinct, and by a statement of its own: a cursor would read the tables alone.
    connection.execute(
        sql.SQL(
            "create temporary table new_identifier on commit drop as select distinct identifier from ({}) as found"
            " where not exists (select from identity.pseudonym as known"
            " where known.purpose = {} and known.identifier = found.identifier)"
        ).format(every, sql.Literal(purpose))
    )
    with connection.cursor(name="new_identifier") as cursor:
        cursor.execute("select identifier from new_identifier")
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield [identifier for (identifier,) in rows]
    connection.execute("drop table new_identifier")
