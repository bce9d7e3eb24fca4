"""What a changed definition moves, in words; and whether its version was raised."""

import dataclasses
from datetime import date
from decimal import Decimal

import pytest

from orchestration.measure.comparison_text import draw
from orchestration.measure.diff import Comparison, MeasureMove, RecordMoves, TrustValue, UnitMove
from orchestration.measure.question import Measure

MEASURE = Measure(
    "dna_rate", "Missed appointments", "Missed.", "Kept or missed.", "Cancelled.", "A book.", False, 1, "proportion",
    None, "clinic_consultant",
)  # fmt: skip
NOTHING = RecordMoves(0, 0, 0, 900, 0)
TRUST = TrustValue(date(2026, 9, 1), Decimal("0.123"), Decimal("0.121"))


def unit(key: str, before: str | None, after: str | None, *, months: int, is_other: bool = True) -> UnitMove:
    return UnitMove(
        key, f"Unit {key}", "department", date(2026, 8, 1), Decimal(before) if before else None, 90,
        Decimal(after) if after else None, 1095, months, is_other,
    )  # fmt: skip


MOVED = MeasureMove(
    before=MEASURE,
    after=dataclasses.replace(MEASURE, definition_version=2),
    declared_in="dbt_project/models/measures/outpatient/dna_rate.yml",
    records=RecordMoves(12, 3, 4, 881, 5),
    units=[
        unit("trust:T", "0.123", "0.121", months=3),
        unit("department:D1", "0.1", "0.15", months=1),
        unit("department:D2", None, "0.5", months=1),
        unit("department:D3", "0.1", "0.1", months=0),
        unit("department:D4", "0.1", "0.1", months=0, is_other=False),
    ],
    trust=TRUST,
)
QUIET = MeasureMove(MEASURE, MEASURE, "x.yml", NOTHING, [unit("trust:T", "0.1", "0.1", months=0, is_other=False)], None)


def said(*moves: MeasureMove, since: int = 0) -> list[str]:
    return [" ".join(line.split()) for line in draw(Comparison(7, since, list(moves))).splitlines()]


def test_measure_that_moves__tells_versions_records_units_and_the_trust() -> None:
    lines = said(MOVED)
    assert lines[:2] == [
        "Missed appointments (dna_rate), version 1 -> 2",
        "records: 12 came in, 3 went out, 4 count otherwise, 5 left out for another reason; 881 count as before",
    ]
    assert "Unit department:D1 department:D1 2026-08 10.00% (90) 15.00% (1,095) +5.00 points 1" in lines
    assert "Unit department:D2 department:D2 2026-08 no value (90) 50.00% (1,095) 1" in lines
    assert "3 of 5 units move; the trust from 12.30% to 12.10% in the 12 months to September 2026." in lines
    assert "1 more unit: same 12-month values, made of other records or months." in lines
    assert not any("department:D3" in line or "department:D4" in line for line in lines)
    assert lines[-1] == "Compared with publication 7; nothing was published."


def test_measures_that_stay__are_told_in_one_line() -> None:
    other = dataclasses.replace(QUIET, after=dataclasses.replace(MEASURE, measure_id="day_case_rate"))
    assert said(QUIET, other) == [
        "Nothing moves in dna_rate, day_case_rate.", "Compared with publication 7; nothing was published.",
    ]  # fmt: skip


def test_trust_that_stays__is_told() -> None:
    still = dataclasses.replace(MOVED, trust=dataclasses.replace(TRUST, value_after=TRUST.value_before))
    assert any("units move; the trust stays at 12.30% in the 12 months" in line for line in said(still))


def test_new_measure__has_no_units_that_move() -> None:
    lines = said(dataclasses.replace(MOVED, before=None))
    assert lines[0] == "Missed appointments (dna_rate) is new, version 2"
    assert "records: 12 count, 5 are left out" in lines
    assert "5 units get a figure; the trust's is 12.10% in the 12 months to September 2026." in lines


@pytest.mark.parametrize(
    ("version", "words", "records", "lacks"),
    [
        (1, {}, NOTHING, False),
        (1, {"title": "Other words for the same"}, NOTHING, False),
        (1, {"numerator_definition": "Missed or late."}, NOTHING, True),
        (1, {"exclusion_definition": "None."}, NOTHING, True),
        (1, {"attribution_role": "list_owner"}, NOTHING, True),
        (1, {}, RecordMoves(1, 0, 0, 0, 0), True),
        (1, {}, RecordMoves(0, 1, 0, 0, 0), True),
        (1, {}, RecordMoves(0, 0, 1, 0, 0), True),
        (1, {}, RecordMoves(0, 0, 0, 0, 1), True),
        (2, {"numerator_definition": "Missed or late."}, RecordMoves(1, 1, 1, 1, 1), False),
        (0, {"numerator_definition": "Missed or late."}, NOTHING, True),
    ],
)
def test_version__must_rise_with_another_definition(
    version: int, words: dict[str, str], records: RecordMoves, lacks: bool
) -> None:
    after = dataclasses.replace(MEASURE, definition_version=version, **words)
    move = dataclasses.replace(MOVED, after=after, records=records)
    assert move.lacks_version is lacks
    told = [line for line in said(move) if "raise `version` in dbt_project/models/measures" in line]
    assert bool(told) is lacks


def test_changed_words__are_named_though_nothing_moves() -> None:
    lines = said(dataclasses.replace(QUIET, after=dataclasses.replace(MEASURE, denominator_definition="Kept.")))
    assert "reads otherwise: denominator" in lines
    assert "0 of 1 unit move." in lines


def test_files_loaded_since_the_publication__are_told() -> None:
    assert any(
        line.startswith("2 files were loaded since publication 7, and may move") for line in said(MOVED, since=2)
    )
    assert any(line.startswith("1 file was loaded since") for line in said(QUIET, since=1))
