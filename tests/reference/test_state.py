"""The reference implementation against answers worked out by hand, one for each line of the table in ADR 5."""

from datetime import UTC, date, datetime

import pytest

from orchestration.extract.contract import ChangeType, Column, Contract
from tests.reference.sent import read
from tests.reference.state import Loaded, current, history

COLUMNS = (Column("bed", "text", "", required=True), Column("since", "date", "", required=True))
HEADER = "BED,SINCE\n"
AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)


def contract(kind: str, **more: object) -> Contract:
    pattern = "bed__{extracted_at}.csv"
    if kind == "bulk_replacement":
        pattern, more = "bed__{sender}__{period_start}_{period_end}__{extracted_at}.csv", {"period_column": "since"}
    if "extracted_at_column" in more:
        pattern = "bed__{sender}.csv"
    return Contract("ward", "bed", "", pattern, ",", "utf-8", kind, ("bed",), **{"columns": COLUMNS, **more})  # type: ignore[arg-type]


def arrived(made: Contract, *files: tuple[str, str], header: str = HEADER) -> list[Loaded]:
    return [
        Loaded(read(made, f"bed__{name}.csv", (header + body).encode()), number, datetime(2026, 10, number, tzinfo=UTC))
        for number, (name, body) in enumerate(files, start=1)
    ]


def beds(made: Contract, deliveries: list[Loaded], **when: datetime) -> dict[object, object]:
    return {key[0]: values[1] for key, values in current(made, deliveries, **when).items()}  # type: ignore[misc]


def test_full_snapshot__deletes_what_it_does_not_hold_but_not_what_it_could_not_say():
    made = contract("full_snapshot")
    deliveries = arrived(
        made, ("20260901", "1,2026-08-01\n2,2026-08-01\n3,2026-08-01\n"), ("20260902", "1,2026-09-01\n2,nonsense\n")
    )
    assert beds(made, deliveries) == {"1": SEPTEMBER, "2": AUGUST}
    assert [(v.row_number, v.key[0], v.values and v.values[1]) for v in history(made, deliveries)] == [
        (2, "1", AUGUST), (3, "2", AUGUST), (4, "3", AUGUST), (2, "1", SEPTEMBER), (0, "3", None),
    ]  # fmt: skip


def test_a_broken_row_beside_a_good_one_of_its_key_hides_nothing():
    made = contract("full_snapshot")
    deliveries = arrived(made, ("20260901", "1,2026-08-01\n"), ("20260902", "1,nonsense\n1,2026-09-01\n"))
    assert beds(made, deliveries) == {"1": SEPTEMBER}


def test_a_late_file_changes_the_past_and_not_the_present_and_was_not_known_before():
    made = contract("full_snapshot")
    deliveries = arrived(made, ("20260903", "1,2026-09-01\n"), ("20260901", "1,2026-08-01\n2,2026-08-01\n"))
    assert beds(made, deliveries) == {"1": SEPTEMBER}
    until, first = datetime(2026, 9, 2, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
    assert beds(made, deliveries, extracted_by=until) == {"1": AUGUST, "2": AUGUST}
    assert beds(made, deliveries, extracted_by=until, known_by=first) == {}


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("S1__20260801_20260831__20260902", {"2": SEPTEMBER}),
        ("S2__20260801_20260831__20260902", {"1": AUGUST, "2": SEPTEMBER}),
        ("S1__20260802_20260901__20260902", {"1": AUGUST}),
        ("S1__20260801_20260901__20260902", {}),
    ],
)
def test_bulk_replacement__replaces_its_own_period_of_its_own_sender(name, left):
    made = contract("bulk_replacement")
    first = ("S1__20260801_20260930__20260901", "1,2026-08-01\n2,2026-09-01\n")
    assert beds(made, arrived(made, first, (name, ""))) == left


def test_bulk_replacement__a_row_outside_its_period_is_broken():
    made = contract("bulk_replacement")
    said = arrived(made, ("S1__20260801_20260831__20260901", "1,2026-08-01\n2,2026-09-01\n"))[0].said
    assert ([row.key for row in said.rows], [row.key for row in said.broken]) == ([("1",)], [("2",)])


def test_net_change__holds_what_it_holds_and_deletes_what_it_says():
    columns = (*COLUMNS, Column("change", "text", "", required=True))
    made = contract("net_change", columns=columns, change_type=ChangeType("change", ("D",)))
    deliveries = arrived(
        made,
        ("20260901", "1,2026-08-01,U\n2,2026-08-01,U\n3,2026-08-01,U\n"),
        ("20260902", "1,,D\n2,2026-09-01,U\n"),
        header="BED,SINCE,CHANGE\n",
    )
    assert beds(made, deliveries) == {"2": SEPTEMBER, "3": AUGUST}


def test_net_change__each_row_stands_at_its_own_time():
    columns = (*COLUMNS, Column("at", "timestamp", "", required=True))
    made = contract("net_change", columns=columns, extracted_at_column="at")
    deliveries = arrived(
        made,
        ("S1", "1,2026-09-01,2026-09-03 10:00\n2,2026-08-01,2026-09-01 10:00\n"),
        ("S2", "1,2026-08-01,2026-09-02 10:00\n2,2026-09-01,2026-09-02 10:00\n"),
        header="BED,SINCE,AT\n",
    )
    assert beds(made, deliveries) == {"1": SEPTEMBER, "2": SEPTEMBER}
    until = datetime(2026, 9, 2, 12, tzinfo=UTC)
    assert beds(made, deliveries, extracted_by=until) == {"1": AUGUST, "2": SEPTEMBER}


def test_append__leaves_what_it_does_not_hold():
    made = contract("append")
    deliveries = arrived(made, ("20260902", "1,2026-09-01\n"), ("20260901", "1,2026-08-01\n2,2026-08-01\n"))
    assert beds(made, deliveries) == {"1": SEPTEMBER, "2": AUGUST}


def test_equal_extract_times__the_later_arrival_wins():
    made = contract("append")
    deliveries = arrived(made, ("20260901", "1,2026-09-01\n"), ("20260901", "1,2026-08-01\n"))
    assert beds(made, deliveries) == {"1": AUGUST}


def test_rows__know_their_line_whatever_lies_between():
    made = contract("append")
    said = arrived(made, ("20260901", '"a\nb",2026-09-01\n\nc,2026-09-01\nd\n,2026-09-01\n'))[0].said
    assert [row.row_number for row in said.rows] == [2, 5]
    assert [(row.row_number, row.key) for row in said.broken] == [(6, ("d",)), (7, None)]
