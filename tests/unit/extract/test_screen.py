"""Rows read many at once are those read one by one: the same values, hashes, numbers and reasons."""

import io
from dataclasses import replace
from datetime import date, datetime

import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.extract import plain, read, screen
from orchestration.extract.contract import ChangeType, Column, Contract, Provider
from orchestration.extract.marks import Marks
from orchestration.extract.quarantine import Aside

VISIT = Contract(
    source="clinic",
    table="visit",
    description="",
    file_pattern="clinic__visit.csv",
    delimiter=",",
    encoding="utf-8",
    delivery_kind="net_change",
    business_key=("visit", "patient"),
    extracted_at_column="changed_at",
    change_type=ChangeType("change", ("D",)),
    provider=Provider("provider", ("RZZ",)),
    columns=(
        Column("visit", "integer", "", required=True),
        Column("patient", "text", "", required=True),
        Column("change", "text", "", required=True, codes=("I", "D")),
        Column("changed_at", "timestamp", "", required=True),
        Column("provider", "text", "", required=True),
        Column("outcome", "text", "", codes=("1", "2"), form="trimmed"),
        Column("note", "text", ""),
        Column("seen_on", "date", ""),
        Column("listed_on", "date", "", required=True, form="DD/MM/YYYY"),
        Column("fee", "numeric", ""),
        Column("diagnosis", "text", "", form="icd10"),
    ),
)
NAMES = [column.name for column in VISIT.columns]
VALUES = {
    "visit": ["1", "02", "2147483648", "", "x"],
    "patient": ["N1", "N2", "Ångström", "a,b", 'say "no"', ""],
    "change": ["I", "I", "D", " D ", "Z", ""],
    "changed_at": ["2026-03-01 10:00:00", "2026-10-25 01:30:00", "2026-03-01 10:00", "2026-02-30 10:00:00", ""],
    "provider": ["RZZ", "RYY", ""],
    "outcome": ["", "1", "2 ", "3"],
    "note": ["", "plain", "a,b", "two\nlines", 'a "quoted" word', "tab\tand blank ", "unit\x1fseparator"],
    "seen_on": ["", "2026-03-01", "1800-01-01", "0000-01-01", "2026-3-1", "2026-02-29"],
    "listed_on": ["01/03/2026", "1/3/2026", "01/01/1801", "31/02/2026"],
    "fee": ["", "0.50", "-0", "12", "1e5"],
    "diagnosis": ["", "I21.0", "R54", "I210", "zz"],
}
# Plain values are more likely, so that whole blocks of them are common too.
ROW = st.fixed_dictionaries(
    {name: st.one_of(st.just(values[0]), st.sampled_from(values)) for name, values in VALUES.items()}
)


def found_in(data: bytes, contract: Contract, named: Marks = Marks()) -> tuple:  # noqa: B008
    """Return all that a reader says of a file; the order of rows within it is no matter."""
    with Aside() as aside:
        reader = read.Reader(io.BytesIO(data), contract, "file.csv", aside, named)
        text = b"".join(reader.blocks())
        good = sorted(piece for piece in text.split(b"\n"))
        held = sorted(b"".join(aside.chunks()).splitlines())
        return good, held, reader.row_count, reader.providers, reader.latest_extracted_at


def field(value: str, delimiter: str, *, in_quotes: bool) -> str:
    if in_quotes or any(mark in value for mark in ('"', "\n", delimiter)):
        return '"' + value.replace('"', '""') + '"'
    return value


def file_of(rows: list[dict], names: list[str], contract: Contract, *, in_quotes: bool) -> bytes:
    lines = [contract.delimiter.join(names)]
    for row in rows:
        lines.append(contract.delimiter.join(field(row[n], contract.delimiter, in_quotes=in_quotes) for n in names))
    return "\n".join(lines).encode(contract.encoding)


@settings(max_examples=200, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(ROW, max_size=12),
    names=st.one_of(st.just(NAMES), st.permutations(NAMES)),
    in_quotes=st.booleans(),
    delimiter=st.sampled_from(",|\t"),
    encoding=st.sampled_from(["utf-8", "cp1252"]),
)
def test_reader__many_rows_at_once_are_as_one_by_one(monkeypatch, rows, names, in_quotes, delimiter, encoding):
    contract = replace(VISIT, delimiter=delimiter, encoding=encoding)
    data = file_of(rows, list(names), contract, in_quotes=in_quotes)
    at_once = found_in(data, contract)
    monkeypatch.setattr(screen, "_FEW", 0)
    assert found_in(data, contract) == at_once, "also where no line is made anew"
    monkeypatch.setattr(screen, "_FEW", 10**9)
    assert found_in(data, contract) == at_once, "also where each is"
    monkeypatch.setattr(plain, "separated", lambda *_: None)
    one_by_one = found_in(data, contract)
    monkeypatch.undo()
    assert one_by_one == at_once
    assert at_once[2] == len(rows)


GOOD = {
    "visit": "7", "patient": "N1", "change": "I", "changed_at": "2026-03-01 10:00:00", "provider": "RZZ",
    "outcome": "1", "note": "so, it is", "seen_on": "2026-03-01", "listed_on": "01/03/2026", "fee": "12.50",
    "diagnosis": "R54",
}  # fmt: skip


def lineage(line: bytes) -> list[str]:
    return line.decode().split("\x1f")[:5]


