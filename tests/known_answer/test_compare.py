"""The comparison itself sees a missing row, an extra row, nothing for none and a small difference."""

import pandas as pd
import pytest

from tests.known_answer.compare import CELLS, explanation, performance_differences

RECOMPUTED = pd.DataFrame(
    {
        "org_unit_key": ["post:P1", "department:D", "trust:T"],
        "month_on": pd.to_datetime(["2025-01-01"] * 3),
        **{name: [1.0, 1000.0, 3.0] for name in CELLS},
    }
).assign(value=[None, 0.25, 0.5])


def served(**changed: list) -> pd.DataFrame:
    return RECOMPUTED.assign(**changed)


@pytest.mark.parametrize(
    ("frame", "level", "cell"),
    [
        (RECOMPUTED.iloc[1:], "clinician", "row"),
        (pd.concat([RECOMPUTED, RECOMPUTED.iloc[2:].assign(org_unit_key="division:V")]), "division", "row"),
        (served(value=[0.0, 0.25, 0.5]), "clinician", "value"),
        (served(value=[None, None, 0.5]), "department", "value"),
        (served(record_count=[1.0, 1001.0, 3.0]), "department", "record_count"),
        (served(value_12m=[1.0, 1000.00001, 3.0]), "department", "value_12m"),
        (served(numerator=[1.0, 1000.0, 2.0]), "trust", "numerator"),
    ],
)
def test_performance_differences__name_level_and_cell(frame, level, cell):
    differing = performance_differences(RECOMPUTED, frame)
    assert differing[["level", "cell"]].to_numpy().tolist() == [[level, cell]]
    assert f"by level {{'{level}': 1}}" in explanation("dna_rate", differing, differing.iloc[:0])


def test_performance_differences__forgive_rounding_only():
    assert performance_differences(RECOMPUTED, served(value_12m=[1.0, 1000.0000001, 3.0])).empty


def test_performance_differences__refuse_two_rows_for_one_month():
    with pytest.raises(AssertionError, match="More than one row"):
        performance_differences(RECOMPUTED, pd.concat([RECOMPUTED, RECOMPUTED.iloc[:1]]))
