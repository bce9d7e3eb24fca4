"""The worked trust comes out as computed by hand, from the recomputation and from the warehouse alike."""

from dataclasses import dataclass

import pandas as pd
import pytest

from tests.known_answer.recompute import recompute
from tests.known_answer.served import served_performance, served_records
from tests.known_answer.worked_answers import ANSWERS, EXCLUDED, MEMBERS_NOW, TWELVE_MONTHS
from tests.known_answer.worked_trust import write_worked_trust

# The measures that were worked out by hand for this trust; the others have their cases in their unit tests.
MEASURES = tuple(ANSWERS)
LAST_MONTH = pd.Timestamp("2025-04-01")


@dataclass(frozen=True)
class Worked:
    """What one of the two made of the worked trust."""

    performance: dict[str, pd.DataFrame]
    records: dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def extracts(tmp_path_factory):
    return write_worked_trust(tmp_path_factory.mktemp("worked_trust"))


@pytest.fixture(scope="module", params=["recomputation", pytest.param("warehouse", marks=pytest.mark.warehouse)])
def worked(request, extracts) -> Worked:
    if request.param == "recomputation":
        answer = recompute(extracts)
        return Worked(by_measure(answer.performance), by_measure(answer.records))
    built = request.getfixturevalue("build_warehouse")(extracts)
    return Worked(
        {name: served_performance(built, name) for name in MEASURES},
        {name: served_records(built, name) for name in MEASURES},
    )


def by_measure(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {measure_id: frame[frame["measure_id"] == measure_id] for measure_id in MEASURES}


def typed_answers(text: str) -> dict[tuple[str, str], tuple[float, float | None, float]]:
    """Read `unit  month n/d, month n/d:r` into (unit, month) -> (numerator, denominator, records)."""
    found = {}
    for line in text.strip().splitlines():
        unit, cells = line.split(maxsplit=1)
        for cell in cells.split(", "):
            month, numbers = cell.split()
            sums, _, records = numbers.partition(":")
            numerator, _, denominator = sums.partition("/")
            count = float(records or denominator or numerator)
            found[unit, month] = (float(numerator), float(denominator) if denominator else None, count)
    return {**found, **as_they_stand_now(found)}


def as_they_stand_now(
    found: dict[tuple[str, str], tuple[float, float | None, float]],
) -> dict[tuple[str, str], tuple[float, float | None, float]]:
    """Add up what the departments of today have."""
    now: dict[tuple[str, str], tuple[float, float | None, float]] = {}
    for division, members in MEMBERS_NOW.items():
        for (unit, month), (numerator, denominator, count) in found.items():
            if unit in members:
                summed, whole, counted = now.get((division, month), (0.0, None, 0.0))
                out_of = None if denominator is None else (whole or 0.0) + denominator
                now[division, month] = (summed + numerator, out_of, counted + count)
    return now


def number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


@pytest.mark.parametrize("measure_id", MEASURES)
def test_worked_trust__months_with_records_are_as_computed_by_hand(worked, measure_id):
    frame = worked.performance[measure_id]
    frame = frame[frame["record_count"] > 0]
    found = {
        (row.org_unit_key, f"{row.month_on:%Y-%m}"): (row.numerator, number(row.denominator), row.record_count)
        for row in frame.itertuples()
    }
    typed = typed_answers(ANSWERS[measure_id])
    assert set(found) == set(typed)
    for cell, numbers in found.items():
        assert numbers == tuple(None if part is None else pytest.approx(part, rel=1e-9) for part in typed[cell]), cell


@pytest.mark.parametrize("measure_id", MEASURES)
def test_worked_trust__value_is_numerator_over_denominator(worked, measure_id):
    is_count = all(denominator is None for _, denominator, _ in typed_answers(ANSWERS[measure_id]).values())
    for row in worked.performance[measure_id].itertuples():
        if is_count:
            expected = row.numerator
        else:
            expected = pytest.approx(row.numerator / row.denominator) if row.denominator else None
        assert number(row.value) == expected, f"{row.org_unit_key} in {row.month_on:%Y-%m}"


@pytest.mark.parametrize("measure_id", MEASURES)
def test_worked_trust__every_month_from_the_first_counted_one_is_there(worked, measure_id):
    first: dict[str, str] = {}
    for unit, month in sorted(typed_answers(ANSWERS[measure_id])):
        first.setdefault(unit, month)
    expected = {
        (unit, month) for unit, start in first.items() for month in pd.date_range(f"{start}-01", LAST_MONTH, freq="MS")
    }
    frame = worked.performance[measure_id]
    assert set(zip(frame["org_unit_key"], frame["month_on"], strict=True)) == expected
    empty = frame[frame["record_count"] == 0]
    assert (empty["numerator"] == 0).all()
    assert empty["denominator"].isna().all() or (empty["denominator"] == 0).all()


@pytest.mark.parametrize("measure_id", MEASURES)
def test_worked_trust__excludes_each_record_for_its_first_reason(worked, measure_id):
    records = worked.records[measure_id].dropna(subset="exclusion_reason")
    assert dict(zip(records["record_id"], records["exclusion_reason"], strict=True)) == EXCLUDED[measure_id]
    assert records[["numerator", "denominator"]].isna().all(axis=None)


@pytest.mark.parametrize(("measure_id", "unit", "month"), TWELVE_MONTHS)
def test_worked_trust__twelve_months_are_as_computed_by_hand(worked, measure_id, unit, month):
    frame = worked.performance[measure_id]
    (row,) = frame[(frame["org_unit_key"] == unit) & (frame["month_on"] == f"{month}-01")].itertuples()
    numerator, denominator, value = TWELVE_MONTHS[measure_id, unit, month]
    assert row.numerator_12m == numerator
    assert number(row.denominator_12m) == denominator
    assert number(row.value_12m) == (None if value is None else pytest.approx(value, rel=1e-9))
