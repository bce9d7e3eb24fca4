"""An explanation adds up or says where it does not, and tells all of it in words."""

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from orchestration.cli import cli
from orchestration.errors import WarehouseError
from orchestration.measure import explain
from orchestration.measure.explanation import Cell, Explanation, Part, Record, Sums, disagreements
from orchestration.measure.explanation_text import draw
from orchestration.measure.question import Measure, Unit
from orchestration.postgres import connection
from orchestration.publication.ledger import Publication

MEASURE = Measure(
    "dna_rate", "Missed appointments", "Missed.", "Kept or missed.", "Cancelled.", "A book.", False, 3, "proportion",
    None, "clinic_consultant",
)  # fmt: skip


def sums(numerator: int, denominator: int | None, count: int) -> Sums:
    return Sums(Decimal(numerator), None if denominator is None else Decimal(denominator), count)


def part(key: str, numerator: int, denominator: int, published: tuple[int, int] | None) -> Part:
    """Return a part of as many records as its denominator says."""
    above, below = published or (None, None)
    return Part(
        key, f"Unit {key}", Decimal(numerator), Decimal(denominator), denominator,
        above if above is None else Decimal(above), below if below is None else Decimal(below), below,
    )  # fmt: skip


def record(record_id: str, numerator: int | None, reason: str | None) -> Record:
    below = None if numerator is None else Decimal(1)
    above = None if numerator is None else Decimal(numerator)
    return Record(
        "attendance", record_id, "post:P1", date(2026, 3, 2), above, below, reason, "Attended code 5.", "Agreed."
    )


FOUND = Explanation(
    measure=MEASURE,
    unit=Unit("department:D1", "D1", "Urology", False),
    month_on=date(2026, 3, 1),
    is_month_complete=True,
    publication=Publication(
        7, datetime(2026, 4, 2, 6, 30, tzinfo=UTC), "published", None, date(2026, 3, 31), "fingerprint", "run"
    ),
    cell=Cell(Decimal(3), Decimal(10), 10, Decimal("0.3"), Decimal(30), Decimal(200), 200, Decimal("0.15")),
    records=sums(3, 10, 10),
    reasons={"cancelled": 4, "administrative": 1},
    parts=[part("post:P1", 2, 6, (2, 6)), part("post:P2", 1, 4, None)],
    attributions={"Agreed: PAS appointment, clinic template.": 14, "No source names anybody known.": 1},
    counted=[record("A1", 1, None), record("A2", 0, None)],
    left_out=[record("A3", None, "cancelled")],
)


def changed(**values: object) -> Explanation:
    return dataclasses.replace(FOUND, **values)  # type: ignore[arg-type]


def test_explanation__that_adds_up_says_so() -> None:
    assert disagreements(FOUND) == []
    assert draw(FOUND).endswith("The figure and its 10 records agree, and so do the units below it.")


def test_explanation__tells_definition_figure_and_every_candidate() -> None:
    lines = [" ".join(line.split()) for line in draw(FOUND).splitlines()]
    for told in (
        "Missed appointments (dna_rate, version 3)",
        "source A book. (not verified)",
        "Urology (department:D1), March 2026",
        "value 30.00% = 3 / 10 from 10 records",
        "12 months 15.00% = 30 / 200 from 200 records",
        "publication 7, 02 April 2026 06:30 UTC, data to 31 March 2026",
        "left out: cancelled 4",
        "left out: administrative 1",
        "together 15",
        "Unit post:P1 post:P1 2 6 6",
        "Unit post:P2 post:P2 1 4 4 below it for part of the month",
        "together 3 10 10",
        "Agreed: PAS appointment, clinic template. 14",
        "No source names anybody known. 1",
        "Counted: 10 records, the first 2",
        "A1 2026-03-02 1 1 Attended code 5.",
        "Left out: 5 records, the first 1",
        "A3 2026-03-02 cancelled Attended code 5.",
    ):
        assert told in lines


def test_explanation__of_a_month_under_way_and_of_a_leaf_says_so() -> None:
    leaf = changed(is_month_complete=False, parts=[part("department:D1", 3, 10, None)])
    assert "March 2026, not complete yet" in draw(leaf)
    assert "Made of its own records" in draw(leaf)
    assert draw(leaf).endswith("The figure and its 10 records agree.")


def test_explanation__of_a_count_names_no_quotient() -> None:
    cell = Cell(Decimal(5), None, 5, Decimal(5), Decimal(9), None, 9, Decimal(9))
    counted = changed(measure=dataclasses.replace(MEASURE, unit="count"), cell=cell, records=sums(5, None, 5), parts=[])
    assert "  value        5 from 5 records" in draw(counted)


@pytest.mark.parametrize(
    ("tampered", "said"),
    [
        ({"records": sums(4, 10, 10)}, "published are 3 / 10 from 10 records, its records make 4 / 10 from 10 records"),
        ({"records": sums(3, 11, 10)}, "its records make 3 / 11 from 10 records"),
        ({"records": sums(3, 10, 9)}, "its records make 3 / 10 from 9 records"),
        ({"parts": FOUND.parts[:1]}, "the units below it bring 2 / 6 from 6 records"),
        (
            {"parts": [part("post:P1", 2, 6, (2, 7)), FOUND.parts[1]]},
            "post:P1 brings 2 / 6 from 6 records, published of it are 2 / 7 from 7 records",
        ),
    ],
)
def test_explanation__that_does_not_add_up_says_where(tampered: dict[str, object], said: str) -> None:
    assert said in "; ".join(disagreements(changed(**tampered)))
    assert "agree" not in draw(changed(**tampered))


def test_nothing_counted__agrees_with_a_denominator_of_nought() -> None:
    cell = Cell(Decimal(0), Decimal(0), 0, None, Decimal(0), Decimal(0), 0, None)
    empty = changed(cell=cell, records=sums(0, None, 0), parts=[], counted=[])
    assert disagreements(empty) == []
    assert "no value = 0 / 0 from 0 records" in draw(empty)


def test_command__shows_what_there_is_and_fails_where_it_does_not_add_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class NoConnection:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(connection, "connect", lambda *_: NoConnection())
    monkeypatch.setattr(explain, "read", lambda *_, **__: changed(records=sums(4, 10, 10)))
    arguments = ["measure", "explain", "dna_rate", "--unit", "D1", "--month", "2026-03"]
    with pytest.raises(WarehouseError, match=r"^The figure and its records do not agree: published are") as failed:
        cli.main(arguments, standalone_mode=False)
    assert failed.value.exit_code == 1
    assert "Urology (department:D1), March 2026" in capsys.readouterr().out
