"""A trust of ten patients and ten clinicians in raw tables, with no fault: each test plants one fault in it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from orchestration.extract import hashing
from orchestration.extract.contract import Contract

EXTRACTED_AT = datetime.fromisoformat("2026-06-01T06:00:00+00:00")
TODAY = date(2026, 6, 1)
# So few rows that one bad row is a tenth: more than any rule accepts.
COUNT = 10
CODES = [f"C{1000000 + i}" for i in range(COUNT)]
Row = dict[str, Any]


def nhs_number(serial: int) -> str:
    """Return a valid NHS number of the test range 999, the nth of those whose check digit exists."""
    valid = []
    for body in range(999_000_000, 999_001_000):
        digits = [int(d) for d in str(body)]
        check = (11 - sum(w * d for w, d in zip(range(10, 1, -1), digits, strict=True)) % 11) % 11
        if check < 10:
            valid.append(f"{body}{check}")
        if len(valid) > serial:
            return valid[serial]
    raise AssertionError(serial)


def rows() -> dict[str, list[Row]]:
    """Return the rows of every extract by its name, each fitting its contract."""
    admitted = [TODAY - timedelta(days=100 - i) for i in range(COUNT)]
    return {
        "pas__patient": [
            {
                "local_patient_identifier": f"H{i}",
                "nhs_number": nhs_number(i),
                "person_birth_date": date(1950 + i, 1, 1),
            }
            for i in range(COUNT)
        ],
        "pas__consultant_episode": [
            {
                "hospital_provider_spell_number": f"S{i}",
                "episode_number": 1,
                "local_patient_identifier": f"H{i}",
                "organisation_identifier_code_of_provider": "RZZ",
                "patient_classification_code": "1" if i else "2",
                "intended_management_code": "1" if i else "2",
                "admission_method_code": "11",
                "start_date_hospital_provider_spell": day,
                "start_date_episode": day,
                "end_date_episode": day + timedelta(days=min(i, 1)),
                "discharge_date_hospital_provider_spell": day + timedelta(days=min(i, 1)),
                "discharge_method_code": "1",
                "consultant_code": CODES[i],
                "primary_diagnosis_icd": "K409",
            }
            for i, day in enumerate(admitted)
        ],
        "pas__outpatient_attendance": [
            {
                "attendance_identifier": f"A{i}",
                "local_patient_identifier": f"H{i}",
                "appointment_date": TODAY - timedelta(days=30),
                "consultant_code": CODES[i],
                "first_attendance_code": "1",
                "attended_or_did_not_attend_code": "5",
                "referral_request_received_date": TODAY - timedelta(days=60),
            }
            for i in range(COUNT)
        ],
        "pas__elective_admission_list": [
            {
                "elective_admission_list_entry_number": f"E{i}",
                "local_patient_identifier": f"H{i}",
                "decided_to_admit_date": TODAY - timedelta(days=200),
                "elective_admission_list_removal_date": TODAY - timedelta(days=100),
            }
            for i in range(COUNT)
        ],
        "pas__rtt_pathway": [
            {
                "month_end_date": date(2026, 4, 30),
                "patient_pathway_identifier": f"R{i}",
                "local_patient_identifier": f"H{i}",
                "referral_to_treatment_period_start_date": date(2026, 1, 1),
            }
            for i in range(COUNT)
        ],
        "pas__clinic_template": [
            {
                "clinic_code": f"CL{i}",
                "session_date": TODAY - timedelta(days=30),
                "slots_new": 4,
                "slots_follow_up": 8,
                "clinic_status_code": "H",
            }
            for i in range(COUNT)
        ],
        "theatre__theatre_list": [
            {
                "theatre_list_identifier": f"L{i}",
                "theatre_code": "T1",
                "list_date": TODAY - timedelta(days=50),
                "planned_start_at": datetime(2026, 4, 12, 8, 30),
                "planned_finish_at": datetime(2026, 4, 12, 12, 30),
                "list_owner_consultant_code": CODES[i],
                "session_type_code": "E",
                "list_status_code": "H",
            }
            for i in range(COUNT)
        ],
        "theatre__theatre_case": [
            {
                "theatre_case_identifier": f"TC{i}",
                "theatre_list_identifier": f"L{i}",
                "local_patient_identifier": f"H{i}",
                "hospital_provider_spell_number": f"S{i}",
                "case_urgency_code": "4",
                "into_anaesthetic_room_at": datetime(2026, 4, 12, 8, 35) if i else None,
                "knife_to_skin_at": datetime(2026, 4, 12, 8, 50) if i else None,
                "procedure_finish_at": datetime(2026, 4, 12, 9, 50) if i else None,
                "out_of_theatre_at": datetime(2026, 4, 12, 10, 5) if i else None,
                "operating_surgeon_code": CODES[i],
                "case_status_code": "O" if i else "C",
                "cancelled_at": None if i else datetime(2026, 4, 12, 8, 0),
                "cancellation_reason_code": None if i else "H2",
            }
            for i in range(COUNT)
        ],
        "outcome__registered_death": [
            {"local_patient_identifier": f"H{i}", "person_death_date": TODAY - timedelta(days=2)} for i in range(COUNT)
        ],
        "outcome__proms_questionnaire": [
            {
                "proms_serial_number": f"Q{i}",
                "questionnaire_stage": "Q1",
                "local_patient_identifier": f"H{i}",
                "hospital_provider_spell_number": f"S{i}",
                "procedure_group": "HIP",
                "oxford_score": 20,
                "eq5d_index": 0.5,
                "eq_vas": 60,
            }
            for i in range(COUNT)
        ],
        "outcome__surgical_site_infection": [
            {
                "theatre_case_identifier": f"TC{i}",
                "surveillance_category": "hip replacement",
                "infection_type_code": "N" if i else "S",
                "infection_onset_date": None if i else TODAY - timedelta(days=40),
            }
            for i in range(COUNT)
        ],
        "outcome__complication": [
            {
                "complication_identifier": f"X{i}",
                "hospital_provider_spell_number": f"S{i}",
                "theatre_case_identifier": f"TC{i}",
                "complication_date": TODAY - timedelta(days=40),
            }
            for i in range(COUNT)
        ],
        "workforce__organisation_unit": [
            {"org_unit_code": "RZZ", "org_unit_level": "trust", "org_unit_name": "Trust"},
            {
                "org_unit_code": "D1",
                "org_unit_level": "division",
                "org_unit_name": "Surgery",
                "parent_org_unit_code": "RZZ",
            },
            {
                "org_unit_code": "DEP1",
                "org_unit_level": "department",
                "org_unit_name": "General surgery",
                "parent_org_unit_code": "D1",
                "treatment_function_code": "100",
            },
        ],
        "workforce__clinician": [
            {"consultant_code": code, "clinician_name": f"Dr {i}", "user_name": f"user{i}", "grade": "consultant"}
            for i, code in enumerate(CODES)
        ],
        "workforce__post": [
            {"post_number": f"P{i}", "consultant_code": code, "org_unit_code": "DEP1", "post_share": 1}
            for i, code in enumerate(CODES)
        ],
        "workforce__job_plan": [
            {"post_number": f"P{i}", "activity_type": "clinic", "programmed_activities_per_week": 4}
            for i in range(COUNT)
        ],
        "workforce__leadership_post": [
            {
                "user_name": f"lead{i}",
                "person_name": f"Lead {i}",
                "leadership_role": "clinical lead",
                "org_unit_code": "DEP1",
            }
            for i in range(COUNT)
        ],
        # Need never come.
        "pas__patient_merge": [],
        "workforce__clinician_alias": [],
    }


def fill(connection: psycopg.Connection, contracts: Sequence[Contract]) -> None:
    """Empty the raw tables and their ledger, and deliver the clean trust in one file per extract."""
    connection.execute("truncate raw.quarantine, raw.confirmation, raw.key_filter, raw.delivery")
    clean = rows()
    for number, contract in enumerate(contracts, start=1):
        connection.execute(sql.SQL("truncate {}").format(sql.Identifier("raw", contract.name)))
        dated = {"valid_from_date": date(2020, 1, 1)} if contract.source == "workforce" else {}
        columns = {column.name for column in contract.columns}
        listed = [{**row, **{k: v for k, v in dated.items() if k in columns}} for row in clean[contract.name]]
        if not listed:
            continue
        deliver(connection, number, contract, EXTRACTED_AT, received=len(listed), loaded=len(listed))
        insert(connection, number, contract, listed)


def deliver(
    connection: psycopg.Connection,
    number: int,
    contract: Contract,
    extracted_at: datetime | None,
    *,
    received: int = 0,
    loaded: int = 0,
    quarantined: int = 0,
    deleted: int = 0,
    state: str = "loaded",
) -> None:
    """Write one delivery into the ledger; what is neither loaded nor in quarantine is unchanged, or held with it."""
    rest = received - loaded - quarantined
    values = {
        "delivery_id": number,
        "source_name": contract.source,
        "table_name": contract.table,
        "file_name": f"{contract.name}.csv",
        "file_digest": "d",
        "contract_digest": "c",
        "delivery_kind": contract.delivery_kind,
        "extracted_at": extracted_at,
        "loaded_at": extracted_at if state == "loaded" else None,
        "state": state,
        "reason": None if state == "loaded" else "no header",
        "received_count": received,
        "loaded_count": loaded,
        "unchanged_count": rest if state == "loaded" else 0,
        "quarantined_count": quarantined,
        "held_count": 0 if state == "loaded" else rest,
        "deleted_count": deleted,
    }
    _insert(connection, "delivery", values)
    for row in range(quarantined):
        _insert(
            connection,
            "quarantine",
            {"delivery_id": number, "row_number": row + 2, "raw_text": "text", "reason": "reason"},
        )


def insert(
    connection: psycopg.Connection,
    number: int,
    contract: Contract,
    rows: Sequence[Row],
    at: datetime = EXTRACTED_AT,
    *,
    is_deleted: bool = False,
) -> None:
    """Write rows into the raw table with the lineage that the loader gives them; of a deletion, only the key."""
    for place, row in enumerate(rows, start=2):
        key = [str(row[name]) for name in contract.business_key]
        lineage = {
            "_key_hash": hashing.key_hash(key),
            "_row_hash": hashing.DELETION if is_deleted else place,
            "_row_number": 0 if is_deleted else place,
            "_delivery_id": number,
            "_extracted_at": at,
            "_loaded_at": at,
            "_segment": 0,
            "_is_deleted": is_deleted,
        }
        kept = {name: row[name] for name in contract.business_key} if is_deleted else row
        _insert(connection, contract.name, {**lineage, **kept})


def _insert(connection: psycopg.Connection, table: str, values: Row) -> None:
    connection.execute(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("raw", table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        ),
        list(values.values()),
    )
