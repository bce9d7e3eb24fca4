"""What was planted about identities is found: patients with several numbers, surgeons by local code or name."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from tests.installations import BuiltWarehouse


def truth(warehouse: BuiltWarehouse, name: str) -> pd.DataFrame:
    return pd.read_csv(Path(warehouse.extracts) / "truth" / name, dtype=str, keep_default_na=False)


def test_patients__are_one_under_all_their_numbers(small_warehouse: BuiltWarehouse) -> None:
    identity = small_warehouse.query("select * from identity.int_patient_identity").set_index("local_patient_id")
    planted = truth(small_warehouse, "other_numbers.csv")
    assert len(planted) > 100
    known = planted[planted["local_patient_identifier"].isin(identity.index)]
    assert known.equals(planted)
    found = identity.loc[planted["local_patient_identifier"]]
    assert found["surviving_patient_id"].tolist() == planted["true_value"].tolist()
    assert found["patient_key"].tolist() == identity.loc[planted["true_value"], "patient_key"].tolist()
    others = identity.drop(planted["local_patient_identifier"])
    assert (others.index == others["surviving_patient_id"]).all(), "two merged by mistake were parted again"
    assert others["patient_key"].is_unique


def test_patients__are_counted_once(small_warehouse: BuiltWarehouse) -> None:
    with next(Path(small_warehouse.extracts).glob("pas__patient__*.csv")).open(encoding="utf-8", newline="") as file:
        count = sum(1 for _ in csv.reader(file)) - 1
    counted = small_warehouse.query("select nhs_number_check, patient_count from intermediate.int_nhs_number_check")
    assert counted["patient_count"].sum() == count
    assert set(counted["nhs_number_check"]) == {"test range", "missing"}


def test_readmissions__are_found_across_numbers(small_warehouse: BuiltWarehouse) -> None:
    """Without the merges these spells would have no readmission: known answers hold which ones have."""
    across = small_warehouse.query(
        """
        with spell as (
            select spell_id, patient_key, local_patient_id, admitted_on, discharged_on, admission_method_code,
                lead(local_patient_id) over by_patient as next_number,
                lead(admitted_on) over by_patient - discharged_on as days,
                lead(admission_method_code) over by_patient as next_method
            from intermediate.int_spell
            inner join (
                select distinct on (spell_id) spell_id, local_patient_id from staging.stg_pas__consultant_episode
                order by spell_id, episode_number
            ) as episode using (spell_id)
            window by_patient as (partition by patient_key order by admitted_on, spell_id)
        )
        select record_id from spell
        inner join measures.emergency_readmission_30d on record_id = spell_id
        where local_patient_id <> next_number and days between 0 and 29 and next_method like '2%%' and numerator = 1
        """
    )
    assert len(across) >= 1


@pytest.mark.parametrize("note", ["local code", "name"])
def test_surgeons__are_known_by_local_code_and_name(small_warehouse: BuiltWarehouse, note: str) -> None:
    planted = truth(small_warehouse, "other_codes.csv").query("note == @note")
    assert len(planted) >= 2
    attributed = small_warehouse.query(
        """
        select record_id, attribution.written_code as written, post.consultant_code as found
        from intermediate.int_attribution as attribution
        left join intermediate.int_post as post on attribution.org_unit_key = 'post:' || post.post_id
        where attribution_role = 'operating_surgeon' and record_type = 'theatre_case'
        """
    ).set_index("record_id")
    known = planted[planted["record_key"].isin(attributed.index)]
    assert len(known) >= len(planted) - 1, "but for a case whose list is broken"
    found = attributed.loc[known["record_key"]]
    assert found["written"].tolist() == known["written_value"].tolist()
    assert found["found"].tolist() == known["true_value"].tolist()


def test_attribution__of_clean_codes_is_to_a_post_of_that_code(small_warehouse: BuiltWarehouse) -> None:
    wrong = small_warehouse.query(
        """
        select count(*) as n from intermediate.int_attribution as attribution
        inner join intermediate.int_post as post on attribution.org_unit_key = 'post:' || post.post_id
        where attribution.written_code ~ '^C[0-9]{7}$' and attribution.written_code <> post.consultant_code
            and attribution.evidence_class in ('agreed', 'single source', 'contested')
        """
    )
    assert wrong["n"].item() == 0
    nobody = small_warehouse.query(
        "select count(*) as n, count(*) filter (where rule_id in ('A1', 'A2')) as carried"
        " from intermediate.int_attribution where written_code in ('C9999998', 'M9999998', 'N9999998')"
        " and evidence_class <> 'inferred'"
    )
    assert nobody["n"].item() > 10
    assert nobody["carried"].item() == 0
