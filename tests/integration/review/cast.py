"""Who is who around a record, and how the database refuses what somebody asks."""

import psycopg
import pytest

from tests.installations import BuiltWarehouse
from tests.said import ask

MAY_NOT, BAD_INPUT, TOO_LATE = "CR001", "CR002", "CR003"
Record = tuple[str, str, str, str, str]
DISPUTE = "select review.dispute(%s, %s, 'wrong code', null, 'It was another operation.', %s)"


def holder(trust: BuiltWarehouse, role: str, unit: str) -> str:
    found = trust.query(
        "select min(user_name) as name from access.user_scope"
        " where role = %(role)s and org_unit_key = %(unit)s and state = 'in force'",
        role=role,
        unit=unit,
    )
    return str(found["name"].item())


def stranger_to(trust: BuiltWarehouse, department: str) -> str:
    """Return a clinician who has no post in the department, and leads nothing."""
    found = trust.query(
        """
        select min(scope.user_name) as name from access.user_scope as scope
        inner join marts.dim_org_unit as unit on scope.org_unit_key = unit.org_unit_key
        where scope.role = 'clinician' and scope.state = 'in force' and scope.user_name not in (
            select other.user_name from access.user_scope as other
            left join marts.dim_org_unit as post on other.org_unit_key = post.org_unit_key
            where post.department_key = %(department)s or other.role <> 'clinician'
        )
        """,
        department=department,
    )
    return str(found["name"].item())


def refused(trust: BuiltWarehouse, user: str | None, query: str, *values: object) -> tuple[str | None, str | None]:
    """Return how the database refuses a call: its code, and the field that it names."""
    with pytest.raises(psycopg.Error) as error:
        ask(trust.settings, user, query, *values)
    return error.value.sqlstate, error.value.diag.column_name


def acts(trust: BuiltWarehouse) -> int:
    return int(trust.query("select count(*) as acts from review.act")["acts"].item())