def test_reader__hashes_are_xxh3_of_the_values_as_they_are_kept():
    (line,) = found_in(file_of([GOOD], NAMES, VISIT, in_quotes=False), VISIT)[0][1:]
    kept = "7\x1fN1\x1fI\x1f2026-03-01 10:00:00\x1fRZZ\x1f1\x1fso, it is\x1f2026-03-01\x1f2026-03-01\x1f12.5\x1fR54X"
    row = xxhash.xxh3_64_intdigest(kept.encode()) - 2**63
    key = xxhash.xxh3_64_intdigest(b"7\x1fN1") - 2**63
    assert line.decode() == f"2\x1f{row}\x1f{key}\x1ff\x1f2026-03-01 10:00:00\x1f{kept}"


@pytest.mark.parametrize("in_quotes", [False, True])
@pytest.mark.parametrize("delimiter", [",", "|"])
@pytest.mark.parametrize("names", [NAMES, NAMES[::-1]])
def test_reader__equal_values_have_equal_hashes_however_they_are_written(names, delimiter, in_quotes):
    contract = replace(VISIT, delimiter=delimiter)
    other = GOOD | {"visit": "07", "listed_on": "1/3/2026", "fee": "012.5", "diagnosis": "r54", "outcome": " 1"}
    lines = found_in(file_of([GOOD, other], names, contract, in_quotes=in_quotes), contract)[0][1:]
    expected = found_in(file_of([GOOD], NAMES, VISIT, in_quotes=False), VISIT)[0][1:]
    assert [lineage(line)[1:3] for line in lines] == [lineage(expected[0])[1:3]] * 2


def test_reader__a_deletion_needs_and_keeps_no_more_than_its_key():
    row = GOOD | {"change": "D", "listed_on": "rubbish", "seen_on": "rubbish", "provider": "RYY"}
    good, held, count, providers, _ = found_in(file_of([GOOD, row], NAMES, VISIT, in_quotes=False), VISIT)
    assert (held, count) == ([], 2)
    (line,) = (line.decode().split("\x1f") for line in good if line.startswith(b"3"))
    key = xxhash.xxh3_64_intdigest(b"7\x1fN1") - 2**63
    assert line == ["3", "0", str(key), "t", GOOD["changed_at"], "7", "N1", "D", GOOD["changed_at"], *[""] * 7]
    assert providers == {"RZZ", "RYY"}, "a wrong provider must not delete unseen"


def test_reader__a_bulk_file_holds_rows_of_its_period_only():
    contract = replace(VISIT, delivery_kind="bulk_replacement", change_type=None, period_column="listed_on")
    rows = [GOOD | {"listed_on": f"{day}/2026"} for day in ("28/02", "01/03", "31/03", "01/04")]
    named = Marks(period_start=date(2026, 3, 1), period_end=date(2026, 3, 31))
    good, held, *_ = found_in(file_of(rows, NAMES, contract, in_quotes=False), contract, named)
    assert [line.split(b"\x1f")[0] for line in good[1:]] == [b"3", b"4"]
    assert [line.split(b"\t")[0] for line in held] == [b"2", b"5"]
    reason = b'LISTED ON is "28/02/2026", expected a date in the period of the file, 2026-03-01 to 2026-03-31'
    assert held[0].endswith(reason)


@pytest.mark.parametrize(
    ("form", "times", "latest"),
    [
        (None, ["2026-03-01 10:00:00", "2026-07-01 10:00:00"], "2026-07-01T10:00:00+01:00"),
        (None, ["2026-10-25 01:30:00"], "2026-10-25T01:30:00+00:00"),
        ("offset", ["2026-10-25T01:50:00+01:00", "2026-10-25T01:30:00+00:00"], "2026-10-25T01:30:00+00:00"),
        ("DD/MM/YYYY", ["02/01/2026 09:00", "01/02/2026 09:00"], "2026-02-01T09:00:00+00:00"),
    ],
)
def test_reader__says_the_latest_time_of_its_good_rows(form, times, latest):
    columns = tuple(replace(c, form=form) if c.name == "changed_at" else c for c in VISIT.columns)
    rows = [GOOD | {"changed_at": time} for time in times]
    bad = GOOD | {"changed_at": times[0].replace("2026", "2027"), "visit": "x"}
    for kind in ("net_change", "full_snapshot"):
        contract = replace(VISIT, delivery_kind=kind, columns=columns)
        data = file_of([*rows, bad], NAMES, contract, in_quotes=False)
        assert found_in(data, contract)[4] == datetime.fromisoformat(latest)


def test_reader__a_rows_own_time_keeps_the_offset_that_it_was_said_with():
    columns = tuple(replace(c, form="offset") if c.name == "changed_at" else c for c in VISIT.columns)
    contract = replace(VISIT, columns=columns)
    times = ["2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00Z"]
    rows = [GOOD | {"changed_at": time} for time in times]
    lines = found_in(file_of(rows, NAMES, contract, in_quotes=False), contract)[0][1:]
    assert [lineage(line)[4] for line in lines] == times
    assert [line.decode().split("\x1f")[8] for line in lines] == ["2026-10-25 01:30:00"] * 2


class Counted(io.BytesIO):
    """A stream made from a format without lines."""

    counts_rows = True


def test_reader__rows_of_a_format_without_lines_are_numbered_themselves():
    rows = [GOOD, GOOD | {"note": "two\nlines"}, GOOD | {"visit": "x"}, GOOD | {"visit": "8"}]
    with Aside() as aside:
        reader = read.Reader(Counted(file_of(rows, NAMES, VISIT, in_quotes=False)), VISIT, "file.csv", aside)
        text = b"".join(reader.blocks())
        assert [number for number in b"2345" if b"%c\x1f" % number in text] == [*b"235"]
        assert next(aside.chunks()).startswith(b"4\t")
