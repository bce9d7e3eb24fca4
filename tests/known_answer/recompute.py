"""The whole recomputation: from a folder of extracts to every candidate record and every unit's months."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tests.known_answer.carried import carried
from tests.known_answer.measures_bed_days import excess_bed_days
from tests.known_answer.measures_coding import coding_measures, episode_measures
from tests.known_answer.measures_inpatient import inpatient_measures
from tests.known_answer.measures_job_plan import job_plan_measures
from tests.known_answer.measures_mortality import mortality_30d
from tests.known_answer.measures_outpatient import outpatient_measures
from tests.known_answer.measures_proms import proms_measures
from tests.known_answer.measures_surgical import surgical_measures
from tests.known_answer.measures_theatre import theatre_measures
from tests.known_answer.measures_theatre_case import theatre_case_measures
from tests.known_answer.measures_theatre_list import theatre_list_measures
from tests.known_answer.measures_validation import validation_coverage
from tests.known_answer.measures_waiting import waiting_measures
from tests.known_answer.organisation import organisation
from tests.known_answer.read import declared, read_extracts
from tests.known_answer.rollup import performance

MEASURES = tuple(
    sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "dbt_project/models/measures").glob("*/*.sql"))
)


@dataclass(frozen=True)
class Answer:
    """Candidate records, performance by unit and month, and the last day that the extracts tell of."""

    records: pd.DataFrame
    performance: pd.DataFrame
    data_to_on: pd.Timestamp


def recompute(folder: Path, *, files: Sequence[Path] | None = None) -> Answer:
    """Return every measure of the extracts in `folder`, without a database."""
    tables = read_extracts(folder, tuple(declared()), files=files)
    tree = organisation(tables)
    of = carried(tables, tree)
    deaths = tables["outcome__registered_death"].rename(
        columns={"person_death_date": "died_on", "local_patient_identifier": "patient"}
    )
    days = pd.concat(
        [
            of.spell["discharged_on"].dropna(),
            of.attendance.loc[of.attendance["attended_or_did_not_attend_code"] != "0", "appointment_date"],
            of.lists.loc[of.lists["list_status_code"] == "H", "list_date"],
        ]
    )
    data_to_on = days.max()
    records = pd.concat(
        [
            *inpatient_measures(of.spell, data_to_on),
            mortality_30d(of.spell, deaths, data_to_on),
            excess_bed_days(of.spell),
            *coding_measures(of.admitted),
            *episode_measures(of.episode),
            *outpatient_measures(of.attendance, of.session, data_to_on),
            *waiting_measures(of.pathway, data_to_on),
            *job_plan_measures(tables, of.attendance, of.booked, pd.date_range(days.min(), data_to_on)),
            *theatre_measures(of.lists, of.cases),
            *theatre_list_measures(of.lists, of.cases),
            *theatre_case_measures(of.booked, of.spell),
            *surgical_measures(of.booked, of.cases, of.spell, tables, data_to_on),
            validation_coverage(of, data_to_on),
            *proms_measures(tables["outcome__proms_questionnaire"], of.spell, tree.trust_code, data_to_on),
        ],
        ignore_index=True,
    )
    months = pd.period_range(days.min(), data_to_on, freq="M")
    beside = ~records["occurred_on"].dt.to_period("M").isin(months)
    records.loc[beside & records["exclusion_reason"].isna(), "exclusion_reason"] = "outside of the months covered"
    records.loc[beside, ["numerator", "denominator"]] = float("nan")
    return Answer(records, performance(records, tree, months, data_to_on), data_to_on)
