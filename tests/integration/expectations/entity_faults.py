"""For each rule about entities the fault that breaks it, planted in the clean ones."""

import re

import psycopg

S3, C3, A3 = "where spell_id = 'S3'", "where theatre_case_id = 'C3'", "where attendance_id = 'A3'"
E3, L3, R3 = "where episode_id = 'S3|1'", "where theatre_list_id = 'L3'", "where record_id = 'S3'"
SPELL, EPISODE, CASE, LIST = "int_spell", "int_episode", "int_theatre_case", "int_theatre_list"
SECOND_EPISODE = "where episode_id = 'S3|2'"
# Twelve of each day in the 12 weeks before the last 28 days.
FORMER_DAYS = (
    "generate_series(date '2026-05-31' - 111, date '2026-05-31' - 28, interval '1 day') as d,"
    " generate_series(1, 12) as n"
)

# Rule -> the statement that breaks it.
FAULTS: dict[str, str] = {
    f"{SPELL}__stay_plausible": (
        f"update int_spell set admitted_on = '2023-01-05' {S3}; update int_theatre_case set spell_id = 'S3' {C3}"
    ),
    f"{SPELL}__day_case_stays_no_night": f"update int_spell set patient_classification_code = '2' {S3}",
    f"{SPELL}__has_all_episodes": f"update int_spell set has_all_episodes = false {S3}",
    f"{SPELL}__method_fits_discharge": f"update int_spell set discharge_method_code = '8' {S3}",
    f"{SPELL}__not_long_in_hospital": (
        f"update int_spell set admitted_on = '2025-01-05', discharged_on = null, discharge_method_code = null {S3}"
    ),
    f"{SPELL}__death_in_hospital_registered": "delete from int_registered_death",
    f"{SPELL}__death_on_day_of_discharge": "insert into int_registered_death values ('p3', '2026-01-09')",
    f"{SPELL}__primary_diagnosis_coded_each_month": f"update int_spell set primary_diagnosis_code = 'R69X' {S3}",
    f"{SPELL}__elective_spell_on_waiting_list": (
        "delete from int_waiting_list_entry where elective_admission_list_entry_id = 'W3'"
    ),
    f"{EPISODE}__within_spell": f"update int_episode set started_on = '2026-01-04', episode_number = 0 {E3}",
    f"{EPISODE}__begins_with_spell": f"update int_episode set started_on = '2026-01-06' {E3}",
    f"{EPISODE}__ends_with_spell": f"update int_episode set ended_on = '2026-01-10' {SECOND_EPISODE}",
    f"{EPISODE}__follows_without_gap": f"update int_episode set started_on = '2026-01-09' {SECOND_EPISODE}",
    f"{EPISODE}__follows_without_overlap": f"update int_episode set started_on = '2026-01-07' {SECOND_EPISODE}",
    f"{EPISODE}__one_patient_per_spell": f"update int_episode set patient_key = 'p4' {E3}",
    f"{EPISODE}__treatment_function_present": f"update int_episode set treatment_function_code = null {E3}",
    f"{EPISODE}__consultant_present": f"update int_episode set consultant_code = null {E3}",
    f"{EPISODE}__diagnosis_form": f"update int_episode set primary_diagnosis_code = '4019' {E3}",
    f"{EPISODE}__procedure_form": "update int_episode set primary_procedure_code = '8154' where episode_id = 'S8|1'",
    f"{EPISODE}__diagnosis_valid_on_the_day": f"update int_episode set primary_diagnosis_code = 'I841' {E3}",
    f"{EPISODE}__operation_has_its_case": (
        "update int_episode set primary_procedure_code = 'T201' where episode_id = 'S8|1'"
    ),
    f"{CASE}__times_complete": f"update int_theatre_case set into_anaesthetic_room_at = null {C3}",
    f"{CASE}__times_in_order": f"update int_theatre_case set procedure_finish_at = '2026-01-06 10:10+00' {C3}",
    f"{CASE}__lasts_a_day_at_most": f"update int_theatre_case set out_of_theatre_at = '2026-01-07 10:05+00' {C3}",
    f"{CASE}__list_known": f"update int_theatre_case set has_known_list = false {C3}",
    f"{CASE}__inside_its_list": (
        "update int_theatre_list set planned_start_at = '2026-01-06 04:30+00',"
        f" planned_finish_at = '2026-01-06 07:30+00' {L3}"
    ),
    f"{CASE}__one_at_a_time": f"update int_theatre_case set theatre_list_id = 'L2' {C3}",
    f"{CASE}__spell_of_the_same_patient": f"update int_theatre_case set patient_key = 'p4' {C3}",
    f"{CASE}__operated_during_spell": f"update int_theatre_case set list_on = '2026-01-12' {C3}",
    f"{CASE}__operation_has_its_procedure": f"update int_episode set primary_procedure_code = null {S3}",
    f"{CASE}__cancelled_or_operated": f"update int_theatre_case set cancelled_on = list_on {C3}",
    f"{CASE}__surgeon_present": f"update int_theatre_case set operating_surgeon_code = null {C3}",
    f"{LIST}__planned_times_usable": f"update int_theatre_list set has_usable_planned_times = false {L3}",
    f"{LIST}__case_times_usable": f"update int_theatre_list set has_usable_case_times = false {L3}",
    f"{LIST}__owner_present": f"update int_theatre_list set list_owner_code = null {L3}",
    f"{LIST}__nobody_operated_on_a_cancelled_list": f"update int_theatre_list set is_cancelled = true {L3}",
    f"{LIST}__held_list_has_operations": f"update int_theatre_list set operated_case_count = 0 {L3}",
    f"{LIST}__one_list_at_a_time": f"update int_theatre_list set theatre_code = 'T2' {L3}",
    "int_attendance__booked_after_birth": ("update int_patient set birth_on = '2026-01-02' where patient_key = 'p3';"),
    "int_attendance__referred_before_appointment": (
        f"update int_attendance set referral_received_on = '2025-12-02' {A3}"
    ),
    "int_attendance__outcome_of_attendance_present": (
        f"update int_attendance set outcome_of_attendance_code = null {A3}"
    ),
    "int_attendance__treatment_function_present": f"update int_attendance set treatment_function_code = null {A3}",
    "int_attendance__consultant_present": f"update int_attendance set consultant_code = null {A3}",
    "int_attendance__session_was_held": ("update int_clinic_session set is_cancelled = true where clinic_code = 'CL3'"),
    "int_attendance__outcome_recorded": (f"update int_attendance set attended_or_did_not_attend_code = '0' {A3}"),
    "int_attendance__booked_on_usual_days": (
        "insert into int_attendance select 'A' || d || n, 'p3', d::date, 'C1000001', '100', null, '4', null, null"
        f" from {FORMER_DAYS}"
    ),
    "int_clinic_session__slots_plausible": (
        "update int_clinic_session set new_slot_count = -1 where clinic_code = 'CL3'"
    ),
    "int_clinic_session__booked_within_reason": (
        "update int_clinic_session set slot_count = 0 where clinic_code = 'CL3'"
    ),
    "int_clinic_session__held_session_has_appointments": (
        "insert into int_clinic_session values ('CL3|2025-12-02', 'CL3', '2025-12-02', 4, 8, 12, false)"
    ),
    "int_rtt_pathway__clock_started_before_month_end": (
        "update int_rtt_pathway set waited_days = -1 where rtt_pathway_id like '%R3'"
    ),
    "int_rtt_pathway__wait_plausible": (
        "update int_rtt_pathway set waited_days = 1827 where rtt_pathway_id like '%R3'"
    ),
    "int_rtt_pathway__treatment_function_present": (
        "update int_rtt_pathway set treatment_function_code = null where rtt_pathway_id like '%R3'"
    ),
    "int_waiting_list_entry__removed_after_decision": (
        "update int_waiting_list_entry set removed_on = '2025-09-30' where elective_admission_list_entry_id = 'W3'"
    ),
    "int_complication__spell_known": "update int_complication set spell_id = 'S99' where complication_id = 'X3'",
    "int_complication__after_admission": (
        "update int_complication set complication_on = '2026-01-04' where complication_id = 'X3'"
    ),
    "int_infection_surveillance__onset_after_operation": (
        "update int_infection_surveillance set infection_onset_on = '2026-01-05' where theatre_case_id = 'C1'"
    ),
    "int_infection_surveillance__onset_when_infected": (
        "update int_infection_surveillance set is_infected = true where theatre_case_id = 'C3'"
    ),
    "int_infection_surveillance__operation_under_surveillance_known": (
        "update int_infection_surveillance set theatre_case_id = 'C8' where theatre_case_id = 'C3'"
    ),
    "int_proms_pair__pair_linked": "update int_proms_pair set spell_id = null where proms_pair_id = 'Q3'",
    "int_proms_pair__pair_of_one_patient": "update int_proms_pair set is_mismatched = true where proms_pair_id = 'Q3'",
    "int_proms_pair__pair_in_order": "update int_proms_pair set is_out_of_order = true where proms_pair_id = 'Q3'",
    "int_patient__nhs_number_valid": (
        "update int_patient set nhs_number_check = 'wrong check digit' where patient_key = 'p3'"
    ),
    "int_patient__nhs_number_present": "update int_patient set nhs_number_check = 'missing' where patient_key = 'p3'",
    "int_patient__age_plausible": "update int_patient set birth_on = '1900-01-01' where patient_key = 'p3'",
    "int_patient__deprivation_known": "update int_patient set deprivation_decile = 11 where patient_key = 'p3'",
    "int_case_mix__age_and_sex_known": f"update int_case_mix set sex = 'not known' {S3}",
    "int_case_mix__diagnosis_known": f"update int_case_mix set diagnosis_group = 'not known' {S3}",
    "int_attribution__consultant_active_on_the_day": f"update int_attribution set rule_id = 'U1' {R3}",
    "int_attribution__carried_by_somebody": f"update int_attribution set consultant_code = null {R3}",
    "int_attribution__carried_in_service": f"update int_attribution set rule_id = 'A2' {R3}",
    "int_attribution__sources_agree": f"update int_attribution set evidence_class = 'outvoted' {R3}",
    "int_post__holder_known": "update int_post set clinician_key = null where post_id = 'P3'",
    "int_post__department_known": "update int_post set department_key = null where post_id = 'P3'",
    "int_job_plan_month__sessions_plausible": (
        "update int_job_plan_month set planned_session_count = 80 where post_month_id like 'P3%'"
    ),
}
# Faults that cannot but break other rules: rule -> (statement, these).
JOINT_FAULTS: dict[str, tuple[str, set[str]]] = {
    f"{SPELL}__admitted_before_death": (
        "insert into int_registered_death values ('p8', '2026-01-04')",
        {f"{SPELL}__death_on_day_of_discharge"},
    ),
    f"{SPELL}__discharge_not_before_admission": (
        f"update int_spell set discharged_on = '2026-01-04' {S3}",
        {f"{CASE}__operated_during_spell"},
    ),
    f"{SPELL}__patient_known": (
        "delete from int_patient where patient_key = 'p3'",
        {"int_attendance__patient_known"},
    ),
    "int_attendance__patient_known": (
        "delete from int_patient where patient_key = 'p3'",
        {f"{SPELL}__patient_known"},
    ),
    f"{SPELL}__admitted_after_birth": (
        "update int_patient set birth_on = '2026-01-06' where patient_key = 'p3'",
        {"int_attendance__booked_after_birth"},
    ),
    f"{SPELL}__coded_within_30_days": (
        "update int_spell set admitted_on = '2026-03-05', discharged_on = '2026-03-11', primary_diagnosis_code = null"
        " where spell_id = 'S8'",
        {
            f"{SPELL}__day_case_stays_no_night",
            f"{SPELL}__primary_diagnosis_coded_each_month",
            "int_complication__after_admission",
        },
    ),
    f"{SPELL}__admitted_on_usual_days": (
        "insert into int_spell select 'S' || d || n, 'p3', '1', 'elective', '1', d::date, d::date + 1, 'K409', 1, true"
        f" from {FORMER_DAYS}",
        set(),
    ),
    f"{EPISODE}__ends_after_start": (
        f"update int_episode set started_on = '2026-01-12' {SECOND_EPISODE}",
        {f"{EPISODE}__follows_without_gap"},
    ),
    f"{CASE}__spell_named": (
        f"update int_theatre_case set spell_id = null {C3}",
        {f"{EPISODE}__operation_has_its_case"},
    ),
    f"{CASE}__spell_known": (
        f"update int_theatre_case set spell_id = 'S99' {C3}",
        {f"{EPISODE}__operation_has_its_case"},
    ),
    f"{CASE}__operated_before_death": (
        "insert into int_registered_death values ('p3', '2026-01-04')",
        {f"{SPELL}__admitted_before_death", f"{SPELL}__death_on_day_of_discharge"},
    ),
    f"{CASE}__operated_on_usual_days": (
        "insert into int_theatre_case select 'C' || d || n, 'H' || d || n, true, d::date, 'p3', null, d, null, null, d,"
        f" true, 'C1000001', 'T201', true, null from {FORMER_DAYS}",
        {f"{CASE}__spell_named"},
    ),
    "int_attendance__attended_before_death": (
        "insert into int_registered_death values ('p8', '2025-11-30')",
        {f"{SPELL}__admitted_before_death", f"{SPELL}__death_on_day_of_discharge"},
    ),
    "int_attendance__session_known": (
        "delete from int_clinic_session where clinic_code = 'CL3'",
        set(),
    ),
    "int_attribution__service_known": (
        f"update int_attribution set rule_id = 'U2' {R3}",
        {"int_attribution__consultant_active_on_the_day"},
    ),
    "int_registered_death__died_after_birth": (
        "update int_patient set birth_on = '2026-02-01' where patient_key = 'p1'",
        {f"{SPELL}__admitted_after_birth", "int_attendance__booked_after_birth"},
    ),
}


def every_fault() -> dict[str, tuple[str, set[str]]]:
    return {rule_id: (change, set()) for rule_id, change in FAULTS.items()} | JOINT_FAULTS


def plant(owner: psycopg.Connection, rule_id: str) -> set[str]:
    """Break the rule; return the tables that are changed."""
    change, _ = every_fault()[rule_id]
    owner.execute(f"set search_path to intermediate; {change}; reset search_path")
    return set(re.findall(r"(?:update|into|from) (int_\w+)", change))
