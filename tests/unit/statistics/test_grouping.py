"""Sums and quantiles of groups against the same told group by group."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import WarehouseError
from orchestration.statistics import grouping

ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(-9, 9).map(float)), min_size=1, max_size=40)


@given(ROWS, st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]))
def test_quantiles__are_those_of_numpy_in_each_group(rows: list[tuple[str, float]], share: float) -> None:
    labels, values = zip(*rows, strict=True)
    groups = grouping.number(labels, pd.RangeIndex(len(rows)), WarehouseError)
    (found,) = grouping.quantiles(np.array(values), groups, [share])
    expected = [np.quantile([v for of, v in rows if of == label], share) for label in groups.labels]
    assert found == pytest.approx(expected, abs=1e-12)


@given(ROWS)
def test_total__is_the_sum_in_each_group(rows: list[tuple[str, float]]) -> None:
    labels, values = zip(*rows, strict=True)
    groups = grouping.number(labels, pd.RangeIndex(len(rows)), WarehouseError)
    assert groups.total(np.array(values)).tolist() == [
        sum(v for of, v in rows if of == label) for label in groups.labels
    ]
    assert groups.labels.to_list() == list(dict.fromkeys(labels))


def test_a_group_of_no_row__has_no_quantile() -> None:
    groups = grouping.Groups(np.array([1, 1]), pd.Index(["a", "b"]), 2)
    (found,) = grouping.quantiles(np.array([1.0, 2.0]), groups, [0.5])
    assert math.isnan(found[0]) and found[1] == 1.5


def test_estimates__do_not_stop_pandas_from_putting_frames_together() -> None:
    groups = grouping.number(["a"], pd.RangeIndex(1), WarehouseError)
    frames = [pd.DataFrame({"x": [1]}), pd.DataFrame({"x": [2]})]
    for frame in frames:
        frame.attrs = groups.attrs({"mean": np.array([1.0])})
    assert pd.concat(frames)["x"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("by", "said"), [(["a"], "1 group labels for 2 rows"), (["a", None], "The row 'y' has no group")]
)
def test_labels_that_are_not_there__are_told(by: list[object], said: str) -> None:
    with pytest.raises(WarehouseError, match=said):
        grouping.number(by, pd.Index(["x", "y"]), WarehouseError)


def test_columns_of_unlike_length__are_told() -> None:
    with pytest.raises(WarehouseError, match="numerator 2, denominator 1"):
        grouping.columns({"numerator": [1, 2], "denominator": [3]}, WarehouseError)
