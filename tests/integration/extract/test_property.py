"""For any rows and any corruption the ledger adds up, good rows are the loaded ones, the others are in quarantine."""

import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.extract import load
from orchestration.postgres import connection
from tests.integration.extract.ward import HEADER, VISIT, counts, deliver, quarantine


@dataclass(frozen=True)
class Line:
    """One row as bytes of a file, and the values that must be loaded from it, or None where it must be set aside."""

    data: bytes
    values: tuple | None

    @property
    def line_count(self) -> int:
        return self.data.count(b"\n")


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def plain_text(alphabet: str) -> st.SearchStrategy[str]:
    # It begins with a letter: a quoted text that begins with a line end could also close a quotation mark before it.
    return st.text(st.sampled_from(alphabet), max_size=12).map(lambda text: "n" + text)


@st.composite
def good_lines(draw) -> Line:
    """A row that fits, written in one of the ways in which the same values may be written."""
    number = draw(st.sampled_from(["V1", "V2", "V3", "é", "a b", "\\N", "'; drop table raw.delivery; --"]))
    part = draw(st.integers(-2, 2))
    kind = draw(st.sampled_from(["A", "B", None]))
    day = draw(st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 1, 3))))
    seen = draw(st.one_of(st.none(), st.sampled_from([datetime(2026, 1, 1, 9, 5), datetime(2026, 1, 1, 9, 5, 1)])))
    share = draw(st.one_of(st.none(), st.sampled_from(["0.5", "0.50", "-3", "007", ".5", "1."])))
    note = draw(st.one_of(st.none(), plain_text("ab ,;\\'\"\n\r\té\U0001f600%{}")))
    seen_text = str(seen or "")
    if seen and not seen.second and draw(st.booleans()):
        seen_text = seen_text[:-3]
    fields = [number, str(part), kind or "", str(day or ""), seen_text, share or "", note or ""]
    needs_quotes = [any(mark in field for mark in ',"\n\r') for field in fields]
    written = [
        quoted(field) if needed or draw(st.booleans()) else field
        for field, needed in zip(fields, needs_quotes, strict=True)
    ]
    amount = None if share is None else Decimal(share)
    return Line((",".join(written) + "\n").encode(), (number, part, kind, day, seen, amount, note))


BAD_FIELDS = {
    0: ["", '""'],
    1: ["", "x", "1.5", "99999999999", "0x1", "NaN", " 1"],
    2: ["C", "a", "AB"],
    3: ["2026-02-30", "10/11/2026", "yesterday", "infinity", "2026-1-1", "20260101", "0000-01-01"],
    4: ["2026-01-01", "2026-01-01 25:00", "2026-01-01 24:00", "now", "2026-01-01T10:00", "2026-01-01 10:00:00+01"],
    5: ["NaN", "Infinity", "1e5", "0x1", "1_0", "one", "+1"],
    6: [b"a\0b", b"\xff", b"Ren\xe9", b"\xed\xa0\x80", b"a\rb"],
}


@st.composite
def bad_lines(draw) -> Line:
    """A row that must be set aside: a bad value, a wrong number of fields, or a stray quotation mark."""
    fields: list[bytes] = [b"V1", b"1", b"A", b"2026-01-01", b"2026-01-01 10:00", b"1", b"note"]
    way = draw(st.sampled_from(["value", "value", "few", "many", "open", "stray"]))
    if way == "value":
        at = draw(st.sampled_from(sorted(BAD_FIELDS)))
        value = draw(st.sampled_from(BAD_FIELDS[at]))
        fields[at] = value.encode() if isinstance(value, str) else value
    elif way == "few":
        fields = fields[: draw(st.integers(1, 6))]
    elif way == "many":
        fields += [b"more"] * draw(st.integers(1, 3))
    elif way == "open":
        fields[6] = b'"note'
    else:
        fields[6] = b'"note"s'
    return Line(b",".join(fields) + b"\n", None)


FILES = st.lists(st.one_of(good_lines(), good_lines(), bad_lines(), st.just(Line(b"\n", None))), max_size=12)


def reference(files: list[list[Line]]) -> tuple[list[tuple], list[tuple[int, int, int, int]], list[list[int]]]:
    """Return the rows that must be loaded, the counts of each file and the lines in quarantine, in plain Python."""
    versions: dict[tuple, tuple] = {}
    loaded, ledger, aside = [], [], []
    for number, lines in enumerate(files):
        tally = {"loaded": 0, "unchanged": 0}
        bad, line_number = [], 2
        for line in lines:
            if line.data != b"\n":
                if line.values is None:
                    bad.append(line_number)
                elif versions.get(line.values[:2]) == line.values:
                    tally["unchanged"] += 1
                else:
                    versions[line.values[:2]] = line.values
                    loaded.append((number, line_number, *line.values))
                    tally["loaded"] += 1
            line_number += line.line_count
        received = sum(line.data != b"\n" for line in lines)
        ledger.append((received, tally["loaded"], tally["unchanged"], len(bad)))
        aside.append(bad)
    return loaded, ledger, aside


@settings(max_examples=50, deadline=timedelta(seconds=5), print_blob=True, suppress_health_check=list(HealthCheck))
@given(files=st.lists(FILES, min_size=1, max_size=3), ends_with_newline=st.booleans())
def test_load__good_rows_are_loaded_others_set_aside_and_the_ledger_adds_up(installation, files, ends_with_newline):
    wanted_rows, wanted_ledger, wanted_aside = reference(files)
    with connection.connect(installation, autocommit=True) as owner, tempfile.TemporaryDirectory() as folder:
        load.prepare(owner, [VISIT])
        owner.execute("truncate raw.ward__visit, raw.delivery, raw.quarantine, raw.confirmation, raw.key_filter")
        deliveries = []
        for number, lines in enumerate(files, start=1):
            data = HEADER.encode() + b"".join(line.data for line in lines)
            data = data if ends_with_newline else data.removesuffix(b"\n")
            deliveries.append(deliver(owner, Path(folder), f"2026090{number}", data, b""))
        rows = owner.execute(
            """
            select dense_rank() over (order by _delivery_id) - 1, _row_number,
                visit_number, visit_part, visit_kind_code, visit_date, seen_at, share, note
            from raw.ward__visit order by _delivery_id, _row_number
            """
        ).fetchall()
        assert [counts(delivery) for delivery in deliveries] == wanted_ledger
        assert [row[1:] for row in rows] == [row[1:] for row in wanted_rows]
        found = quarantine(owner)
    assert [number for number, _, _ in found] == [number for bad in wanted_aside for number in bad]
    assert all(reason for _, _, reason in found)


PIECES = [b"V1", b"1", b",", b'"', b"\n", b"\r", b"\0", b"\xff", b"\\.", b"V1,1,A,2026-01-01,,,\n"]


@settings(max_examples=40, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(body=st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join))
def test_load__any_bytes_after_a_good_header_are_loaded_or_set_aside(installation, body):
    with connection.connect(installation, autocommit=True) as owner, tempfile.TemporaryDirectory() as folder:
        load.prepare(owner, [VISIT])
        owner.execute("truncate raw.ward__visit, raw.delivery, raw.quarantine, raw.confirmation, raw.key_filter")
        delivery = deliver(owner, Path(folder), "20260901", body)
        rows = owner.execute("select count(*) from raw.ward__visit").fetchone()
        assert delivery.state == "loaded"
        assert rows == (delivery.loaded_count,)
        assert len(quarantine(owner)) == delivery.quarantined_count
