"""What a reader's own condition or function is asked of rows that are not the reader's: it tells nothing of them."""

import psycopg
import pytest

from orchestration import transform
from orchestration.postgres import roles
from orchestration.publication import served
from tests.installations import BuiltWarehouse, as_reader

# Each makes the planner look at the tables below a view in another order.
PLANS = ("reset all", "set enable_hashjoin = off", "set enable_hashjoin = off; set enable_mergejoin = off")


@pytest.mark.parametrize("plan", PLANS)
def test_condition_that_fails_on_a_row__is_asked_of_no_row_of_others(
    small_warehouse: BuiltWarehouse, plan: str
) -> None:
    """A cast that fails says in its message what the row holds: of a row that is not shown, too."""
    models = served.load(transform.manifest(small_warehouse.settings))
    views = [model.name for model in models if model.is_view and model.access == "reader"]
    assert len(views) > 5
    asked = 0
    with as_reader(small_warehouse.settings, None) as nobody:
        for view in views:
            nobody.execute(plan)
            columns = nobody.execute(f"select * from marts.{view} limit 0").description or ()
            for column in (one.name for one in columns if one.type_display == "text"):
                query = f"select count(*) from marts.{view} where cast({column} as integer) = 1"
                assert nobody.execute(query).fetchone() == (0,), (view, column)
                asked += 1
    assert asked > 20


def test_functions_that_run_a_text_as_a_query__are_the_owners_alone(small_warehouse: BuiltWarehouse) -> None:
    for function in roles.RUN_TEXT_AS_QUERY:
        for role in ("cpw_reader", "cpw_analyst", "cpw_auditor"):
            may = small_warehouse.query(
                "select has_function_privilege(%(role)s, %(function)s, 'execute') as may",
                role=role,
                function=f"pg_catalog.{function}",
            )
            assert not may["may"].item(), (role, function)
    with (
        as_reader(small_warehouse.settings, None) as reader,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="ts_rewrite"),
    ):
        reader.execute("select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, ''b''::tsquery')")
