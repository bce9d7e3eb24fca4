"""The raw gate on real Postgres: a clean trust passes, and each planted fault fails its own rule and no other."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from expectations.results import GateResult
from expectations.rules import Rule
from orchestration.extract.contract import Contract
from tests.integration.expectations import clean_trust
from tests.integration.expectations.conftest import failed

Ask = Callable[..., GateResult]
EPISODE, ATTENDANCE, CASE = "pas__consultant_episode", "pas__outpatient_attendance", "theatre__theatre_case"
LIST, UNIT, POST = "theatre__theatre_list", "workforce__organisation_unit", "workforce__post"

# Rule -> the change of one row that breaks it: "set ... where ...", on the rule's own table.
FAULTS = {
    "pas__patient__nhs_number_present": "nhs_number = null where local_patient_identifier = 'H3'",
    "pas__patient__nhs_number_check_digit": "nhs_number = '9434765918' where local_patient_identifier = 'H3'",
    "pas__patient__birth_date_plausible": "person_birth_date = '1800-01-01' where local_patient_identifier = 'H3'",
    f"{EPISODE}__episode_ends_after_start": (
        "start_date_episode = end_date_episode + 1 where consultant_code = 'C1000003'"
    ),
    f"{EPISODE}__discharge_after_admission": (
        "discharge_date_hospital_provider_spell = start_date_hospital_provider_spell - 1"
        " where consultant_code = 'C1000003'"
    ),
    f"{EPISODE}__not_in_the_future": (
        "discharge_date_hospital_provider_spell = '2026-06-03' where consultant_code = 'C1000003'"
    ),
    f"{EPISODE}__no_missing_episode": "episode_number = 2 where consultant_code = 'C1000003'",
    f"{EPISODE}__discharge_method_known": "discharge_method_code = '9' where consultant_code = 'C1000003'",
    f"{EPISODE}__day_case_stays_no_night": "patient_classification_code = '2' where consultant_code = 'C1000003'",
    f"{EPISODE}__intended_management_known": "intended_management_code = null where consultant_code = 'C1000003'",
    f"{EPISODE}__primary_diagnosis_coded": "primary_diagnosis_icd = 'R69X' where consultant_code = 'C1000003'",
    f"{EPISODE}__patient_known": "local_patient_identifier = 'H99' where consultant_code = 'C1000003'",
    f"{EPISODE}__consultant_known": "consultant_code = 'C1999999' where consultant_code = 'C1000003'",
    f"{EPISODE}__consultant_present": "consultant_code = null where consultant_code = 'C1000003'",
    f"{EPISODE}__default_code_share": "consultant_code = 'C9999998' where consultant_code = 'C1000003'",
    f"{ATTENDANCE}__outcome_not_before_its_day": "appointment_date = '2026-06-09' where consultant_code = 'C1000003'",
    f"{ATTENDANCE}__past_outcome_recorded": (
        "attended_or_did_not_attend_code = '0' where consultant_code = 'C1000003'"
    ),
    f"{ATTENDANCE}__referral_before_appointment": (
        "referral_request_received_date = '2026-05-20' where consultant_code = 'C1000003'"
    ),
    f"{ATTENDANCE}__patient_known": "local_patient_identifier = 'H99' where consultant_code = 'C1000003'",
    f"{ATTENDANCE}__consultant_known": "consultant_code = 'C1999999' where consultant_code = 'C1000003'",
    f"{ATTENDANCE}__consultant_present": "consultant_code = null where consultant_code = 'C1000003'",
    f"{ATTENDANCE}__default_code_share": "consultant_code = 'CD999998' where consultant_code = 'C1000003'",
    "pas__elective_admission_list__removal_after_decision": (
        "elective_admission_list_removal_date = '2020-01-01' where local_patient_identifier = 'H3'"
    ),
    "pas__elective_admission_list__patient_known": (
        "local_patient_identifier = 'H99' where local_patient_identifier = 'H3'"
    ),
    "pas__rtt_pathway__clock_started_before_month_end": (
        "referral_to_treatment_period_start_date = '2026-05-02' where local_patient_identifier = 'H3'"
    ),
    "pas__rtt_pathway__patient_known": "local_patient_identifier = 'H99' where local_patient_identifier = 'H3'",
    "pas__clinic_template__slots_plausible": "slots_new = -1 where clinic_code = 'CL3'",
    f"{LIST}__planned_times_usable": "planned_finish_at = planned_start_at where theatre_list_identifier = 'L3'",
    f"{LIST}__planned_on_the_day": "list_date = list_date - 1 where theatre_list_identifier = 'L3'",
    f"{LIST}__consultant_known": "list_owner_consultant_code = 'C1999999' where theatre_list_identifier = 'L3'",
    f"{LIST}__consultant_present": "list_owner_consultant_code = null where theatre_list_identifier = 'L3'",
    f"{CASE}__times_complete": "out_of_theatre_at = null where theatre_case_identifier = 'TC3'",
    f"{CASE}__times_in_order": "procedure_finish_at = '2026-04-12 08:40' where theatre_case_identifier = 'TC3'",
    f"{CASE}__cancellation_reason_known": "cancellation_reason_code = null where theatre_case_identifier = 'TC0'",
    f"{CASE}__patient_known": "local_patient_identifier = 'H99' where theatre_case_identifier = 'TC3'",
    f"{CASE}__list_known": "theatre_list_identifier = 'L99' where theatre_case_identifier = 'TC3'",
    f"{CASE}__spell_known": "hospital_provider_spell_number = 'S99' where theatre_case_identifier = 'TC3'",
    f"{CASE}__consultant_known": "operating_surgeon_code = 'C1999999' where theatre_case_identifier = 'TC3'",
    "outcome__registered_death__death_plausible": (
        "person_death_date = '2026-06-09' where local_patient_identifier = 'H3'"
    ),
    "outcome__registered_death__no_activity_after_death": (
        "person_death_date = '2026-01-09' where local_patient_identifier = 'H3'"
    ),
    "outcome__registered_death__patient_known": (
        "local_patient_identifier = 'H99' where local_patient_identifier = 'H3'"
    ),
    "outcome__proms_questionnaire__scores_in_scale": "oxford_score = 49 where proms_serial_number = 'Q3'",
    "outcome__proms_questionnaire__patient_known": (
        "local_patient_identifier = 'H99' where proms_serial_number = 'Q3'"
    ),
    "outcome__proms_questionnaire__spell_known": (
        "hospital_provider_spell_number = 'S99' where proms_serial_number = 'Q3'"
    ),
    "outcome__surgical_site_infection__onset_only_when_infected": (
        "infection_onset_date = '2026-05-01' where theatre_case_identifier = 'TC3'"
    ),
    "outcome__surgical_site_infection__case_known": (
        "theatre_case_identifier = 'TC99' where theatre_case_identifier = 'TC3'"
    ),
    "outcome__complication__case_known": "theatre_case_identifier = 'TC99' where complication_identifier = 'X3'",
    "outcome__complication__spell_known": (
        "hospital_provider_spell_number = 'S99' where complication_identifier = 'X3'"
    ),
    f"{UNIT}__period_in_order": "valid_to_date = '2019-01-01' where org_unit_code = 'DEP1'",
    f"{UNIT}__one_current_trust": "valid_to_date = '2026-01-01' where org_unit_code = 'RZZ'",
    f"{UNIT}__parent_known": "parent_org_unit_code = 'D9' where org_unit_code = 'DEP1'",
    f"{POST}__period_in_order": "valid_to_date = '2019-01-01' where post_number = 'P3'",
    f"{POST}__share_in_range": "post_share = 0 where post_number = 'P3'",
    f"{POST}__shares_sum_to_one": "consultant_code = 'C1000004' where post_number = 'P3'",
    f"{POST}__unit_known": "org_unit_code = 'DEP9' where post_number = 'P3'",
    f"{POST}__clinician_known": "consultant_code = 'C1999999' where post_number = 'P3'",
    "workforce__job_plan__period_in_order": "valid_to_date = '2019-01-01' where post_number = 'P3'",
    "workforce__job_plan__sessions_plausible": "programmed_activities_per_week = 40 where post_number = 'P3'",
    "workforce__job_plan__post_known": "post_number = 'P99' where post_number = 'P3'",
    "workforce__leadership_post__period_in_order": "valid_to_date = '2019-01-01' where user_name = 'lead3'",
    "workforce__leadership_post__unit_known": "org_unit_code = 'DEP9' where user_name = 'lead3'",
    "workforce__clinician__user_name_unique": "user_name = 'user4' where user_name = 'user3'",
}
# Faults that need a row more, or break more than one rule since one cannot come without the other: change, others.
JOINT_FAULTS = {
    "pas__patient__nhs_number_unique": (
        "nhs_number = (select nhs_number from raw.pas__patient where local_patient_identifier = 'H4')"
        " where local_patient_identifier = 'H3'",
        set(),
    ),
    f"{EPISODE}__one_patient_per_spell": (
        "hospital_provider_spell_number = 'S4', episode_number = 2 where consultant_code = 'C1000003'",
        {f"{CASE}__spell_known", "outcome__proms_questionnaire__spell_known", "outcome__complication__spell_known"},
    ),
    f"{EPISODE}__consultant_code_pattern": (
        "consultant_code = 'Dr Who' where consultant_code = 'C1000003'",
        {f"{EPISODE}__consultant_known"},
    ),
    f"{ATTENDANCE}__consultant_code_pattern": (
        "consultant_code = 'Dr Who' where consultant_code = 'C1000003'",
        {f"{ATTENDANCE}__consultant_known"},
    ),
    f"{LIST}__consultant_code_pattern": (
        "list_owner_consultant_code = 'Dr Who' where theatre_list_identifier = 'L3'",
        {f"{LIST}__consultant_known"},
    ),
    f"{CASE}__consultant_code_pattern": (
        "operating_surgeon_code = 'Dr Who' where theatre_case_identifier = 'TC3'",
        {f"{CASE}__consultant_known"},
    ),
    "workforce__clinician__consultant_code_pattern": (
        "consultant_code = 'Dr Who' where consultant_code = 'C1000003'",
        {
            f"{POST}__clinician_known",
            f"{EPISODE}__consultant_known",
            f"{ATTENDANCE}__consultant_known",
            f"{LIST}__consultant_known",
            f"{CASE}__consultant_known",
        },
    ),
    f"{LIST}__list_not_long_ahead": (
        "list_date = '2027-04-12' where theatre_list_identifier = 'L3'",
        {f"{LIST}__planned_on_the_day"},
    ),
    f"{CASE}__operated_on_held_list": (
        "theatre_list_identifier = 'LC' where theatre_case_identifier = 'TC3'",
        {f"{LIST}__rows_accounted"},
    ),
    f"{UNIT}__periods_do_not_overlap": ("", {f"{UNIT}__rows_accounted"}),
    f"{UNIT}__one_department_per_function": ("", {f"{UNIT}__rows_accounted"}),
}
# Rows that must be there for a joint fault: rule -> (table, row). They are in no delivery.
EXTRA_ROWS = {
    f"{CASE}__operated_on_held_list": (
        LIST,
        {**clean_trust.rows()[LIST][0], "theatre_list_identifier": "LC", "list_status_code": "C"},
    ),
    f"{UNIT}__periods_do_not_overlap": (
        UNIT,
        {**clean_trust.rows()[UNIT][2], "valid_from_date": "2024-01-01"},
    ),
    f"{UNIT}__one_department_per_function": (
        UNIT,
        {**clean_trust.rows()[UNIT][2], "org_unit_code": "DEP2", "valid_from_date": "2024-01-01"},
    ),
}


def test_raw_gate__a_clean_trust_passes_every_rule(owner: psycopg.Connection, ask: Ask) -> None:
    result = ask("raw")
    assert failed(result) == set()
    assert len(result.checks) > 150


def test_raw_gate__each_declared_rule_has_a_fault_planted_here(all_rules: dict[str, Rule]) -> None:
    declared = {rule.rule_id for rule in all_rules.values() if rule.gate == "raw" and rule.kind != "feed"}
    assert declared == set(FAULTS) | set(JOINT_FAULTS)


def rounds() -> list[list[str]]:
    """Return the rules of FAULTS in rounds with at most one of each table, so that one run of the gate tries many."""
    made: list[dict[str, str]] = []
    for rule_id in FAULTS:
        table = "__".join(rule_id.split("__")[:2])
        place = next((one for one in made if table not in one), None)
        if place is None:
            place = {}
            made.append(place)
        place[table] = rule_id
    return [list(one.values()) for one in made]


@pytest.mark.parametrize("planted", rounds(), ids=lambda planted: planted[0])
def test_raw_gate__faults_fail_their_rules_and_no_other(
    owner: psycopg.Connection, ask: Ask, all_rules: dict[str, Rule], planted: list[str]
) -> None:
    for rule_id in planted:
        changed = owner.execute(f"update raw.{all_rules[rule_id].table_name} set {FAULTS[rule_id]}")
        assert changed.rowcount == 1
    # A changed row leaves the ledger as it is: the rules about feeds need not be asked each time.
    assert failed(ask("raw", is_of_feed=False)) == set(planted)


@pytest.mark.parametrize("rule_id", JOINT_FAULTS)
def test_raw_gate__a_fault_fails_its_rule_and_those_that_it_cannot_but_break(
    owner: psycopg.Connection,
    ask: Ask,
    all_rules: dict[str, Rule],
    all_contracts: tuple[Contract, ...],
    rule_id: str,
) -> None:
    change, also = JOINT_FAULTS[rule_id]
    table = all_rules[rule_id].table_name
    tables = {table}
    if rule_id in EXTRA_ROWS:
        other, row = EXTRA_ROWS[rule_id]
        tables.add(other)
        contract = next(c for c in all_contracts if c.name == other)
        clean_trust.insert(owner, 1, contract, [row])
    if change:
        owner.execute(f"update raw.{table} set {change}")
    assert failed(ask("raw", tables)) == {rule_id} | also


def test_raw_gate__what_is_gone_is_not_asked_and_not_referred_to(
    owner: psycopg.Connection, ask: Ask, all_contracts: tuple[Contract, ...]
) -> None:
    """A case without its times is deleted with its list: the case is not asked any more, another on the list is."""
    at = clean_trust.EXTRACTED_AT + timedelta(hours=1)
    owner.execute(f"update raw.{CASE} set out_of_theatre_at = null where theatre_case_identifier = 'TC3'")
    for number, (name, place) in enumerate({CASE: 3, LIST: 4}.items(), start=100):
        contract = next(c for c in all_contracts if c.name == name)
        clean_trust.deliver(owner, number, contract, at, deleted=1)
        clean_trust.insert(owner, number, contract, [clean_trust.rows()[name][place]], at, is_deleted=True)
    assert failed(ask("raw", {CASE, LIST})) == {
        f"{CASE}__list_known",
        "outcome__complication__case_known",
        "outcome__surgical_site_infection__case_known",
    }


def test_raw_gate__of_one_delivery_the_version_that_was_known_last_is_asked(
    owner: psycopg.Connection, ask: Ask, all_contracts: tuple[Contract, ...]
) -> None:
    """What a late delivery changes in a later one stands at the position of that, with its own moment of loading."""
    contract = next(c for c in all_contracts if c.name == CASE)
    good = clean_trust.rows()[CASE][3]
    delivery_id = owner.execute(f"select max(_delivery_id) from raw.{CASE}").fetchone()[0]
    clean_trust.insert(owner, delivery_id, contract, [{**good, "out_of_theatre_at": None}])
    owner.execute(
        f"update raw.{CASE} set _loaded_at = _loaded_at + interval '1 hour', _row_number = 0"
        " where theatre_case_identifier = 'TC3' and out_of_theatre_at is null"
    )
    assert failed(ask("raw", {CASE}, is_of_feed=False)) == {f"{CASE}__times_complete"}
    owner.execute(
        f"update raw.{CASE} set _loaded_at = _loaded_at + interval '2 hours'"
        " where theatre_case_identifier = 'TC3' and out_of_theatre_at is not null"
    )
    assert failed(ask("raw", {CASE}, is_of_feed=False)) == set()


def test_raw_gate__a_corrected_version_of_a_row_heals_the_check(
    owner: psycopg.Connection, ask: Ask, all_contracts: tuple[Contract, ...]
) -> None:
    contract = next(c for c in all_contracts if c.name == CASE)
    owner.execute(f"update raw.{CASE} set out_of_theatre_at = null where theatre_case_identifier = 'TC3'")
    at = clean_trust.EXTRACTED_AT + timedelta(hours=1)
    clean_trust.deliver(owner, 100, contract, at, received=1, loaded=1)
    clean_trust.insert(owner, 100, contract, [clean_trust.rows()[CASE][3]], at)
    assert failed(ask("raw", {CASE})) == set()
