"""The reader gives every row its line and loses none, whatever the bytes."""

import csv
import io
import random
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.extract import read
from orchestration.extract.contracts import Column, Contract
from orchestration.extract.errors import FileRefusedError

WARD = Contract(
    source="ward",
    table="bed",
    description="",
    file_pattern="ward__bed__{extracted_at}.csv",
    delimiter=",",
    encoding="utf-8",
    delivery_kind="append",
    business_key=("bed_number",),
    columns=tuple(Column(name, "text", "") for name in ("bed_number", "bed_type_code", "bed_note")),
)
HEADER = b"BED NUMBER,BED TYPE CODE,BED NOTE\n"


def reader_of(data: bytes, contract: Contract = WARD) -> read.Reader:
    return read.Reader(io.BytesIO(data), contract, "file.csv")


def rows(data: bytes, contract: Contract = WARD) -> list[tuple]:
    """Return (line, problem or None, fields, raw text) of each row, as the database would get them."""
    reader = reader_of(data, contract)
    text = b"".join(reader.blocks()).decode()
    parsed = list(csv.reader(io.StringIO(text, newline=""), delimiter=contract.delimiter))
    assert len(parsed) == reader.row_count
    return [
        (int(line), problem or None, fields, reader.raw_text(int(start), int(length)))
        for line, start, length, problem, *fields in parsed
    ]


def test_blocks__plain_rows_know_their_lines():
    assert rows(HEADER + b"1,A,x\n2,B,\n") == [
        (2, None, ["1", "A", "x"], "1,A,x"),
        (3, None, ["2", "B", ""], "2,B,"),
    ]


def test_blocks__a_header_alone_has_no_rows():
    assert rows(HEADER) == []
    assert rows(HEADER.strip()) == []


def test_blocks__columns_follow_the_header_of_the_file():
    reader = reader_of(b"bed  note,Bed_Number,BED TYPE CODE\nx,1,A\n")
    assert reader.columns == ("bed_note", "bed_number", "bed_type_code")


def test_blocks__a_byte_order_mark_and_carriage_returns_are_no_part_of_the_data():
    data = b"\xef\xbb\xbf" + HEADER.replace(b"\n", b"\r\n") + b'1,A,x\r\n"2",B,y\r\n\r\n3,C,z'
    assert [(line, problem, fields) for line, problem, fields, _ in rows(data)] == [
        (2, None, ["1", "A", "x"]),
        (3, None, ["2", "B", "y"]),
        (5, None, ["3", "C", "z"]),
    ]


def test_blocks__embedded_newlines_quotes_and_delimiters():
    data = HEADER + b'1,A,"two\nlines, and ""more"""\n2,B,plain\n3,C,"5"" nail"\n4,D,5" nail\n'
    found = rows(data)
    assert [(line, fields[2]) for line, _, fields, _ in found] == [
        (2, 'two\nlines, and "more"'),
        (4, "plain"),
        (5, '5" nail'),
        (6, '5" nail'),
    ]
    assert found[0][3] == '1,A,"two\nlines, and ""more"""'


def test_blocks__lines_without_a_character_hold_no_row_but_count_as_lines():
    assert [row[0] for row in rows(HEADER + b"\n1,A,x\n\n\n2,B,y\n\n")] == [3, 6]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"1,A", "has 2 fields, expected 3"),
        (b"1", "has 1 field, expected 3"),
        (b"1,A,x,y", "has 4 fields, expected 3"),
        (b"1,Ren\xe9,x", 'BED TYPE CODE is "Ren\\xe9", expected utf-8 text'),
        (b"1,A,a\0b", 'BED NOTE is "a\\x00b", expected text without NUL'),
        (b"1,\xff,\0", 'BED TYPE CODE is "\\xff", expected utf-8 text; BED NOTE is "\\x00", expected text without NUL'),
        (b"1,A,a\rb", "has a carriage return inside a field without quotation marks"),
        (b'1,A,"a"b', read._BAD_QUOTE),
    ],
)
def test_blocks__a_bad_row_is_set_aside_and_the_others_go_on(line, problem):
    found = rows(HEADER + b"0,A,before\n" + line + b"\n9,Z,after\n")
    assert [row[0] for row in found] == [2, 3, 4]
    assert found[1][1] == problem
    assert found[1][2] == ["", "", ""]
    assert [row[2][0] for row in found if not row[1]] == ["0", "9"]
    assert found[1][3] == line.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def test_blocks__a_truncated_last_row_is_set_aside():
    assert rows(HEADER + b"1,A,x\n2,B")[1] == (3, "has 2 fields, expected 3", ["", "", ""], "2,B")


@pytest.mark.parametrize("after", [b"", b'6,F,"quoted"\n', b'6,F,"two\nlines"\n', b'6,F,""\n' * 3])
def test_blocks__a_quotation_mark_without_end_costs_one_line_only(after):
    lines = b'1,A,x\n2,B,"never closed\n3,C,y\n4,D,z\n5,E,w\n'
    found = rows(HEADER + lines + after)
    assert [row[0] for row in found if row[1]] == [3]
    assert [row[2][0] for row in found if not row[1]][:4] == ["1", "3", "4", "5"]
    assert len(found) == len(rows(HEADER + lines.replace(b'"', b"") + after))


