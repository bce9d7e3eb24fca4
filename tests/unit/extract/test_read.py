"""The reader gives every row its line and loses none, whatever the bytes."""

import csv
import io
import random
import re
import tracemalloc
from dataclasses import dataclass, replace

import pytest
import xxhash
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestration.extract import read, regions, rows
from orchestration.extract.contract import Column, Contract
from orchestration.extract.errors import FileRefusedError
from orchestration.extract.hashing import SEPARATOR
from orchestration.extract.quarantine import Aside

WARD = Contract(
    source="ward",
    table="bed",
    description="",
    file_pattern="ward__bed__{extracted_at}.csv",
    delimiter=",",
    encoding="utf-8",
    delivery_kind="append",
    business_key=("bed_number",),
    columns=tuple(
        Column(name, "text", "", name == "bed_number") for name in ("bed_number", "bed_type_code", "bed_note")
    ),
)
HEADER = b"BED NUMBER,BED TYPE CODE,BED NOTE\n"


@dataclass(frozen=True)
class Found:
    """What a reader made of a file: good rows by their line, and (raw text, problem) of the others by theirs."""

    good: dict[int, list[str]]
    aside: dict[int, tuple[str, str]]

    @property
    def lines(self) -> list[int]:
        return sorted([*self.good, *self.aside])


def found_in(data: bytes, contract: Contract = WARD) -> Found:
    with Aside() as aside:
        reader = read.Reader(io.BytesIO(data), contract, "file.csv", aside)
        text = b"".join(reader.blocks()).decode()
        parsed = list(csv.reader(io.StringIO(text, newline=""), delimiter=SEPARATOR))
        held = [line.split("\t") for line in b"".join(aside.chunks()).decode().splitlines()]
        assert len(held) == aside.row_count
    assert len(parsed) + len(held) == reader.row_count, "received = good + aside"
    found = Found(
        {int(line): fields for line, _, _, *fields in parsed},
        {int(line): (unescaped(raw), unescaped(problem)) for line, _, raw, problem in held},
    )
    assert len(set(found.lines)) == reader.row_count, "each row has a line of its own"
    return found


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda escape: {"t": "\t", "n": "\n", "r": "\r"}.get(escape[1], escape[1]), text)


def test_blocks__plain_rows_know_their_lines():
    assert found_in(HEADER + b"1,A,x\n2,B,\n") == Found({2: ["1", "A", "x"], 3: ["2", "B", ""]}, {})


def test_blocks__a_header_alone_has_no_rows():
    assert found_in(HEADER) == Found({}, {})
    assert found_in(HEADER.strip()) == Found({}, {})


def test_blocks__columns_follow_the_contract_whatever_their_order_in_the_file():
    data = b"bed  note,Bed_Number,BED TYPE CODE\nx,1,A\n"
    with Aside() as aside:
        reader = read.Reader(io.BytesIO(data), WARD, "file.csv", aside)
        assert reader.columns == ("bed_note", "bed_number", "bed_type_code")
        assert reader.copy_columns[-3:] == ("bed_number", "bed_type_code", "bed_note")
    assert found_in(data).good == {2: ["1", "A", "x"]}


def test_blocks__a_byte_order_mark_and_carriage_returns_are_no_part_of_the_data():
    data = b"\xef\xbb\xbf" + HEADER.replace(b"\n", b"\r\n") + b'1,A,x\r\n"2",B,y\r\n\r\n3,C,z'
    assert found_in(data) == Found({2: ["1", "A", "x"], 3: ["2", "B", "y"], 5: ["3", "C", "z"]}, {})


def test_blocks__a_byte_order_mark_further_down_is_data():
    with Aside() as aside:
        (block,) = read.Reader(io.BytesIO(HEADER + "\ufeff1,A,x\n".encode()), WARD, "file.csv", aside).blocks()
    _, _, key_hash, *fields = block.decode().rstrip("\n").split(SEPARATOR)
    assert fields == ["\ufeff1", "A", "x"]
    assert int(key_hash) == xxhash.xxh3_64_intdigest("\ufeff1".encode()) - 2**63


def test_blocks__embedded_newlines_quotes_and_delimiters():
    data = HEADER + b'1,A,"two\nlines, and ""more"""\n2,B,plain\n3,C,"5"" nail"\n4,D,5" nail\n'
    found = found_in(data)
    assert not found.aside
    assert {line: fields[2] for line, fields in found.good.items()} == {
        2: 'two\nlines, and "more"',
        4: "plain",
        5: '5" nail',
        6: '5" nail',
    }


def test_blocks__a_row_over_several_lines_is_set_aside_as_it_came():
    contract = replace(WARD, columns=(*WARD.columns[:2], Column("bed_note", "integer", "")))
    raw = '1,A,"two\nlines, and ""more"""'
    found = found_in(HEADER + raw.encode() + b"\n2,B,7\n", contract)
    assert found.aside == {
        2: (raw, 'BED NOTE is "two\nlines, and "more"", expected a whole number of at most 2147483647')
    }
    assert found.good == {4: ["2", "B", "7"]}


