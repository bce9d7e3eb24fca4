"""Gives the reader the rows, and the analyst the columns, that each served model declares."""

from collections.abc import Sequence

import psycopg
from psycopg import sql

from orchestration.publication import readers
from orchestration.publication.served import ServedModel

_COLUMNS = """
select attname from pg_attribute
where attrelid = cast(%s as regclass) and attnum > 0 and not attisdropped order by attnum
"""
_WHOLE_TO_ANALYST = """
select c.relname from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where n.nspname = %s and c.relname = any(%s) and has_table_privilege('cpw_analyst', c.oid, 'select')
"""


def give(connection: psycopg.Connection, schema: str, model: ServedModel) -> None:
    """Give the reader the rows that the model's access says, the analyst every row without its names of people."""
    table = sql.Identifier(schema, model.name)
    statements: list[sql.Composed] = []
    if model.has_rights_of_reader:
        # With its owner's rights a view would read past the rules of the tables below it.
        statements.append(sql.SQL("alter view {} set (security_invoker = true)").format(table))
    elif model.is_view and model.access == "reader":
        # It reads all rows and leaves the reader's: no condition of the reader's may be asked of the others before.
        statements.append(sql.SQL("alter view {} set (security_barrier = true)").format(table))
    if not model.is_view:
        statements.append(sql.SQL("alter table {} enable row level security").format(table))
        statements.append(sql.SQL("create policy analyst on {} for select to cpw_analyst using (true)").format(table))
        if rows := readers.rows(model.access, model.further_units):
            statements.append(
                sql.SQL("create policy reader on {} for select to cpw_reader using ({})").format(table, sql.SQL(rows))
            )
        # Whole, for the packs that the server of the pages makes: each of whoever asks for it, and of nobody else.
        statements.append(sql.SQL("create policy pack on {} for select to cpw_pack using (true)").format(table))
    statements.append(sql.SQL("grant select on {} to cpw_pack").format(table))
    if model.access != "none":
        statements.append(sql.SQL("grant select on {} to cpw_reader").format(table))
    for statement in statements:
        connection.execute(statement)
    if model.is_for_analyst:
        _give_analyst(connection, schema, model)


def take_names(connection: psycopg.Connection, schema: str, models: Sequence[ServedModel]) -> None:
    """Take names of people from the analyst in a schema that was granted whole, before they were declared."""
    naming = {model.name: model for model in models if model.names_person}
    for (name,) in connection.execute(_WHOLE_TO_ANALYST, [schema, [*naming]]).fetchall():
        connection.execute(sql.SQL("revoke select on {} from cpw_analyst").format(sql.Identifier(schema, name)))
        _give_analyst(connection, schema, naming[name])


def _give_analyst(connection: psycopg.Connection, schema: str, model: ServedModel) -> None:
    table = sql.Identifier(schema, model.name)
    if not model.names_person:
        connection.execute(sql.SQL("grant select on {} to cpw_analyst").format(table))
        return
    found = [row[0] for row in connection.execute(_COLUMNS, [table.as_string(connection)]).fetchall()]
    if columns := [sql.Identifier(name) for name in found if name not in model.names_person]:
        statement = sql.SQL("grant select ({}) on {} to cpw_analyst")
        connection.execute(statement.format(sql.SQL(", ").join(columns), table))
