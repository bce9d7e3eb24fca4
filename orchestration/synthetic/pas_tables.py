"""PAS extracts: arrays of patients, episodes, appointments, entries, pathways and sessions as columns of text."""

import numpy as np

from orchestration.synthetic import episodes, pathways, treatments
from orchestration.synthetic.admissions import BIRTH, METHODS
from orchestration.synthetic.catalogue import DEPARTMENTS, MIDWIFE_FUNCTION, SITES, TRUST_CODE
from orchestration.synthetic.columns import Column, Day, Measured, Numbered, Table, coded, constant
from orchestration.synthetic.days import NEVER
from orchestration.synthetic.patients import ETHNIC, Population, nhs_numbers
from orchestration.synthetic.registration import number_at, usual_number
from orchestration.synthetic.workforce import Workforce

FUNCTIONS = tuple(department.function for department in DEPARTMENTS)
MIDWIFE = "M9999998"
_DIGITS = tuple("0123456789")
_STATUSES = ("01", "02", "03")
_DISTRICTS = tuple(f"ZZ{district} {sector}" for district in range(1, 11) for sector in range(10))
_UNITS = tuple(first + second for first in "ABDEFGHJLNPQRSTUWXYZ" for second in "ABDEFGHJLNPQRSTUWXYZ")
POSTCODES = tuple(district + unit for district in _DISTRICTS for unit in _UNITS)
_PROCEDURE_CLINIC = ("X403", "U054", "X384", "Y981", "E254", "M474", "Q554", "C864")


def consultant(clinicians: np.ndarray, workforce: Workforce) -> Column:
    """GMC-based code of `clinicians`; `NOBODY` is blank."""
    return coded(clinicians, workforce.codes)


def treatment_opcs(numbers: np.ndarray) -> Column:
    """OPCS-4 code of treatment `numbers`."""
    return coded(numbers, [treatment.opcs for treatment in treatments.TREATMENTS])


def patients(population: Population, seed: int) -> Table:
    """Snapshot of everyone known to the trust."""
    records = population.records
    count = len(records)
    numbers = nhs_numbers(count, seed)
    status = np.where(numbers == 0, 2, records["traced"])
    numbers = np.where(status == 2, 0, numbers)
    return {
        "local_patient_identifier": usual_number(np.arange(count)),
        "nhs_number": Numbered(numbers),
        "nhs_number_status_indicator_code": coded(status, _STATUSES),
        "person_birth_date": Day(records["birth"]),
        "person_stated_gender_code": coded(records["sex"], ("1", "2")),
        "ethnic_category": coded(records["ethnic"], ETHNIC),
        "postcode_of_usual_address": coded(records["street"], POSTCODES),
        "index_of_multiple_deprivation_decile": Measured(records["deprivation"]),
    }


def consultant_episodes(
    spells: np.ndarray, rows: np.ndarray, coding: episodes.Coding, workforce: Workforce, known_to: int
) -> Table:
    """Episodes as PAS knows them on day `known_to`: what lies after it is blank, unfinished stays are not coded."""
    of = spells[rows["spell"]]
    count = len(rows)
    ended = rows["end"] <= known_to
    finished = of["discharged"] <= known_to
    died = of["result"] == 4
    midwife = of["midwife"]
    function = np.where(midwife, len(FUNCTIONS), rows["department"])
    main = coded(function, (*FUNCTIONS, MIDWIFE_FUNCTION))
    newborn = of["kind"] == BIRTH
    is_last = rows["number"] == of["episodes"]
    result = np.where(finished, np.where(is_last, of["result"], 1), 8)
    destination = np.where(~finished, 3, np.where(died, 1, np.where(of["number"] % 41 == 0, 2, 0)))
    table: Table = {
        "hospital_provider_spell_number": Numbered(of["number"], "S", 9),
        "episode_number": Measured(rows["number"]),
        "local_patient_identifier": number_at(of["patient"], of["number"]),
        "organisation_identifier_code_of_provider": constant(TRUST_CODE, count),
        "site_code_of_treatment": coded(rows["department"] % 5 == 2, SITES),
        "administrative_category_code": coded(of["number"] % 97 == 0, ("01", "02")),
        "patient_classification_code": coded(of["classification"], _DIGITS),
        "intended_management_code": coded(of["intended"], _DIGITS),
        "admission_method_code": coded(of["method"], METHODS),
        "source_of_admission_code": coded(
            np.where(newborn, 1, np.where(of["number"] % 53 == 0, 2, 0)), ("19", "79", "51")
        ),
        "start_date_hospital_provider_spell": Day(of["admitted"]),
        "start_date_episode": Day(rows["start"]),
        "end_date_episode": Day(np.where(ended, rows["end"], NEVER)),
        "discharge_date_hospital_provider_spell": Day(np.where(finished, of["discharged"], NEVER)),
        "discharge_method_code": coded(result, _DIGITS),
        "discharge_destination_code": coded(np.where(destination == 3, -1, destination), ("19", "79", "51")),
        "consultant_code": coded(
            np.where(midwife, len(workforce.codes), rows["consultant"]), (*workforce.codes, MIDWIFE)
        ),
        "care_professional_main_specialty_code": main,
        "activity_treatment_function_code": main,
        "elective_admission_list_entry_number": Numbered(of["entry"], "W", 9),
    }
    # Coders work after discharge.
    icd = np.where(finished[:, None], coding.icd, 0)
    opcs = np.where(finished[:, None], coding.opcs, 0)
    icd_words, opcs_words = episodes.ICD.words().tolist(), episodes.OPCS.words().tolist()
    for field in range(episodes.DIAGNOSES):
        name = f"secondary_diagnosis_icd_{field}" if field else "primary_diagnosis_icd"
        table[name] = coded(icd[:, field], icd_words)
    table["primary_procedure_date"] = Day(np.where(opcs[:, 0] > 0, coding.opcs_day, NEVER))
    for field in range(episodes.PROCEDURES):
        name = f"secondary_procedure_opcs_{field}" if field else "primary_procedure_opcs"
        table[name] = coded(opcs[:, field], opcs_words)
    return table


