"""A trust small enough to work out by hand: its extracts, typed here, each row there for a boundary."""

import csv
from pathlib import Path

from tests.known_answer.read import declared

# Data reach from March 2024 to 30 April 2025, the day of attendance A08.

# GS (general surgery) moves from division SURG to MED on 1 March 2025; OLD closes at the end of 2024.
ORGANISATION_UNIT = """
org_unit_code, org_unit_level, parent_org_unit_code, treatment_function_code, valid_from_date, valid_to_date
RXX,  trust,      ,     ,    2020-01-01,
SURG, division,   RXX,  ,    2020-01-01,
MED,  division,   RXX,  ,    2020-01-01,
GS,   department, SURG, 100, 2020-01-01, 2025-02-28
GS,   department, MED,  100, 2025-03-01,
TO,   department, SURG, 110, 2020-01-01,
OBS,  department, MED,  501, 2020-01-01,
OLD,  department, MED,  300, 2020-01-01, 2024-12-31
"""
# The default code has a row of its own, as careless workforce systems send it: it still is nobody.
CLINICIAN = """
consultant_code, clinician_name, grade
C1000001, Ms A Able,        consultant
C1000002, Mr B Baker,       consultant
C1000003, Dr C Cook,        consultant
C1000004, Dr D Dean,        consultant
C9999998, Unknown Clinician, consultant
"""
# Able has two posts; Baker's begins and ends in mid-month; Cook's two posts tie on their share;
# Dean's goes on after its department was closed.
POST = """
post_number, consultant_code, org_unit_code, post_share, valid_from_date, valid_to_date
P01, C1000001, GS,  0.4, 2020-01-01,
P02, C1000001, TO,  0.6, 2020-01-01,
P03, C1000002, TO,  1.0, 2024-06-15, 2025-02-10
P05, C1000003, OBS, 0.5, 2020-01-01,
P04, C1000003, OBS, 0.5, 2020-01-01,
P06, C1000004, OLD, 1.0, 2020-01-01,
P99, C9999998, GS,  1.0, 2020-01-01,
"""
LEADERSHIP_POST = """
user_name, person_name, leadership_role, org_unit_code, valid_from_date
e.chief, Ms E Chief, executive, RXX, 2020-01-01
"""
PATIENT = """
local_patient_identifier
p01
p02
p03
p04
p05
p06
p07
p08
p09
p10
p11
p12
p13
p14
"""
EPISODE_COLUMNS = """
spell, episode, patient, class, intended, method, admitted, discharged, discharge, consultant, function, d1, d20
"""
# S01-S02 29 days apart, S02-S03 30 days; S03 after Baker's post ended, its next S22 is elective.
# S04-S05 return on the day of discharge. S05 dies; its episodes are 9 and 10 (numbers, not text), and the
# tenth contradicts the ninth about the admission: the first episode is believed on that.
# S06 a day case; S08 a day case kept overnight, of a closed service, next S07 in midwifery.
# S10 comes exactly 365 days after the chemotherapy in S09 (code in the last field), S11 366 days after S12,
# S30 on the day of S29. S12 went home the same day though a night was planned.
# S13 returns with cancer; S14 is followed to the very last day, when S15 returns (and is moved to obstetrics
# in its second episode); S16 is followed a day less.
# S17 a regular attender between S18 and its readmission S19 (discharged nobody knows how), S28 by night;
# S20 and S26 births; S21 a stillbirth; S24 maternity by admission method, S25 by service.
# S22 has a discharge method that is not known, and an intention in its second episode only;
# S23 a discharge date but "not finished" (8).
EPISODE = """
S01, 1,  p01, 1, 8, 21, 2025-01-06, 2025-01-10, 1, C1000001, 100, K359,
S02, 1,  p01, 1, 8, 21, 2025-02-08, 2025-02-08, 1, C1000002, 110, S720,
S03, 1,  p01, 1, 8, 21, 2025-03-10, 2025-03-12, 1, C1000002, 110, S720,
S04, 1,  p02, 1, 1, 11, 2025-01-13, 2025-01-15, 1, C1000001, 110, M161,
S05, 9,  p02, 1, 8, 2A, 2025-01-16, ,            , C1000001, 110, T840,
S05, 10, p02, 2, 2, 11, 2025-01-17, 2025-01-20, 4, C9999998, 100, T840,
S06, 1,  p03, 2, 2, 12, 2025-02-03, 2025-02-03, 1, C1000001, 100, K409,
S07, 1,  p04, 1, 8, 22, 2025-02-20, 2025-02-21, 1, C1000003, 560, O800,
S08, 1,  p04, 1, 2, 11, 2025-02-10, 2025-02-11, 1, C1000001, 300, K800,
S09, 1,  p05, 1, 1, 13, 2024-03-08, 2024-03-10, 1, C1000002, 110, M161, Z511
S10, 1,  p05, 1, 8, 21, 2025-03-10, 2025-03-11, 1, C1000003, 999, R104,
S11, 1,  p06, 1, 8, 21, 2025-03-11, 2025-03-14, 1, C1000001, 100, R104,
S12, 1,  p06, 2, 1, 11, 2024-03-10, 2024-03-10, 1, C7777777, 999, C189,
S13, 1,  p06, 1, 8, 21, 2025-03-20, ,            , C1000001, 100, C349,
S14, 1,  p07, 1, 8, 28, 2025-03-30, 2025-04-01, 1, C1000001, 110, S720,
S15, 1,  p07, 1, 8, 2D, 2025-04-30, ,           8, C1000001, 110, S720,
S15, 2,  p07, 1, 8, 2D, 2025-04-30, ,           8, C1000003, 501, S720,
S16, 1,  p08, 1, 8, 21, 2025-04-01, 2025-04-02, 1, C1000001, 100, K359,
S17, 1,  p09, 3, 4, 11, 2025-01-20, 2025-01-20, 1, C1000001, 100, N185,
S18, 1,  p09, 1, 8, 21, 2025-01-16, 2025-01-18, 1, C1000001, 100, K359,
S19, 1,  p09, 1, 8, 21, 2025-02-01, 2025-02-04,  , C1000001, 100, K359,
S20, 1,  p10, 5, 8, 82, 2025-02-20, 2025-02-22, 1, C1000003, 424, Z380,
S21, 1,  p11, 1, 8, 31, 2025-02-21, 2025-02-21, 5, C1000003, 501, O364,
S22, 1,  p01, 1, 8, 11, 2025-04-07, ,            , C1000001, 110, M161,
S22, 2,  p01, 1, 2, 11, 2025-04-07, 2025-04-09, 9, C1000001, 110, M161,
S23, 1,  p13, 1, 1, 11, 2025-04-10, 2025-04-12, 8, C1000001, 110, M161,
S24, 1,  p12, 1, 8, 32, 2025-03-03, 2025-03-04, 1, C1000003, 424, Z370,
S25, 1,  p12, 1, 8, 24, 2025-02-24, 2025-02-25, 1, C1000003, 501, O470,
S26, 1,  p13, 5, 8, 83, 2025-03-05, 2025-03-06, 1, C1000003, 424, Z380,
S28, 1,  p08, 4, 5, 13, 2025-04-03, 2025-04-04, 1, C1000001, 100, G473,
S29, 1,  p14, 2, 2, 11, 2025-04-14, 2025-04-14, 1, C1000001, 100, Z511,
S30, 1,  p14, 1, 8, 23, 2025-04-14, 2025-04-15, 1, C1000001, 100, R104,
"""
# Next day: S04 left a day later than first said; S08's intention is "corrected" to 1 (and S16 by a row
# whose discharge method is no code: quarantined, what stood stands).
EPISODE_CORRECTIONS = """
S04, 1,  p02, 1, 1, 11, 2025-01-13, 2025-01-16, 1, C1000001, 110, M161,
S08, 1,  p04, 1, 1, 11, 2025-02-10, 2025-02-11, 1, C1000001, 300, K800,
S16, 1,  p08, 1, 8, 21, 2025-04-01, 2025-04-03, X, C1000001, 100, K359,
"""
# Later that day S08 is sent again as it was first: the last word counts, even where it was heard before.
EPISODE_REVERSAL = """
S08, 1,  p04, 1, 2, 11, 2025-02-10, 2025-02-11, 1, C1000001, 300, K800,
"""
ATTENDANCE_COLUMNS = """
attendance_identifier, patient, appointment_date, consultant, function, first, attended
"""
# A03 and A04 on the last day before and the first day after the move; A09 after the end of data;
# A10 still "future" on a day that has passed; A11 and A12 around the end of Baker's post, A13 its first day;
# A14 and A15 around the closing of OLD, which A18 survives;
# A16 has no such code and A17 no such day (both quarantined).
ATTENDANCE = """
A01, p01, 2025-01-31, C1000001, 100, 1, 5
A02, p02, 2025-01-31, C1000001, 100, 2, 3
A03, p03, 2025-02-28, C1000001, 100, 2, 7
A04, p04, 2025-03-01, C1000001, 100, 1, 6
A05, p05, 2025-03-03, C1000001, 100, 5, 3
A06, p06, 2025-03-03, C1000001, 100, 1, 2
A07, p07, 2025-03-03, C1000001, 100, 1, 4
A08, p08, 2025-04-30, C1000003, 501, 3, 5
A09, p09, 2025-05-07, C1000003, 501, 3, 0
A10, p10, 2025-04-15, C1000003, 501, 2, 0
A11, p11, 2025-02-10, C1000002, 110, 2, 3
A12, p12, 2025-02-11, C1000002, 110, 2, 3
A13, p13, 2024-06-15, C1000002, 110, 1, 5
A14, p01, 2024-12-31, ,         300, 4, 5
A15, p02, 2025-01-02, ,         300, 4, 3
A18, p05, 2025-02-12, C1000004, 300, 2, 5
"""
ATTENDANCE_BROKEN = """
A16, p03, 2025-01-31, C1000001, 100, 1, 9
A17, p04, 2025-02-30, C1000001, 100, 1, 3
"""
LIST_COLUMNS = """
list, list_date, planned_start_at, planned_finish_at, owner, function, session, status
"""
# L3 cancelled; L4 trauma; L5 without length; L6 a minute over 14 hours, L7 exactly 14 and empty;
# L10 and L11 on the nights when the clock changes.
LIST = """
L1,  2025-01-15, 2025-01-15 09:00:00, 2025-01-15 13:00:00, C1000001, 100, E, H
L2,  2025-01-22, 2025-01-22 09:00:00, 2025-01-22 13:00:00, C1000001, 100, E, H
L3,  2025-01-29, 2025-01-29 09:00:00, 2025-01-29 13:00:00, C1000001, 100, E, C
L4,  2025-02-05, 2025-02-05 09:00:00, 2025-02-05 13:00:00, C1000001, 110, T, H
L5,  2025-02-12, 2025-02-12 09:00:00, 2025-02-12 09:00:00, C1000001, 110, E, H
L6,  2025-02-19, 2025-02-19 08:00:00, 2025-02-19 22:01:00, C1000001, 110, E, H
L7,  2025-02-26, 2025-02-26 08:00:00, 2025-02-26 22:00:00, C1000001, 110, E, H
L8,  2025-03-05, 2025-03-05 09:00:00, 2025-03-05 12:00:00, C1000001, 100, E, H
L9,  2025-03-12, 2025-03-12 09:00:00, 2025-03-12 12:00:00, C1000001, 100, E, H
L10, 2025-03-30, 2025-03-30 00:00:00, 2025-03-30 06:00:00, C9999998, 110, E, H
L11, 2024-10-27, 2024-10-27 00:00:00, 2024-10-27 06:00:00, C1000002, 110, E, H
L12, 2025-03-19, 2025-03-19 09:00:00, 2025-03-19 13:00:00, C1000001, 100, E, H
L13, 2025-03-26, 2025-03-26 09:00:00, 2025-03-26 13:00:00, C1000001, 100, E, H
L14, 2025-03-20, 2025-03-20 09:00:00, 2025-03-20 13:00:00, C1000001, 100, E, H
L15, 2025-03-21, 2025-03-21 09:00:00, 2025-03-21 13:00:00, C1000001, 100, E, H
"""
CASE_COLUMNS = """
case, list, urgency, case_status, t1, t2, t3, t4, cancelled_at, reason, postponed
"""
# L1: K1 in before the start, K2 in before K1 is out, K3 out after the finish.
# L2: K4 with T1 and T4 only; K21 wholly after the finish; K5 cancelled on the day, K16 a postponement,
# K17 without a time of cancelling, K20 cancelled a day late. L3: K6 on the day, K7 a minute before it.
# K10 without T4, K22 without T1; K11 with T3 before T2, K23 with T3 before T1 and no T2;
# K14 a minute over 24 hours, K15 exactly 24, with K24 and then K25 wholly within it; K19 of no known list.
CASE = """
K1,  L1,  4, O, 2025-01-15 08:50:00, 2025-01-15 09:10:00, 2025-01-15 10:00:00, 2025-01-15 10:30:00, , , N
K2,  L1,  4, O, 2025-01-15 10:20:00, 2025-01-15 10:40:00, 2025-01-15 11:10:00, 2025-01-15 11:30:00, , , N
K3,  L1,  4, O, 2025-01-15 12:00:00, 2025-01-15 12:20:00, 2025-01-15 13:20:00, 2025-01-15 13:30:00, , , N
K4,  L2,  4, O, 2025-01-22 09:25:00, , ,                                       2025-01-22 12:00:00, , , N
K5,  L2,  4, C, , , , , 2025-01-22 12:00:00, H1, N
K16, L2,  4, C, , , , , 2025-01-22 12:00:00, H1, Y
K17, L2,  4, C, , , , , ,                    H1, N
K20, L2,  4, C, , , , , 2025-01-23 09:00:00, H3, N
K21, L2,  4, O, 2025-01-22 13:30:00, 2025-01-22 13:40:00, 2025-01-22 14:20:00, 2025-01-22 14:30:00, , , N
K6,  L3,  4, C, , , , , 2025-01-29 07:30:00, H2, N
K7,  L3,  4, C, , , , , 2025-01-28 23:59:00, H2, N
K8,  L4,  2, O, 2025-02-05 09:00:00, 2025-02-05 09:10:00, 2025-02-05 10:00:00, 2025-02-05 10:30:00, , , N
K9,  L7,  4, C, , , , , 2025-02-26 08:10:00, P2, N
K10, L8,  4, O, 2025-03-05 09:00:00, 2025-03-05 09:10:00, 2025-03-05 10:00:00, ,                    , , N
K11, L9,  4, O, 2025-03-12 09:00:00, 2025-03-12 10:10:00, 2025-03-12 10:00:00, 2025-03-12 10:30:00, , , N
K12, L10, 4, O, 2025-03-30 00:30:00, 2025-03-30 00:45:00, 2025-03-30 03:15:00, 2025-03-30 03:30:00, , , N
K13, L11, 4, O, 2024-10-27 00:30:00, 2024-10-27 00:45:00, 2024-10-27 03:15:00, 2024-10-27 03:30:00, , , N
K14, L12, 4, O, 2025-03-19 09:00:00, 2025-03-19 09:10:00, 2025-03-19 13:00:00, 2025-03-20 09:01:00, , , N
K15, L13, 4, O, 2025-03-26 09:00:00, 2025-03-26 09:10:00, 2025-03-26 13:00:00, 2025-03-27 09:00:00, , , N
K24, L13, 3, O, 2025-03-26 10:00:00, , , 2025-03-26 10:30:00, , , N
K25, L13, 3, O, 2025-03-26 11:00:00, , , 2025-03-26 11:30:00, , , N
K18, L13, 4, C, , , , , 2025-03-26 08:30:00, M1, N
K22, L14, 3, O, , 2025-03-20 09:10:00, 2025-03-20 10:00:00, 2025-03-20 10:30:00, , , N
K23, L15, 3, O, 2025-03-21 09:30:00, , 2025-03-21 09:20:00, 2025-03-21 10:30:00, , , N
K19, LX,  4, C, , , , , 2025-03-26 08:30:00, H1, N
"""
# No measure counts these cases of a trauma list; among them K19 is too rare for the gate to refuse the feed. For the
# same reason some good rows are sent several times below, which changes nothing.
TRAUMA_CASES = "\n".join(f"U{number}, L4, 1, O, 2025-02-05 11:00:00, , , 2025-02-05 12:00:00" for number in range(40))
# Short heads of the tables above, and the columns of the contract for which they stand.
SHORT = {
    "spell": "hospital_provider_spell_number",
    "episode": "episode_number",
    "patient": "local_patient_identifier",
    "class": "patient_classification_code",
    "intended": "intended_management_code",
    "method": "admission_method_code",
    "admitted": "start_date_hospital_provider_spell",
    "discharged": "discharge_date_hospital_provider_spell",
    "discharge": "discharge_method_code",
    "consultant": "consultant_code",
    "function": "activity_treatment_function_code",
    "first": "first_attendance_code",
    "attended": "attended_or_did_not_attend_code",
    "list": "theatre_list_identifier",
    "owner": "list_owner_consultant_code",
    "session": "session_type_code",
    "status": "list_status_code",
    "case": "theatre_case_identifier",
    "urgency": "case_urgency_code",
    "case_status": "case_status_code",
    "t1": "into_anaesthetic_room_at",
    "t2": "knife_to_skin_at",
    "t3": "procedure_finish_at",
    "t4": "out_of_theatre_at",
    "reason": "cancellation_reason_code",
    "postponed": "postponed_within_24_hours_indicator",
    "d1": "primary_diagnosis_icd",
    "d20": "secondary_diagnosis_icd_19",
}
EXTRACTS = {
    "workforce__organisation_unit__20250501": ORGANISATION_UNIT,
    "workforce__clinician__20250501": CLINICIAN,
    "workforce__post__20250501": POST,
    "workforce__leadership_post__20250501": LEADERSHIP_POST,
    "pas__patient__20250501": PATIENT,
    "pas__consultant_episode__20250501": EPISODE_COLUMNS + EPISODE,
    "pas__consultant_episode__20250502": EPISODE_COLUMNS + EPISODE_CORRECTIONS,
    "pas__consultant_episode__20250502T1800": EPISODE_COLUMNS + 20 * EPISODE_REVERSAL,
    "pas__outpatient_attendance__20250501": ATTENDANCE_COLUMNS + 3 * ATTENDANCE + ATTENDANCE_BROKEN,
    "theatre__theatre_list__20250501": LIST_COLUMNS + LIST,
    "theatre__theatre_case__20250501": CASE_COLUMNS + CASE + TRAUMA_CASES,
}
# A row of the last file that breaks off in its third field: quarantined, and it corrects nothing.
TRUNCATED = {"pas__consultant_episode__20250502T1800": "S01,1,p0"}