def test_blocks__rows_across_chunk_borders_are_whole(monkeypatch):
    generator = random.Random(7)
    lines = []
    for number in range(200):
        note = generator.choice(["plain", '"two\nlines"', '"a ""b"" c"', '"one, two\r\nthree"', "é", "x" * 50])
        lines.append(f"{number},A,{note}\n".encode())
    data = HEADER + b"".join(lines)
    whole = rows(data)
    assert len(whole) == 200
    for size in (7, 64, 101, 1000):
        monkeypatch.setattr(read, "_CHUNK", size)
        assert rows(data) == whole


def test_blocks__another_encoding_and_delimiter():
    contract = Contract(**{**vars(WARD), "encoding": "cp1252", "delimiter": "|"})
    data = HEADER.replace(b",", b"|") + b"1|A|Ren\xe9\n2|B|\x81\n"
    assert [(row[1], row[2][2]) for row in rows(data, contract)] == [
        (None, "René"),
        ('BED NOTE is "\\x81", expected cp1252 text', ""),
    ]


def test_blocks__a_line_without_end_is_one_row_and_memory_stays_flat(monkeypatch):
    monkeypatch.setattr(read, "LONGEST_ROW", 1 << 16)
    monkeypatch.setattr(read, "_CHUNK", 1 << 14)
    long = b"9,A," + b"x" * (4 << 20)
    data = HEADER + b"1,A,x\n" + long + b"\n2,B,y\n"
    tracemalloc.start()
    found = rows(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(row[0], row[1]) for row in found] == [(2, None), (3, "is longer than 65536 bytes"), (4, None)]
    assert found[1][3].endswith(f"xxx ... ({len(long) + 1} bytes in all)")
    assert peak < len(data) + (1 << 20)


@settings(max_examples=300, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from([b"1", b",", b'"', b"\n", b"\r", b"\0", b"\xff", b"\xc3\xa9", b"1,A,x\n"])))
def test_blocks__any_bytes_at_all_are_rows_or_empty_lines_in_their_order(monkeypatch, pieces):
    data = HEADER + b"".join(pieces)
    found = []
    for size in (5, 1 << 20):
        monkeypatch.setattr(read, "_CHUNK", size)
        reader = reader_of(data)
        text = b"".join(reader.blocks()).decode()
        found.append(list(csv.reader(io.StringIO(text, newline=""))))
        assert len(found[-1]) == reader.row_count
    assert found[0] == found[1]
    at, line_number = len(HEADER), 2
    for line, start, length, *_ in found[0]:
        skipped = data[at : int(start)]
        assert not skipped.strip(b"\r\n")
        line_number += skipped.count(b"\n")
        assert int(line) == line_number
        at = int(start) + int(length)
        line_number += data[int(start) : at].count(b"\n")
    assert not data[at:].strip(b"\r\n")


def test_digest__that_of_the_stream_equals_that_of_the_file():
    data = HEADER + b'1,A,"x\ny"\n' * 5000
    reader = reader_of(data)
    for _ in reader.blocks():
        pass
    assert reader.digest == read.digest(io.BytesIO(data))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ["is empty (0 bytes)"]),
        (b"\n1,A,x\n", ["has an empty first line"]),
        (b"BED NUMBER,BED NOTE\n", ["lacks the column BED TYPE CODE;", "ward__bed declares 3 columns"]),
        (b"BED NUMBER\n", ["lacks the columns BED TYPE CODE, BED NOTE;", "separated by ','"]),
        (HEADER.replace(b",", b";"), ["has no header line of ward__bed", "separated by ','"]),
        (HEADER.replace(b"\n", b",WARD,SITE\n"), ["holds the unknown columns WARD, SITE;"]),
        (HEADER.replace(b"NOTE", b"TEXT"), ["lacks the column BED NOTE and holds the unknown column BED TEXT"]),
        (HEADER.replace(b"\n", b",bed_note\n"), ["holds the column BED NOTE more than once"]),
        (HEADER.replace(b"\n", b",\n"), ["unknown column (no name)"]),
        (HEADER.decode().encode("utf-16"), ["is UTF-16 text"]),
        (HEADER.decode().encode("utf-16-le"), ["NUL bytes"]),
        (HEADER.replace(b"NOTE", b"N\xd6TE"), ["header that is not utf-8", "byte 31 of its first line is 0xd6"]),
        (HEADER.replace(b"BED NOTE", b'"BED NOTE'), ["quotation mark that is not closed"]),
        (HEADER.replace(b"\n", b"\r") + b"1,A,x\r", ["bare carriage returns"]),
        (b"PK\x03\x04\x14\x00garbage\n", ["zip archive"]),
        (b"\x1f\x8b\x08\x00garbage", ["gzip"]),
        (b"9434765919,Smith,x\n2,B,y\n", ["has no header line of ward__bed"]),
        (b"x" * (read.LONGEST_ROW + 1), ["no line end in its first"]),
    ],
)
def test_header__refuses_the_file_with_one_sentence(data, words):
    with pytest.raises(FileRefusedError) as error:
        reader_of(data)
    message = str(error.value)
    assert message.startswith("file.csv ")
    assert message.endswith(".")
    assert "\n" not in message
    assert "9434765919" not in message, "a first line that is no header may be a patient's"
    for word in words:
        assert word in message
