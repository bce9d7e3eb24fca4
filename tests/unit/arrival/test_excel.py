"""Excel as CSV: every cell as a CSV file of the same table would hold it."""

import datetime as dt
import random
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from orchestration.extract.errors import FileRefusedError
from tests.unit.arrival.feeds import EXCEL, HEADERS, cells, content

SHEET, SHARED = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stay_20260901.xlsx"


def save(path: Path, rows: Sequence[Sequence[Any]], change: Callable[[openpyxl.Workbook], None] | None = None) -> Path:
    """Write a workbook as Excel does: with its texts in a part of their own, which openpyxl writes into the cells."""
    book = openpyxl.Workbook()
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                book.active.cell(at, column, value)
    if change:
        change(book)
    book.save(path)
    parts = read(path)
    texts: list[bytes] = []

    def share(cell: re.Match[bytes]) -> bytes:
        texts.append(cell[1])
        return b't="s"><v>%d</v>' % (len(texts) - 1)

    parts[SHEET] = re.sub(rb't="inlineStr"><is>(.*?)</is>', share, parts[SHEET], flags=re.DOTALL)
    namespace = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts[SHARED] = b'<sst xmlns="%b">%b</sst>' % (namespace, b"".join(b"<si>%b</si>" % text for text in texts))
    part = b'<Override PartName="/%b" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
    types, listed = parts["[Content_Types].xml"], part % SHARED.encode() + b'sharedStrings+xml"/>'
    parts["[Content_Types].xml"] = types.replace(b"<Override", listed + b"<Override", 1)
    return write(path, parts)


def read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, parts: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def rewrite(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    """Change one part of a workbook, as another program would have written it."""
    parts = read(path)
    changed = change(parts[part])
    assert changed != parts[part]
    write(path, {**parts, part: changed})


def refusal(path: Path) -> str:
    with pytest.raises(FileRefusedError) as caught:
        content(path, EXCEL)
    message = str(caught.value)
    assert message.startswith(path.name)
    assert "\n" not in message
    return message


def test_cell__is_written_as_csv_would(path: Path) -> None:
    row = ["01", 2, 2.5, dt.date(2026, 9, 1), dt.datetime(2026, 9, 1, 10, 30), 'a "b"|c\nd']
    assert cells(save(path, [HEADERS, row]), EXCEL)[1] == [
        "01", "2", "2.5", "2026-09-01", "2026-09-01 10:30:00", 'a "b"|c\nd',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3.0, "3"),
        (1e20, "100000000000000000000"),
        (0.1, "0.1"),
        (-2.5e-7, "-0.00000025"),
        (True, "true"),
        (False, "false"),
        (dt.time(9, 5), "09:05:00"),
        (dt.timedelta(hours=30, minutes=5), "30:05:00"),
        (dt.datetime(2026, 9, 1), "2026-09-01"),
        ("", ""),
        (" ", " "),
    ],
)
def test_value_of_another_kind__is_plain_text(path: Path, value: Any, expected: str) -> None:
    save(path, [HEADERS, ["S1", None, None, None, None, value]])
    assert cells(path, EXCEL)[1][5] == expected


def test_midnight__has_its_time_where_one_is_declared(path: Path) -> None:
    save(path, [HEADERS, ["S1", None, None, dt.datetime(2026, 9, 1), dt.datetime(2026, 9, 1)]])
    assert cells(path, EXCEL)[1][3:5] == ["2026-09-01", "2026-09-01 00:00:00"]


def test_date_before_the_calendar__is_text(path: Path) -> None:
    save(path, [HEADERS, ["S1", None, None, "1800-01-01"]])
    assert cells(path, EXCEL)[1][3] == "1800-01-01"


