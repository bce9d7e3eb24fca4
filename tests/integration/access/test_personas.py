"""Every served table as every persona reads it: the expected rows and no others, and the matrix of it printed."""

import psycopg
import pytest
from psycopg import sql

from dashboards.server.identity import connection_options
from orchestration import transform
from orchestration.postgres import connection
from orchestration.publication import served
from tests.installations import BuiltWarehouse
from tests.personas import CHECKERS, Persona, expected_where, personas, relation

_COLUMNS = """
select array_agg(attname::text) from pg_catalog.pg_attribute
where attrelid = to_regclass('marts.' || %s) and attnum > 0 and not attisdropped
"""
NOBODY = ("stranger", "forged name")
# Rows are compared by what they hold, whatever their order.
_CONTENT = "select count(*), coalesce(sum(hashtextextended(row({})::text, 0)::numeric), 0) from {} where {}"


@pytest.fixture(scope="module")
def people(warehouse: BuiltWarehouse) -> list[Persona]:
    found = personas(warehouse)
    assert {one.name for one in found if not one.grants} == {*CHECKERS, *NOBODY}
    return found


def test_every_persona__reads_the_expected_rows_of_every_served_table_and_no_others(
    warehouse: BuiltWarehouse, people: list[Persona], record_property
) -> None:
    settings = warehouse.settings
    key = (settings.secrets / "access_key").read_text()
    # What a view of access `reader` shows is decided by itself: its own tests say by what.
    models = [model for model in served.load(transform.manifest(settings)) if model.access != "reader"]
    matrix: dict[str, dict[str, int]] = {model.name: {} for model in models}
    wrong = []
    with connection.connect(settings, autocommit=True) as owner:
        for persona in people:
            options = connection_options(persona.user_name, key)
            with connection.connect(settings, "reader", options=options, autocommit=True) as reader:
                for model in models:
                    (columns,) = owner.execute(_COLUMNS, [model.name]).fetchone()
                    where = expected_where(persona, model.access, set(columns))
                    expected = content(owner, relation(persona, model.name), columns, *where)
                    seen = (0, 0)
                    if model.access == "none":
                        with pytest.raises(psycopg.errors.InsufficientPrivilege):
                            content(reader, f"marts.{model.name}", columns, "true", {})
                    else:
                        seen = content(reader, f"marts.{model.name}", columns, "true", {})
                    matrix[model.name][persona.name] = seen[0]
                    if seen != expected:
                        wrong.append(f"{persona.name}: {seen[0]} rows of {model.name}, not {expected[0]}, or others")
    record_property("matrix", text(people, matrix))
    assert wrong == []
    # Whatever models declare: above a department nobody reads a record or a colleague's point, an analyst no record.
    for name in ("measure_record", "record_expected", "rpt_record"):
        assert not matrix[name]["analyst"], name
    for name in ("measure_record", "record_expected", "rpt_record", "rpt_peer_comparison", "rpt_peer_summary"):
        assert not matrix[name]["divisional director"] and not matrix[name]["executive"], name
    open_to_the_house = {model.name for model in models if model.access in ("everyone", "scope")}
    for who in (*CHECKERS, *NOBODY):
        assert {name for name, rows in matrix.items() if rows[who]} <= open_to_the_house, who


def content(
    reader: psycopg.Connection, rows: str, columns: list[str], where: str, parameters: dict[str, object]
) -> tuple[int, int]:
    """Return how many of some rows (SQL) the connection reads where a condition holds, and a digest of them."""
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL(_CONTENT).format(named, sql.SQL(rows), sql.SQL(where))
    return reader.execute(query, parameters).fetchone()


def text(people: list[Persona], matrix: dict[str, dict[str, int]]) -> str:
    """Return the matrix as people read it: rows that each persona sees of each served table."""
    heads = ["rows of", *(persona.name for persona in people)]
    counts = {
        name: [f"{count:,}" if (count := rows[persona.name]) else "-" for persona in people]
        for name, rows in sorted(matrix.items())
    }
    lines = [heads, *([name, *cells] for name, cells in counts.items())]
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
