"""Statistics do not depend on the order in which rows lie in tables: a publication that is built again has another."""

from datetime import UTC, datetime

from orchestration import transform
from orchestration.comparison import declaration, figures
from orchestration.comparison.declaration import Place
from orchestration.postgres import connection
from tests.installations import BuiltWarehouse

READ = [
    "measure_exclusion",
    "measure_feed",
    "measure_trust",
    "dim_org_unit",
    "dim_month",
    "dim_measure",
    "bridge_org_unit",
]
FIGURES = ["performance", "performance_outside", "record_expected", "case_mix_model"]


def test_figures__of_rows_in_another_order_are_the_same_to_the_last_bit(warehouse: BuiltWarehouse) -> None:
    declared = declaration.declared(transform.manifest(warehouse.settings))
    with connection.connect(warehouse.settings) as owner:
        names = {}
        for order in ("md5(t::text)", "md5(t::text) desc"):
            schema = f"ordered_{len(names)}"
            owner.execute(f"create schema {schema}")
            for name in READ:
                owner.execute(f"create view {schema}.{name} as select * from marts.{name}")
            for name in FIGURES:
                owner.execute(f"create table {schema}.{name} as select * from marts.{name} as t order by {order}")
            figures.write(owner, Place(schema, "intermediate", datetime.now(UTC), None), declared, lambda _: None)
            names[order] = f"{schema}.performance_statistic"
        one, other = names.values()
        count, differing = owner.execute(
            f"select (select count(*) from {one}), (select count(*) from (table {one} except table {other}) as d)"
        ).fetchone()
        owner.rollback()
    assert count > 1000
    assert differing == 0