def test_serial_number__stays_a_number_by_the_calendar_of_1900(path: Path) -> None:
    """The form `excel` of a column reads it; by the other calendar of Excel it has another number."""
    contract = EXCEL.__class__(**{**vars(EXCEL), "columns": (*EXCEL.columns[:3], _serial("admitted_on"))})
    rows = [[*HEADERS[:4]], ["S1", None, None, 46266]]
    assert cells(save(path, rows), contract)[1] == ["S1", "", "", "46266"]

    def use_1904(book: openpyxl.Workbook) -> None:
        book.epoch = CALENDAR_MAC_1904

    rows[1][3] = 46266 - 1462
    assert cells(save(path, rows, use_1904), contract)[1] == ["S1", "", "", "46266"]


def _serial(name: str) -> Any:
    column = next(column for column in EXCEL.columns if column.name == name)
    return column.__class__(**{**vars(column), "form": "excel"})


def test_dates_of_1904__are_the_same_dates(path: Path) -> None:
    def use_1904(book: openpyxl.Workbook) -> None:
        book.epoch = CALENDAR_MAC_1904

    save(path, [HEADERS, ["S1", None, None, dt.date(2026, 9, 1)]], use_1904)
    assert cells(path, EXCEL)[1][3] == "2026-09-01"


def test_empty_rows_and_columns__are_none(path: Path) -> None:
    rows = [[], [None, None, ""], [None, *HEADERS], [None, "S1"], [], [None, "S2", None, 1], [None, None]]
    assert cells(save(path, rows), EXCEL)[1:] == [["S1", *[""] * 5], ["S2", "", "1", "", "", ""]]


def test_cell_beyond_the_columns__makes_the_row_too_long(path: Path) -> None:
    save(path, [[None, *HEADERS], [None, "S1", *[None] * 6, "stray"], ["stray", "S2"]])
    assert [len(row) for row in cells(path, EXCEL)] == [6, 7, 7]


def test_only_column__makes_no_empty_line(path: Path) -> None:
    save(path, [["STAY NUMBER"], ["S1"], ["S2"]])
    assert content(path, EXCEL) == b"STAY NUMBER\nS1\nS2\n"


def test_text_within_cells__is_read_too(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["STAY NUMBER", "NOTE"])
    book.active.append(["S1", " two\nlines "])
    book.save(path)
    assert cells(path, EXCEL)[1] == ["S1", " two\nlines "]


def test_first_sheet__is_the_table(path: Path) -> None:
    save(path, [HEADERS, ["S1"]], lambda book: book.create_sheet("notes").append(["something else"]))
    assert [row[0] for row in cells(path, EXCEL)] == ["STAY NUMBER", "S1"]


def test_formula__is_its_saved_result(path: Path) -> None:
    save(path, [HEADERS, ["S1", 7, None, None, None, "x"]])

    def with_formulas(sheet: bytes) -> bytes:
        sheet = sheet.replace(b'<c r="B2" t="n"><v>7</v></c>', b'<c r="B2"><f>3+4</f><v>7</v></c>')
        return sheet.replace(b'<c r="F2" t="s"><v>7</v></c>', b'<c r="F2" t="str"><f>IF(1,"","x")</f><v></v></c>')

    rewrite(path, SHEET, with_formulas)
    assert cells(path, EXCEL)[1] == ["S1", "7", "", "", "", ""]


def test_formula_without_result__is_refused(path: Path) -> None:
    save(path, [HEADERS, ["S1", "=3+4"]])
    assert "holds formulas without their results" in refusal(path)


def test_false_dimensions__hide_no_row(path: Path) -> None:
    save(path, [HEADERS, ["S1"], ["S2"]])
    rewrite(path, SHEET, lambda sheet: sheet.replace(b'ref="A1:F3"', b'ref="A1"'))
    assert [row[0] for row in cells(path, EXCEL)[1:]] == ["S1", "S2"]


