"""One clinician's records in a warehouse that the tests of a file may speak in."""

import pytest

from tests.installations import BuiltWarehouse
from tests.integration.review.cast import Record


@pytest.fixture(scope="module")
def trust(own_small_warehouse: BuiltWarehouse) -> BuiltWarehouse:
    return own_small_warehouse


@pytest.fixture(scope="module")
def records(trust: BuiltWarehouse) -> list[Record]:
    """Return records of one clinician: type, number, post, department, and whose they are."""
    found = trust.query(
        """
        select record.record_type, record.record_id, record.org_unit_key, unit.department_key, holder.user_name
        from marts.review_record as record
        inner join marts.dim_org_unit as unit on record.org_unit_key = unit.org_unit_key
        inner join access.user_scope as holder
            on record.org_unit_key = holder.org_unit_key and holder.role = 'clinician' and holder.state = 'in force'
        where holder.user_name = (
            select min(one.user_name) from access.user_scope as one
            inner join marts.review_record as carried on one.org_unit_key = carried.org_unit_key
            where one.role = 'clinician' and one.state = 'in force' and carried.month_on = '2026-04-01'
        ) and record.month_on = '2026-04-01'
        order by record.record_id
        """
    )
    return [tuple(row) for row in found.itertuples(index=False)]
