"""Fetch what the warehouse serves of one measure, in the types of the recomputation."""

from typing import Any

import pandas as pd

from tests.known_answer.compare import CELLS, RECORD_CELLS


def served_performance(warehouse: Any, measure_id: str, schema: str = "marts") -> pd.DataFrame:
    """Return `performance` of one measure: numbers float, months `datetime64`."""
    frame = warehouse.query(
        f"select org_unit_key, month_on, {', '.join(CELLS)} from {schema}.performance where measure_id = '{measure_id}'"
    )
    return _typed(frame, numbers=CELLS, days=("month_on",))


def served_records(warehouse: Any, measure_id: str, schema: str = "marts") -> pd.DataFrame:
    """Return `measure_record` of one measure: numbers float, days `datetime64`."""
    frame = warehouse.query(
        f"select record_id, {', '.join(RECORD_CELLS)} from {schema}.measure_record where measure_id = '{measure_id}'"
    )
    return _typed(frame, numbers=("numerator", "denominator"), days=("occurred_on", "month_on"))


def _typed(frame: pd.DataFrame, numbers: tuple[str, ...], days: tuple[str, ...]) -> pd.DataFrame:
    for name in numbers:
        frame[name] = frame[name].astype("float64")
    for name in days:
        frame[name] = pd.to_datetime(frame[name])
    return frame