def outpatient_attendances(rows: np.ndarray, workforce: Workforce) -> Table:
    """Appointments: past ones with what came of them, future ones as booked."""
    function = coded(rows["department"], FUNCTIONS)
    procedure = np.where(rows["has_procedure"], rows["department"] % len(_PROCEDURE_CLINIC), -1)
    return {
        "attendance_identifier": Numbered(rows["number"], "A", 9),
        "local_patient_identifier": number_at(rows["patient"], rows["number"]),
        "appointment_date": Day(rows["day"]),
        "consultant_code": consultant(rows["consultant"], workforce),
        "care_professional_main_specialty_code": function,
        "activity_treatment_function_code": function,
        "clinic_code": Numbered(rows["code"], "CL", 6),
        "first_attendance_code": coded(rows["first"], _DIGITS),
        "attended_or_did_not_attend_code": coded(rows["attended"], _DIGITS),
        "outcome_of_attendance_code": coded(np.where(rows["outcome"] > 0, rows["outcome"], -1), _DIGITS),
        "referral_request_received_date": Day(rows["referred"]),
        "primary_procedure_opcs": coded(procedure, _PROCEDURE_CLINIC),
    }


def elective_admission_list(entries: np.ndarray, workforce: Workforce) -> Table:
    """Entries of the elective admission list, closed or still waiting."""
    return {
        "elective_admission_list_entry_number": Numbered(entries["number"], "W", 9),
        "local_patient_identifier": usual_number(entries["patient"]),
        "consultant_code": consultant(entries["consultant"], workforce),
        "activity_treatment_function_code": coded(entries["department"], FUNCTIONS),
        "decided_to_admit_date": Day(entries["decided"]),
        "intended_management_code": coded(entries["intended"], _DIGITS),
        "intended_procedure_opcs": treatment_opcs(entries["treatment"]),
        "elective_admission_list_removal_reason_code": coded(
            np.where(entries["reason"] > 0, entries["reason"], -1), _DIGITS
        ),
        "elective_admission_list_removal_date": Day(entries["removed"]),
    }


def rtt_pathways(rows: np.ndarray, known: np.ndarray, workforce: Workforce) -> Table:
    """Incomplete pathways at month ends: `rows` of `pathways.OPEN` over the `known` pathways."""
    of = known[rows["pathway"]]
    return {
        "month_end_date": Day(rows["month_end"]),
        "patient_pathway_identifier": Numbered(of["number"], "R", 9),
        "local_patient_identifier": usual_number(of["patient"]),
        "consultant_code": consultant(of["consultant"], workforce),
        "activity_treatment_function_code": coded(of["department"], FUNCTIONS),
        "referral_to_treatment_period_start_date": Day(of["start"]),
        "referral_to_treatment_period_status_code": coded(rows["status"], pathways.STATUSES),
    }


def clinic_templates(sessions: np.ndarray, workforce: Workforce) -> Table:
    """Clinic sessions with the slots that they offered."""
    return {
        "clinic_code": Numbered(sessions["code"], "CL", 6),
        "session_date": Day(sessions["day"]),
        "consultant_code": consultant(sessions["consultant"], workforce),
        "activity_treatment_function_code": coded(sessions["department"], FUNCTIONS),
        "slots_new": Measured(sessions["new"]),
        "slots_follow_up": Measured(sessions["follow_up"]),
        "clinic_status_code": coded(~sessions["held"], ("H", "C")),
    }
