"""The analyst's own login reads every figure and no name: each text that the catalogue lets it read is searched."""

import json
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from orchestration import transform
from orchestration.postgres import connection, roles
from tests import names
from tests.installations import BuiltWarehouse

READABLE = ("intermediate", "marts", "measures", "quality")
# Columns that the analyst may read and that are neither numbers, truths nor times.
_COLUMNS = """
select n.nspname, c.relname, array_agg(a.attname::text order by a.attnum)
from pg_attribute as a
inner join pg_class as c on a.attrelid = c.oid
inner join pg_namespace as n on c.relnamespace = n.oid
inner join pg_type as t on a.atttypid = t.oid
where c.relkind in ('r', 'v', 'm', 'p', 'f') and a.attnum > 0 and not a.attisdropped
    and n.nspname !~ '^(pg_|information_schema)' and t.typcategory not in ('B', 'D', 'N', 'T')
    and has_schema_privilege('cpw_analyst', n.oid, 'usage')
    and has_column_privilege('cpw_analyst', c.oid, a.attnum, 'select')
group by n.nspname, c.relname
order by 1, 2
"""


@pytest.fixture
def analyst(small_warehouse: BuiltWarehouse) -> Iterator[psycopg.Connection]:
    with connection.connect(small_warehouse.settings, "analyst", autocommit=True) as opened:
        yield opened


def declared(warehouse: BuiltWarehouse) -> dict[tuple[str, str], list[str]]:
    """Return schema and model -> the columns that are declared to name a person."""
    told = json.loads(transform.manifest(warehouse.settings).read_text())
    found = {}
    for node in told["nodes"].values():
        columns = node.get("columns", {}).values()
        if naming := [column["name"] for column in columns if column["config"].get("meta", {}).get("names_person")]:
            found[node["schema"].replace("marts_next", "marts"), node["name"]] = naming
    return found


def texts(login: psycopg.Connection, schema: str, relation: str, column: str) -> list[str]:
    query = sql.SQL("select distinct cast({} as text) from {} where {} is not null")
    name = sql.Identifier(column)
    return [row[0] for row in login.execute(query.format(name, sql.Identifier(schema, relation), name))]


def test_no_text_that_the_analyst_may_read__names_a_person(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection, analyst: psycopg.Connection
) -> None:
    pattern = names.of_people(small_warehouse)
    found, searched = [], 0
    relations = owner.execute(_COLUMNS).fetchall()
    for schema, relation, columns in relations:
        for column in columns:
            searched += 1
            named = [text for text in texts(analyst, schema, relation, column) if pattern.search(names.readable(text))]
            if named:
                found.append(f"{schema}.{relation}.{column}: {named[0]}")
    assert found == []
    assert {schema for schema, _, _ in relations} == set(READABLE)
    assert searched > 500


def test_every_column_that_is_kept_from_the_analyst__names_people(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection, analyst: psycopg.Connection
) -> None:
    """The search finds names where they are, and nothing is kept back that holds none."""
    pattern = names.of_people(small_warehouse)
    kept = declared(small_warehouse)
    assert len(kept) > 30
    for (schema, relation), columns in kept.items():
        for column in columns:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                texts(analyst, schema, relation, column)
            # Who looked is shown to the reader of a connection, and nobody has looked; nor has anybody said anything.
            if relation not in ("rpt_viewing", "int_correction"):
                held = texts(owner, schema, relation, column)
                assert any(pattern.search(names.readable(text)) for text in held), (relation, column)


def test_analyst__reads_all_else(owner: psycopg.Connection, analyst: psycopg.Connection) -> None:
    for query in (
        "select count(*) from marts.performance_shown",
        "select count(evidence) from marts.measure_record",
        "select count(clinician_key) from marts.dim_clinician",
        "select count(clinician_key) from intermediate.int_post",
        "select count(*) from measures.dna_rate",
        "select count(*) from intermediate.int_episode",
        "select count(*) from quality.check_result",
    ):
        assert analyst.execute(query).fetchone()[0] > 0, query
        assert analyst.execute(query).fetchone() == owner.execute(query).fetchone()
    # Units that are no person have their names here.
    departments = analyst.execute(
        "select count(*) from marts.dim_org_unit as unit inner join intermediate.int_organisation as named"
        " using (org_unit_key) where unit.org_unit_level = 'department'"
    ).fetchone()
    assert departments[0] > 3


@pytest.mark.parametrize("schema", ["raw", "staging", "identity", "access"])
def test_analyst__reads_nothing_of_sources_identities_and_decisions(
    owner: psycopg.Connection, analyst: psycopg.Connection, schema: str
) -> None:
    tables = owner.execute(
        "select relname from pg_class where relnamespace = to_regnamespace(%s) and relkind in ('r', 'v')", [schema]
    ).fetchall()
    assert tables
    for (table,) in tables:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyst.execute(sql.SQL("select 1 from {}").format(sql.Identifier(schema, table)))


def test_installation_of_before__loses_the_names_and_gets_the_rest_with_the_next_build(
    own_small_warehouse: BuiltWarehouse,
) -> None:
    settings = own_small_warehouse.settings
    with connection.connect(settings, autocommit=True) as owner:
        owner.execute("alter default privileges in schema intermediate grant select on tables to cpw_analyst")
        owner.execute("grant select on intermediate.int_clinician to cpw_analyst")
    roles.prepare(settings)
    with connection.connect(settings, "analyst", autocommit=True) as analyst:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyst.execute("select clinician_name from intermediate.int_clinician")
        built = own_small_warehouse.cpw("dbt", "run", "--select", "int_clinician")
        assert built.returncode == 0, built.stdout
        assert analyst.execute("select count(clinician_key) > 10 from intermediate.int_clinician").fetchone() == (True,)
        for column in ("clinician_name", "user_name", "consultant_code"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                analyst.execute(f"select {column} from intermediate.int_clinician")