def test_blocks__lines_without_a_character_hold_no_row_but_count_as_lines():
    assert found_in(HEADER + b"\n1,A,x\n\n\n2,B,y\n\n").lines == [3, 6]


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
        (b'1,A,"a"b', rows._BAD_QUOTE),
    ],
)
def test_blocks__a_bad_row_is_set_aside_and_the_others_go_on(line, problem):
    found = found_in(HEADER + b"0,A,before\n" + line + b"\n9,Z,after\n")
    assert found.good == {2: ["0", "A", "before"], 4: ["9", "Z", "after"]}
    assert found.aside == {3: (line.decode("utf-8", "backslashreplace").replace("\0", "\\x00"), problem)}


def test_blocks__a_truncated_last_row_is_set_aside():
    assert found_in(HEADER + b"1,A,x\n2,B").aside == {3: ("2,B", "has 2 fields, expected 3")}


@pytest.mark.parametrize("after", [b"", b'6,F,"quoted"\n', b'6,F,"two\nlines"\n', b'6,F,""\n' * 3])
def test_blocks__a_quotation_mark_without_end_costs_one_line_only(after):
    lines = b'1,A,x\n2,B,"never closed\n3,C,y\n4,D,z\n5,E,w\n'
    found = found_in(HEADER + lines + after)
    assert list(found.aside) == [3]
    assert [found.good[line][0] for line in sorted(found.good)][:4] == ["1", "3", "4", "5"]
    assert len(found.lines) == len(found_in(HEADER + lines.replace(b'"', b"") + after).lines)


def test_blocks__rows_across_chunk_borders_are_whole(monkeypatch):
    generator = random.Random(7)
    lines = []
    for number in range(200):
        note = generator.choice(["plain", '"two\nlines"', '"a ""b"" c"', '"one, two\r\nthree"', "é", "x" * 50])
        lines.append(f"{number},A,{note}\n".encode())
    data = HEADER + b"".join(lines)
    whole = found_in(data)
    assert len(whole.good) == 200
    for size in (7, 64, 101, 1000):
        monkeypatch.setattr(read, "_CHUNK", size)
        assert found_in(data) == whole


def test_blocks__another_encoding_and_delimiter():
    contract = Contract(**{**vars(WARD), "encoding": "cp1252", "delimiter": "|"})
    data = HEADER.replace(b",", b"|") + b"1|A|Ren\xe9\n2|B|\x81\n"
    found = found_in(data, contract)
    assert found.good == {2: ["1", "A", "René"]}
    assert found.aside == {3: ("2|B|\\x81", 'BED NOTE is "\\x81", expected cp1252 text')}


def test_blocks__a_line_without_end_is_one_row_and_memory_stays_flat(monkeypatch):
    for module in (read, regions, rows):
        monkeypatch.setattr(module, "LONGEST_ROW", 1 << 16)
    monkeypatch.setattr(read, "_CHUNK", 1 << 14)
    long = b"9,A," + b"x" * (4 << 20)
    data = HEADER + b"1,A,x\n" + long + b"\n2,B,y\n"
    for before in (b"", b'0,A,"never closed\n'):
        tracemalloc.start()
        found = found_in(data.replace(b"1,A", before + b"1,A", 1))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        first = 2 + bool(before)
        assert found.good == {first: ["1", "A", "x"], first + 2: ["2", "B", "y"]}
        raw, problem = found.aside[first + 1]
        assert problem == "is longer than 65536 bytes"
        assert raw.startswith("9,A,xxx")
        assert raw.endswith("xxx ... (longer than 65536 bytes)")
        assert peak < len(data) + (1 << 20)


PIECES = [
    b"1",
    b",",
    b'"',
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xc3\xa9",
    b"\xef\xbb\xbf",
    b"\x1f",
    b"1,A,x\n",
    b'"1","A","x"\n',
]


@settings(max_examples=400, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(PIECES)))
@example(pieces=[b'"', b"1,A,x\n", b'"', b",", b",", b"\0"])
def test_blocks__any_bytes_at_all_are_rows_or_empty_lines_in_their_order(monkeypatch, pieces):
    data = HEADER + b"".join(pieces)
    monkeypatch.setattr(read, "_CHUNK", 1 << 20)
    found = found_in(data)
    for size in (5, 17):
        monkeypatch.setattr(read, "_CHUNK", size)
        assert found_in(data) == found
    lines, at = data.split(b"\n"), 1
    for number in found.lines:
        assert not b"".join(lines[at : number - 1]).strip(b"\r"), "a line between two rows is empty"
        texts = found.good[number] if number in found.good else found.aside[number][:1]
        at = number + sum(text.count("\n") for text in texts)
    assert not b"".join(lines[at:]).strip(b"\r")


def test_digest__is_that_of_the_whole_file_which_is_left_at_its_start():
    data = HEADER + b'1,A,"x\ny"\n' * 500_000
    file = io.BytesIO(data)
    assert read.digest(file) == xxhash.xxh3_128_hexdigest(data)
    assert file.tell() == 0


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
        (b"x" * (rows.LONGEST_ROW + 1), ["no line end in its first"]),
    ],
)
def test_header__refuses_the_file_with_one_sentence(data, words):
    with pytest.raises(FileRefusedError) as error:
        found_in(data)
    message = str(error.value)
    assert message.startswith("file.csv ")
    assert message.endswith(".")
    assert "\n" not in message
    assert "9434765919" not in message, "a first line that is no header may be a patient's"
    for word in words:
        assert word in message