def write_worked_trust(folder: Path) -> Path:
    """Write the extracts into `folder` with every declared column, and return it."""
    for stem, text in EXTRACTS.items():
        columns = [column.name for column in declared()[stem.rsplit("__", 1)[0]].columns]
        with (folder / f"{stem}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writerow({name: name.replace("_", " ").upper() for name in columns})
            writer.writerows(_filled(row, columns) for row in _parsed(text))
            if stem in TRUNCATED:
                file.write(TRUNCATED[stem] + "\n")
    return folder


def _parsed(text: str) -> list[dict[str, str]]:
    header, *lines = [
        [field.strip() for field in line.split(",")] for line in text.strip().splitlines() if line.strip()
    ]
    names = [SHORT.get(name, name) for name in header]
    return [dict(zip(names, [*line, *[""] * len(names)], strict=False)) for line in lines]


def _filled(row: dict[str, str], columns: list[str]) -> dict[str, str]:
    """Fill what the contract requires and no measure reads."""
    row = {
        "organisation_identifier_code_of_provider": "RZZ",
        "start_date_episode": row.get("start_date_hospital_provider_spell", ""),
        "end_date_episode": row.get("discharge_date_hospital_provider_spell", ""),
        "org_unit_name": row.get("org_unit_code", ""),
        "theatre_code": "T1",
        "local_patient_identifier": "p01",
        **row,
    }
    return {name: value for name, value in row.items() if name in columns}
