"""Every row is accounted for on its way, and one that goes astray is missed: on a real warehouse, undone after each."""

import dataclasses
from collections.abc import Iterator

import psycopg
import pytest

from orchestration import transform
from orchestration.extract import contracts
from orchestration.postgres import connection
from orchestration.publication import publish
from orchestration.reconciliation import declaration, ledger
from orchestration.reconciliation.declaration import Declared
from tests.installations import BuiltWarehouse


@pytest.fixture(scope="module")
def declared(small_warehouse: BuiltWarehouse) -> Declared:
    found = declaration.load(transform.manifest(small_warehouse.settings), contracts.load())
    return dataclasses.replace(found, marts=publish.SERVED)


@pytest.fixture
def undone(small_warehouse: BuiltWarehouse) -> Iterator[psycopg.Connection]:
    with connection.connect(small_warehouse.settings) as owner:
        yield owner
        owner.rollback()


def test_run__accounted_for_every_row(small_warehouse: BuiltWarehouse) -> None:
    lines = small_warehouse.query(
        "select line.* from quality.reconciliation as line where run_id = ("
        "select run_id from quality.publication where state = 'published' order by publication_id desc limit 1)"
    )
    whole = lines[lines["is_total"]].set_index(["step", "subject"])["amount"]
    parts = lines[~lines["is_total"]].groupby(["step", "subject"])["amount"].sum()
    assert set(lines["step"]) == {"delivery", "version", "entity", "record", "measure", "figure"}
    assert (whole.sort_index() == parts.sort_index()).all() and len(whole) > 200
    # Known otherwise: lines of files, episodes of spells, a proportion at the top.
    files = sum(
        sum(1 for _ in path.open()) - 1 for path in small_warehouse.extracts.glob("pas__outpatient_attendance__*")
    )
    assert whole["delivery", "pas__outpatient_attendance"] == files
    spells = small_warehouse.query(
        "select count(distinct hospital_provider_spell_number) as n from raw.pas__consultant_episode"
    )["n"].item()
    became = lines.set_index(["step", "subject", "part"])["amount"]
    assert became["entity", "int_spell", "entities"] == spells
    served = small_warehouse.query(
        "select sum(numerator) as n from marts.performance inner join marts.dim_org_unit using (org_unit_key)"
        " where measure_id = 'dna_rate' and org_unit_level = 'trust'"
    )["n"].item()
    assert whole["figure", "dna_rate: numerator"] == served


@pytest.mark.parametrize(
    ("astray", "missed"),
    [
        ("delete from intermediate.int_attendance where ctid = (select min(ctid) from intermediate.int_attendance)",
         ["entity int_attendance: 1 of ", "record attendance: "]),
        ("delete from intermediate.int_patient where ctid = (select min(ctid) from intermediate.int_patient)",
         ["entity int_patient: 1 of "]),
        ("update marts.measure_record set record_id = 'of nobody' where ctid = ("
         "select min(ctid) from marts.measure_record where record_type = 'theatre_list')",
         ["record theatre_list: 1 of "]),
        ("update marts.performance set numerator = numerator - 1 where (org_unit_key, measure_id, month_on) = ("
         "select org_unit_key, measure_id, min(month_on) from marts.performance inner join marts.dim_org_unit"
         " using (org_unit_key) where org_unit_level = 'trust' and measure_id = 'dna_rate' group by 1, 2)",
         ["figure dna_rate: numerator: 1 of "]),
        ("delete from marts.measure_exclusion where measure_id = 'dna_rate' and exclusion_reason is null",
         ["measure dna_rate: "]),
    ],
)  # fmt: skip
def test_row_that_goes_astray__is_missed(
    undone: psycopg.Connection, declared: Declared, astray: str, missed: list[str]
) -> None:
    assert undone.execute(astray).rowcount >= 1
    found = ledger.write(undone, declared, run_id="astray")
    assert len(found) == len(missed), found
    for text, start in zip(found, missed, strict=True):
        assert text.startswith(start), found


def test_run_that_is_counted_again__replaces_its_lines(undone: psycopg.Connection, declared: Declared) -> None:
    query = "select subject, part, amount from quality.reconciliation where run_id = 'again' order by 1, 2"
    ledger.write(undone, declared, run_id="again")
    first = undone.execute(query).fetchall()
    ledger.write(undone, declared, run_id="again")
    assert undone.execute(query).fetchall() == first
