"""Good rows are loaded typed; a row that does not fit goes to quarantine with its line, its text and every reason."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.integration.extract.ward import HEADER, counts, deliver, quarantine, row


def test_load__good_rows_are_typed_and_know_their_origin(owner, tmp_path):
    delivery = deliver(
        owner, tmp_path, "20260901T1230", 'V1,1,A,2026-08-31,2026-08-31 09:05,0.25,"two\nlines"\nV2,-2,,,,,\n'
    )
    found = owner.execute(
        """
        select _delivery_id, _row_number, _extracted_at = '2026-09-01 11:30+00', _loaded_at is not null,
            visit_number, visit_part, visit_kind_code, visit_date, seen_at, share, note
        from raw.ward__visit order by _row_number
        """
    ).fetchall()
    at = datetime(2026, 8, 31, 9, 5)
    assert found == [
        (delivery.delivery_id, 2, True, True, "V1", 1, "A", date(2026, 8, 31), at, Decimal("0.25"), "two\nlines"),
        (delivery.delivery_id, 4, True, True, "V2", -2, None, None, None, None, None),
    ]
    assert counts(delivery) == (2, 2, 0, 0)


BAD_VALUES = [
    ("VISIT NUMBER", "", "is empty, expected a value"),
    ("VISIT PART", "1.0", "a whole number"),
    ("VISIT PART", "0x1F", "a whole number"),
    ("VISIT PART", "1_000", "a whole number"),
    ("VISIT PART", " 1", "a whole number"),
    ("VISIT PART", "2147483648", "a whole number"),
    ("VISIT KIND CODE", "C", "one of A, B"),
    ("VISIT KIND CODE", "a", "one of A, B"),
    *(
        ("VISIT DATE", text, "a calendar date CCYY-MM-DD")
        for text in (
            "10/11/2026", "2026-02-29", "2026-13-01", "20260901", "yesterday", "infinity", "-infinity", "epoch",
            "today", "now", "2026-9-01", "26-09-2026", "01-SEP-2026", "2026-09-01 ", " 026-09-01", "0000-01-01",
            "2026-09-01 10:00", "2026-244", "J2451187.5", "12345-01-01", "2026-09-1 BC", "Sep-01-026",
            "\u0661\u0662\u0663\u0664-01-01",
        )
    ),
    *(
        ("SEEN AT", text, "a local time CCYY-MM-DD HH:MM:SS")
        for text in (
            "2026-09-01", "2026-09-01T10:00:00", "2026-09-01 24:00:00", "2026-09-01 10:00:60", "2026-09-01 10:00Z",
            "2026-09-01 10:00:00+01", "2026-09-01 10:00:00.", "2026-02-30 10:00", "now", "infinity", "2026-09-01 1:00",
            "2026-09-01 10:00 AM",
        )
    ),
    *(
        ("SHARE", text, "a plain number")
        for text in ("NaN", "Infinity", "-inf", "1e3", "1,5", "0x1F", "1_0.5", "+1", ".", "-", "£5", "half")
    ),
]  # fmt: skip


def test_load__a_value_of_the_wrong_form_sets_its_row_aside(owner, tmp_path):
    names = HEADER.strip().split(",")
    lines = []
    for name, value, _ in BAD_VALUES:
        fields = ["V1", "1", "A", "2026-09-01", "2026-09-01 10:00", "1", "note"]
        fields[names.index(name)] = f'"{value}"' if "," in value else value
        lines.append(",".join(fields))
    delivery = deliver(owner, tmp_path, "20260901", "\n".join(lines) + "\n")
    found = quarantine(owner)
    wanted = [
        (f"{name} {expected}" if not value else f'{name} is "{value}", expected {expected}')
        for name, value, expected in BAD_VALUES
    ]
    assert len(found) == len(wanted)
    for (number, text, reason), line, start in zip(found, lines, wanted, strict=True):
        assert reason.startswith(start), (number, reason)
        assert text == line
    assert counts(delivery) == (len(wanted), 0, 0, len(wanted))


@pytest.mark.parametrize(
    ("column", "text"),
    [("visit_part", "007"), ("share", ".5"), ("share", "-3."), ("share", "12345678901234567890.123"),
     ("visit_date", "0001-01-01"), ("visit_date", "9999-12-31"), ("visit_date", "2024-02-29"),
     ("seen_at", "2026-03-29 01:30"), ("seen_at", "2026-09-01 23:59:59"), ("seen_at", "2026-09-01 10:00:00.5"),
     ("visit_kind_code", "B")],
)  # fmt: skip
def test_load__plain_values_are_taken(owner, tmp_path, column, text):
    names = [name.lower().replace(" ", "_") for name in HEADER.strip().split(",")]
    fields = ["V1", "1", "A", "2026-09-01", "2026-09-01 10:00", "1", "note"]
    fields[names.index(column)] = text
    assert counts(deliver(owner, tmp_path, "20260901", ",".join(fields) + "\n")) == (1, 1, 0, 0)


def test_load__all_reasons_of_a_row_are_given_at_once(owner, tmp_path):
    deliver(owner, tmp_path, "20260901", f"V0,1,A,,,,\n,x,C,10/11/2026,,{'9' * 70}x,ok\n")
    assert quarantine(owner) == [
        (
            3,
            f",x,C,10/11/2026,,{'9' * 70}x,ok",
            "VISIT NUMBER is empty, expected a value; "
            'VISIT PART is "x", expected a whole number of at most 2147483647; '
            'VISIT KIND CODE is "C", expected one of A, B; '
            'VISIT DATE is "10/11/2026", expected a calendar date CCYY-MM-DD; '
            f'SHARE is "{"9" * 60}", expected a plain number such as 12 or 0.75',
        )
    ]


def test_load__rows_that_cannot_be_read_leave_the_others_alone(owner, tmp_path):
    body = (
        row("V1", "first").encode()
        + b"V2,1,A,2026-09-01,,0.5,Ren\xe9\n"
        + b"V3,1,A,2026-09-01,,0.5,a\0b\n"
        + b"V4,1,A\n"
        + b'V5,1,A,2026-09-01,,0.5,"never closed\n'
        + 'V6,1,A,2026-09-01,,0.5,"é, ""ü""\nnext line"\n'.encode()
        + b"V7,1,A,2026-09-01,,0.5,x,y,z\n"
        + rb"V8,1,A,2026-09-01,,0.5,C:\new\.and \N"
        + b"\nV9,1,A,2026"
    )
    delivery = deliver(owner, tmp_path, "20260901", body)
    assert quarantine(owner) == [
        (3, r"V2,1,A,2026-09-01,,0.5,Ren\xe9", r'NOTE is "Ren\xe9", expected utf-8 text'),
        (4, r"V3,1,A,2026-09-01,,0.5,a\x00b", r'NOTE is "a\x00b", expected text without NUL'),
        (5, "V4,1,A", "has 3 fields, expected 7"),
        (
            6,
            'V5,1,A,2026-09-01,,0.5,"never closed',
            "has a quotation mark that is not closed, or not where a field begins or ends",
        ),
        (9, "V7,1,A,2026-09-01,,0.5,x,y,z", "has 9 fields, expected 7"),
        (11, "V9,1,A,2026", "has 4 fields, expected 7"),
    ]
    assert owner.execute("select note from raw.ward__visit order by _row_number").fetchall() == [
        ("first",),
        ('é, "ü"\nnext line',),
        (r"C:\new\.and \N",),
    ]
    assert counts(delivery) == (9, 3, 0, 6)


def test_load__order_of_columns_mark_and_line_ends_do_not_matter(owner, tmp_path):
    first = deliver(owner, tmp_path, "20260901", row("V1", "x"))
    names, fields = HEADER.strip().split(","), row("V1", "x").strip().split(",")
    header = b"\xef\xbb\xbf" + ",".join(names[::-1]).encode() + b"\r\n"
    again = deliver(owner, tmp_path, "20260902", ",".join(fields[::-1]) + "\r\n", header)
    assert (counts(first), counts(again)) == ((1, 1, 0, 0), (1, 0, 1, 0))


def test_load__values_written_otherwise_are_the_same_row(owner, tmp_path):
    deliver(owner, tmp_path, "20260901", "V1,1,A,2026-09-01,2026-09-01 10:00,0.50,x\n")
    again = deliver(owner, tmp_path, "20260902", 'V1,01,"A",2026-09-01,2026-09-01 10:00:00,.5,x\n')
    assert counts(again) == (1, 0, 1, 0)


def test_load__an_empty_quoted_field_is_null(owner, tmp_path):
    deliver(owner, tmp_path, "20260901", 'V1,1,"","",,"",""\n')
    assert owner.execute(
        "select num_nulls(visit_kind_code, visit_date, seen_at, share, note) from raw.ward__visit"
    ).fetchone() == (5,)


def test_load__a_header_alone_is_a_load_of_no_rows(owner, tmp_path):
    delivery = deliver(owner, tmp_path, "20260901", "")
    assert (delivery.state, counts(delivery)) == ("loaded", (0, 0, 0, 0))
