"""Check every row of a file against its contract, in one pass of SQL that gives all reasons of a row at once.

The pass reads the temporary table `incoming` (text, as read) and makes `checked`: one narrow row for each, with the
reason for which it does not fit, or the hashes by which its version is told.
"""

from collections.abc import Sequence

from psycopg import Connection, sql

from orchestration.extract import raw_table
from orchestration.extract.contracts import Column, Contract
from orchestration.extract.data_types import DATA_TYPES

_SHOWN = 60


def make_incoming(connection: Connection, columns: Sequence[str]) -> None:
    """Make the temporary table `incoming` that takes a file as text; `columns` are in the file's order."""
    fields = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in columns)
    connection.execute(
        sql.SQL(
            "create temporary table incoming ("
            "_row_number bigint, _first_byte bigint, _byte_count bigint, _problem text, {}) on commit drop"
        ).format(fields)
    )


def check(connection: Connection, contract: Contract) -> None:
    """Make the temporary table `checked` from `incoming`.

    Columns: _row_number, _first_byte, _byte_count, reason (null: the row fits), key_hash, row_hash (both
    null where there is a reason). Rows of equal values have equal hashes, however the values were written.
    """
    connection.execute(
        sql.SQL(
            """
            create temporary table checked on commit drop as
            select
                _row_number, _first_byte, _byte_count, reason,
                case when reason is null then {key_hash} end as key_hash,
                case when reason is null then {row_hash} end as row_hash
            from (select *, {reason} as reason from incoming offset 0) as judged
            """
        ).format(
            key_hash=raw_table.key_hash(contract, is_text=True),
            row_hash=raw_table.row_hash(contract),
            reason=_reason(contract),
        )
    )


def _reason(contract: Contract) -> sql.Composable:
    """Return the expression of all reasons of a row as one text, or null. A row that was not read has only one."""
    cases = [case for column in contract.columns if (case := _case(column)) is not None]
    return sql.SQL("coalesce(_problem, nullif(concat_ws('; ', {}), ''))").format(sql.SQL(", ").join(cases))


def _case(column: Column) -> sql.Composable | None:
    """Return the expression that is null where a value of `column` fits, else says what was found and expected."""
    name = sql.Identifier(column.name)
    whens: list[sql.Composable] = []
    if column.required:
        whens.append(
            _when(sql.SQL("{} is null").format(name), sql.Literal(f"{column.header} is empty, expected a value"))
        )
    data_type = DATA_TYPES[column.data_type]
    if data_type.form is not None:
        wrong = _found(column, data_type.expected)
        is_input = sql.SQL("not pg_input_is_valid({}, {})").format(name, sql.Literal(data_type.postgres_type))
        whens.append(_when(is_input, wrong))
        whens.append(_when(sql.SQL("not ({})").format(sql.SQL(data_type.form).format(value=name)), wrong))
    if column.codes:
        outside = sql.SQL("{} <> all ({}::text[])").format(name, sql.Literal(list(column.codes)))
        whens.append(_when(outside, _found(column, f"one of {', '.join(column.codes)}")))
    return sql.SQL("case {} end").format(sql.SQL(" ").join(whens)) if whens else None


def _when(condition: sql.Composable, reason: sql.Composable) -> sql.Composable:
    return sql.SQL("when {} then {}").format(condition, reason)


def _found(column: Column, expected: str) -> sql.Composable:
    """Return the text 'COLUMN is "value", expected ...', a long value cut."""
    return sql.SQL("{} || left({}, {}) || {}").format(
        sql.Literal(f'{column.header} is "'),
        sql.Identifier(column.name),
        sql.Literal(_SHOWN),
        sql.Literal(f'", expected {expected}'),
    )
