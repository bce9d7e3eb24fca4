"""Every measure that the warehouse serves equals its recomputation from the extracts, at every level."""

import pandas as pd
import pytest

from tests.known_answer.compare import explanation, performance_differences, record_differences
from tests.known_answer.recompute import MEASURES, Answer, recompute
from tests.known_answer.rollup import LEVELS
from tests.known_answer.served import served_performance, served_records

pytestmark = pytest.mark.warehouse


@pytest.fixture(scope="module")
def answer(warehouse) -> Answer:
    return recompute(warehouse.extracts)


def of(frame: pd.DataFrame, measure_id: str) -> pd.DataFrame:
    return frame[frame["measure_id"] == measure_id]


@pytest.mark.parametrize("measure_id", MEASURES)
def test_performance__equals_the_recomputation_at_every_level(warehouse, answer, measure_id):
    expected = of(answer.performance, measure_id)
    # Were a level empty here, agreement on it would prove nothing.
    assert set(expected["org_unit_level"]) == set(LEVELS)
    cells = performance_differences(expected, served_performance(warehouse, measure_id))
    if len(cells):
        records = record_differences(of(answer.records, measure_id), served_records(warehouse, measure_id))
        pytest.fail(explanation(measure_id, cells, records), pytrace=False)


@pytest.mark.parametrize("measure_id", MEASURES)
def test_measure_record__equals_the_recomputation(warehouse, answer, measure_id):
    records = record_differences(of(answer.records, measure_id), served_records(warehouse, measure_id))
    assert records.empty, f"{measure_id}: {len(records)} cells differ.\n{records.head(10).to_string()}"


@pytest.mark.parametrize("measure_id", MEASURES)
def test_measure_record__excludes_as_many_for_each_reason(warehouse, answer, measure_id):
    expected = of(answer.records, measure_id)["exclusion_reason"].value_counts().to_dict()
    served = served_records(warehouse, measure_id)["exclusion_reason"].value_counts().to_dict()
    assert served == expected


def test_reporting_period__ends_with_the_last_day_of_the_extracts(warehouse, answer):
    served = warehouse.query("select data_to_on from marts.reporting_period")
    assert pd.to_datetime(served["data_to_on"]).tolist() == [answer.data_to_on]