def test_old_and_protected_workbooks__are_told_apart(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(2_000_000))
    assert "is an old Excel workbook (.xls)" in refusal(path)
    encrypted = "EncryptedPackage".encode("utf-16-le")
    # Wherever the directory of such a file lies, and if a piece that is read ends in it.
    for before in (1000, (1 << 20) - 10, 1_500_000):
        path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(before - 4) + encrypted + bytes(1000))
        assert "is protected by a password" in refusal(path)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is empty"),
        (b"STAY NUMBER|NOTE\n", "is not an Excel workbook"),
        (b"PAR1", "is not an Excel workbook"),
        (b"PK\x03\x04", "cannot be read as an Excel workbook"),
    ],
)
def test_other_bytes__are_refused(path: Path, data: bytes, problem: str) -> None:
    path.write_bytes(data)
    assert problem in refusal(path)


def test_archive_that_is_no_workbook__is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("stay.csv", "STAY NUMBER")
    assert "cannot be read as an Excel workbook" in refusal(path)


def test_sheet_without_a_row__is_refused(path: Path) -> None:
    assert "has an empty first sheet" in refusal(save(path, []))


def test_bomb__is_refused(path: Path) -> None:
    save(path, [HEADERS])
    rewrite(path, SHARED, lambda part: part + bytes(80 << 20))
    assert "unpacks xl/sharedStrings.xml to" in refusal(path)


def test_entities_that_multiply__are_refused(path: Path) -> None:
    save(path, [HEADERS])
    entities = b"".join(b'<!ENTITY e%d "%b">' % (n, b"&e%d;" % (n - 1) * 10 if n else b"x" * 1000) for n in range(9))

    def multiplied(part: bytes) -> bytes:
        return b"<!DOCTYPE x [%b]>%b" % (entities, part.replace(b"STAY NUMBER", b"&e8;"))

    rewrite(path, SHARED, multiplied)
    assert "cannot be read as an Excel workbook" in refusal(path)


def test_damaged_bytes__give_a_sentence_or_rows(path: Path) -> None:
    """Whatever byte is turned, in the archive or in one of its parts: never another exception."""
    whole = save(path, [HEADERS, *[[f"S{n}", n, 0.5, dt.date(2026, 9, 1)] for n in range(50)]]).read_bytes()
    choice = random.Random(1)
    refused = 0
    for attempt in range(150):
        path.write_bytes(whole)
        if attempt % 2:
            data = bytearray(whole)
            data[choice.randrange(len(data))] ^= choice.randrange(1, 256)
            path.write_bytes(data[: choice.randint(4, len(data))] if choice.random() < 0.3 else data)
        else:
            part = choice.choice(["worksheets/sheet1.xml", "styles.xml", "workbook.xml", "sharedStrings.xml"])
            rewrite(path, f"xl/{part}", lambda text: _cut(text, choice))
        try:
            content(path, EXCEL)
        except FileRefusedError:
            refused += 1
    assert refused > 50


def _cut(text: bytes, choice: random.Random) -> bytes:
    """Take a piece out of a text."""
    start = choice.randrange(len(text))
    return text[:start] + text[start + choice.randint(1, 20) :]


TEXT = st.text(st.characters(codec="utf-8"), max_size=8).filter(
    lambda text: not ILLEGAL_CHARACTERS_RE.search(text) and "\r" not in text and not text.startswith("=")
)
MOMENT = st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2200, 1, 1)).map(lambda at: at.replace(microsecond=0))
ROW = st.tuples(
    TEXT.filter(bool),
    st.integers(-(2**31), 2**31 - 1) | st.none(),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 4)) | st.none(),
    st.dates(dt.date(1901, 1, 1), dt.date(2200, 1, 1)) | st.none(),
    MOMENT | st.none(),
    TEXT | st.none(),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=10))
def test_any_table__comes_back_cell_by_cell(path: Path, rows: list[tuple]) -> None:
    found = cells(save(path, [HEADERS, *rows]), EXCEL)
    assert found[0] == list(HEADERS)
    for row, given_row in zip(found[1:], rows, strict=True):
        number = row.pop(2)
        assert (float(number) if number else None) == given_row[2]
        others = [value for at, value in enumerate(given_row) if at != 2]
        assert row == ["" if value is None else str(value) for value in others]
