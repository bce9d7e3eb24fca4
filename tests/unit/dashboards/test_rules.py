"""The second lock: a rule for every dataset whose rows are somebody's, from what its model declares."""

from pathlib import Path
from typing import Any

import pytest

from dashboards import report_models, rules, specs
from dashboards.report_models import Manifest
from orchestration import transform
from orchestration.publication import readers
from tests.unit.dashboards.worked_page import worked_manifest, worked_specs

HOUSE = specs.load()
# Keys that lead from a row to other units, of which it tells nothing.
LINKS = {"then_org_unit_key", "parent_org_unit_key"}


@pytest.fixture(scope="module")
def house(new_installation: Any) -> Manifest:
    return report_models.load(Path(transform.manifest(new_installation())))


def test_rule__is_the_condition_of_the_declared_access() -> None:
    found = rules.clauses(worked_specs(), worked_manifest(), readers.rows)
    assert found == {"rpt_worked": "org_unit_key = any (array(select access.visible_org_unit_key()))"}


def test_every_key_of_a_unit__is_asked_for_by_the_rule_of_its_dataset(house: Manifest) -> None:
    found = rules.clauses(HOUSE, house, readers.rows)
    for name in HOUSE.datasets:
        keys = {column for column in house.models[name].columns if column.endswith("org_unit_key")} - LINKS
        if house.models[name].access == "reader":
            continue
        assert bool(keys) == (name in found), name
        assert not [key for key in keys if f"{key} = any" not in found[name]], name
    assert len(found) > 10


def test_further_units__are_asked_for_beside_the_rows_own() -> None:
    assert readers.rows("org_unit", ("shown_org_unit_key",)) == (
        "org_unit_key = any (array(select access.visible_org_unit_key()))"
        " and shown_org_unit_key = any (array(select access.visible_org_unit_key()))"
    )


@pytest.mark.parametrize("access", ["none", "reader", None])
def test_access_that_gives_no_rows__has_no_condition(access: str | None) -> None:
    assert readers.rows(access) is None
