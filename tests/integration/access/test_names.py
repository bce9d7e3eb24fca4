"""A user name is a name, whatever is in it: handed to the real database as Superset hands it over."""

from collections.abc import Callable

import psycopg
import pytest

from dashboards.server.identity import connection_options
from orchestration.postgres import connection
from tests.installations import BuiltWarehouse

Grant = Callable[..., str]
NAMES = [
    "o'neil", 'quo"te', "two words", "back\\slash", "back\\ slash and\tblank", "new\nline", "$1 %s {0}",
    "zed -c app.username=chief.executive", "zed\\ -c\\ app.username=chief.executive", "a'; drop table marts.person; --",
    "Ünïcode.näme", "chief.executive ", " chief.executive", "-c app.signature=x", "chief.executive\u00a0",
]  # fmt: skip


def connect(built: BuiltWarehouse, name: str) -> psycopg.Connection:
    key = (built.settings.secrets / "access_key").read_text()
    return connection.connect(built.settings, "reader", options=connection_options(name, key), autocommit=True)


@pytest.mark.parametrize("name", NAMES)
def test_name__is_itself_and_sees_what_it_was_granted(small_warehouse: BuiltWarehouse, grant: Grant, name: str) -> None:
    with connect(small_warehouse, name) as reader:
        assert reader.execute("select access.app_user()").fetchone() == (name,)
        assert reader.execute("select count(*) from marts.performance").fetchone() == (0,)
        # As in Superset, a statement may not take longer than half a minute: the last option arrived whole, too.
        assert reader.execute("show statement_timeout").fetchone() == ("30s",)
    grant(name, "department:D110", "clinical lead")
    with connect(small_warehouse, name) as reader:
        keys = reader.execute("select distinct org_unit_key from marts.performance").fetchall()
    assert ("department:D110",) in keys and ("trust:RZZ",) not in keys


@pytest.mark.parametrize("name", ["", " "])
def test_no_name__sees_nothing(small_warehouse: BuiltWarehouse, name: str) -> None:
    with connect(small_warehouse, name) as reader:
        assert reader.execute("select access.app_user()").fetchone()[0] in {None, name}
        assert reader.execute("select count(*) from marts.rpt_unit").fetchone() == (0,)


def test_name__is_not_another_in_capitals(small_warehouse: BuiltWarehouse, people: dict[str, str]) -> None:
    with connect(small_warehouse, people["executive"].upper()) as reader:
        assert reader.execute("select count(*) from marts.performance").fetchone() == (0,)
