"""Entities of a trust with eight patients, with no fault: so few that one fault is more than any rule accepts."""

import psycopg

SCHEMA = "intermediate"

_TABLES = """
drop schema if exists intermediate cascade;
create schema intermediate;
set search_path to intermediate;
create table int_reporting_period as select date '2025-06-01' as data_from_on, date '2026-05-31' as data_to_on;
create table int_patient as
select
    'p' || i as patient_key, date '1950-01-01' as birth_on, '1' as sex_code, 5 as deprivation_decile,
    'valid' as nhs_number_check
from generate_series(1, 8) as i;
create table int_registered_death as select 'p1' as patient_key, date '2026-01-11' as died_on;
-- The last is a day case, whose operation was cancelled.
create table int_spell as
select
    'S' || i as spell_id, 'p' || i as patient_key, case when i = 8 then '2' else '1' end as patient_classification_code,
    'elective' as admission_type, case when i = 1 then '4' else '1' end as discharge_method_code,
    date '2026-01-05' as admitted_on, case when i = 8 then date '2026-01-05' else '2026-01-11' end as discharged_on,
    'K409' as primary_diagnosis_code, 1 as first_episode_number, true as has_all_episodes
from generate_series(1, 8) as i;
-- All others are transferred once.
create table int_episode as
select
    s.spell_id || '|' || n as episode_id, s.spell_id, n as episode_number, s.patient_key, s.admitted_on,
    case when n = 1 then s.admitted_on else date '2026-01-08' end as started_on,
    case when n = 1 and s.spell_id <> 'S8' then date '2026-01-08' else s.discharged_on end as ended_on,
    s.discharged_on, 'C1000001' as consultant_code, '100' as treatment_function_code,
    replace(s.spell_id, 'S', 'W') as elective_admission_list_entry_id, s.primary_diagnosis_code,
    case when n = 1 and s.spell_id <> 'S8' then 'T201' end as primary_procedure_code
from int_spell as s
cross join generate_series(1, 2) as n
where s.spell_id <> 'S8' or n = 1;
create table int_waiting_list_entry as
select
    'W' || i as elective_admission_list_entry_id, date '2025-10-01' as decided_to_admit_on,
    date '2026-01-05' as removed_on
from generate_series(1, 8) as i;
create table int_theatre_list as
select
    'L' || i as theatre_list_id, 'T' || i as theatre_code, date '2026-01-06' as list_on,
    timestamptz '2026-01-06 08:30+00' as planned_start_at, timestamptz '2026-01-06 12:30+00' as planned_finish_at,
    'C1000001' as list_owner_code, true as is_elective, i = 8 as is_cancelled,
    case when i = 8 then 0 else 1 end as operated_case_count, true as has_usable_planned_times,
    true as has_usable_case_times
from generate_series(1, 8) as i;
create table int_theatre_case as
select
    'C' || i as theatre_case_id, 'L' || i as theatre_list_id, true as has_known_list, date '2026-01-06' as list_on,
    'p' || i as patient_key, 'S' || i as spell_id,
    case when i < 8 then timestamptz '2026-01-06 08:35+00' end as into_anaesthetic_room_at,
    case when i < 8 then timestamptz '2026-01-06 08:50+00' end as knife_to_skin_at,
    case when i < 8 then timestamptz '2026-01-06 09:50+00' end as procedure_finish_at,
    case when i < 8 then timestamptz '2026-01-06 10:05+00' end as out_of_theatre_at,
    i < 8 as has_usable_times, 'C1000001' as operating_surgeon_code, 'T201' as primary_procedure_code,
    i < 8 as is_operated, case when i = 8 then date '2026-01-05' end as cancelled_on
from generate_series(1, 8) as i;
create table int_clinic_session as
select
    'CL' || i || '|2025-12-01' as clinic_session_id, 'CL' || i as clinic_code, date '2025-12-01' as session_on,
    4 as new_slot_count, 8 as follow_up_slot_count, 12 as slot_count, false as is_cancelled
from generate_series(1, 8) as i;
create table int_attendance as
select
    'A' || i as attendance_id, 'p' || i as patient_key, date '2025-12-01' as appointment_on,
    'C1000001' as consultant_code, '100' as treatment_function_code, 'CL' || i as clinic_code,
    '5' as attended_or_did_not_attend_code, '1' as outcome_of_attendance_code,
    date '2025-11-01' as referral_received_on
from generate_series(1, 8) as i;
create table int_rtt_pathway as
select '2026-04-30|R' || i as rtt_pathway_id, '100' as treatment_function_code, 100 as waited_days
from generate_series(1, 8) as i;
create table int_complication as
select 'X' || i as complication_id, 'S' || i as spell_id, date '2026-01-12' as complication_on
from generate_series(1, 8) as i;
create table int_infection_surveillance as
select
    'C' || i as theatre_case_id, i = 1 as is_infected, case when i = 1 then date '2026-01-10' end as infection_onset_on
from generate_series(1, 7) as i;
create table int_proms_pair as
select 'Q' || i as proms_pair_id, 'S' || i as spell_id, false as is_mismatched, false as is_out_of_order
from generate_series(1, 8) as i;
create table int_case_mix as
select 'S' || i as spell_id, '70-74' as age_band, 'male' as sex, 'K40' as diagnosis_group
from generate_series(1, 8) as i;
create table int_attribution as
select
    'spell' as record_type, 'S' || i as record_id, 'discharging_consultant' as attribution_role,
    'C1000001' as consultant_code, 'A1' as rule_id, 'agreed' as evidence_class
from generate_series(1, 8) as i;
create table int_post as
select 'P' || i as post_id, 'k' || i as clinician_key, 'department:DEP1' as department_key
from generate_series(1, 8) as i;
create table int_job_plan_month as
select 'P' || i || '|2026-04-01' as post_month_id, 20 as planned_session_count, 16 as worked_session_count
from generate_series(1, 8) as i;
reset search_path;
"""


def fill(connection: psycopg.Connection) -> None:
    """Make the entities anew."""
    connection.execute(_TABLES)
