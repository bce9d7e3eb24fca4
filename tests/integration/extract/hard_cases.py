"""Sets of deliveries in which a loader that looks only back, or only at the newest, goes wrong in some order."""

from tests.integration.extract.stays import AUGUST, BOTH, IN_AUGUST, IN_SEPTEMBER, SEPTEMBER, File, line


def _snapshot(day: int, *lines: str) -> File:
    return File("snapshot", day, lines)


def _bulk(day: int, sender: str, period: tuple[str, str], *lines: str) -> File:
    return File("bulk", day, lines, sender, period)


def _change(day: int, *lines: str) -> File:
    return File("change", day, lines)


def _timed(number: int, *lines: str) -> File:
    return File("timed", number, lines)


def _append(day: int, *lines: str) -> File:
    return File("append", day, lines)


def _in_snapshot(key: int, ward: str = "A", bed: object = 1) -> str:
    return line("snapshot", key, ward, bed=bed)


def _in_bulk(key: int, on: str = IN_AUGUST, ward: str = "A", bed: object = 1) -> str:
    return line("bulk", key, ward, on, bed=bed)


def _said(key: int, change: str = "U", ward: str = "A", bed: object = 1) -> str:
    return line("change", key, ward, change=change, bed=bed)


def _at(at: int, key: int, change: str = "U", ward: str = "A") -> str:
    return line("timed", key, ward, change=change, at=at)


HARD_CASES: dict[str, tuple[File, ...]] = {
    "snapshot: a value that went and came back": (
        _snapshot(1, _in_snapshot(1), _in_snapshot(2)),
        _snapshot(2, _in_snapshot(1, "B"), _in_snapshot(2)),
        _snapshot(3, _in_snapshot(1), _in_snapshot(2)),
    ),
    "snapshot: a key that comes and goes": (
        _snapshot(1, _in_snapshot(1)),
        _snapshot(2),
        _snapshot(3, _in_snapshot(1)),
        _snapshot(4),
    ),
    "snapshot: nothing, and nothing again": (_snapshot(1, _in_snapshot(1)), _snapshot(2), _snapshot(3), _snapshot(4)),
    "snapshot: broken rows say nothing, before and after": (
        _snapshot(1, _in_snapshot(1), _in_snapshot(2)),
        _snapshot(2, _in_snapshot(1, bed="x")),
        _snapshot(3, _in_snapshot(1, "B"), _in_snapshot(2, bed="x")),
        _snapshot(4, _in_snapshot(1, bed="x"), _in_snapshot(2, bed="x")),
    ),
    "snapshot: a broken row beside a good one of its key": (
        _snapshot(1, _in_snapshot(1)),
        _snapshot(2, _in_snapshot(1, bed="x"), _in_snapshot(1, "B")),
        _snapshot(3, _in_snapshot(1, "C"), _in_snapshot(1, bed="x")),
    ),
    "snapshot: a key more than once in a file": (
        _snapshot(1, _in_snapshot(1), _in_snapshot(1, "B"), _in_snapshot(1)),
        _snapshot(2, _in_snapshot(1, "B"), _in_snapshot(1), _in_snapshot(1)),
        _snapshot(3, _in_snapshot(1), _in_snapshot(1, "B")),
        _snapshot(4, _in_snapshot(1, "C"), _in_snapshot(1, "B")),
    ),
    "snapshot: corrected under the same name": (
        _snapshot(1, _in_snapshot(1), _in_snapshot(2)),
        _snapshot(1, _in_snapshot(1, "B")),
        _snapshot(1, _in_snapshot(1, bed="x"), _in_snapshot(3)),
        _snapshot(2, _in_snapshot(1, bed="x"), _in_snapshot(2, bed="x")),
    ),
    "bulk: another sender repeats the row, then the first no longer has it": (
        _bulk(1, "S1", AUGUST, _in_bulk(1)),
        _bulk(2, "S2", AUGUST, _in_bulk(1)),
        _bulk(3, "S1", AUGUST),
    ),
    "bulk: the row of another sender stays until that one no longer has it": (
        _bulk(1, "S1", AUGUST, _in_bulk(1)),
        _bulk(2, "S2", AUGUST, _in_bulk(1)),
        _bulk(3, "S1", AUGUST),
        _bulk(4, "S2", AUGUST),
    ),
    "bulk: a key moves to another period and its former period comes again": (
        _bulk(1, "S1", AUGUST, _in_bulk(1)),
        _bulk(2, "S1", SEPTEMBER, _in_bulk(1, IN_SEPTEMBER)),
        _bulk(3, "S1", AUGUST),
    ),
    "bulk: a key moves, its former period comes again, then its new one without it": (
        _bulk(1, "S1", AUGUST, _in_bulk(1)),
        _bulk(2, "S1", SEPTEMBER, _in_bulk(1, IN_SEPTEMBER)),
        _bulk(3, "S1", AUGUST),
        _bulk(4, "S1", SEPTEMBER),
    ),
    "bulk: a key moves to another period and sender, and only that one takes it away": (
        _bulk(1, "S1", AUGUST, _in_bulk(1)),
        _bulk(2, "S2", SEPTEMBER, _in_bulk(1, IN_SEPTEMBER)),
        _bulk(3, "S1", AUGUST),
        _bulk(4, "S1", SEPTEMBER),
    ),
    "bulk: a key that moved to another sender is taken away by it": (
        _bulk(1, "S1", AUGUST, _in_bulk(1)),
        _bulk(2, "S2", SEPTEMBER, _in_bulk(1, IN_SEPTEMBER)),
        _bulk(3, "S1", AUGUST),
        _bulk(4, "S2", BOTH),
    ),
    "bulk: to and fro": (
        _bulk(1, "S1", AUGUST, _in_bulk(1)),
        _bulk(2, "S1", SEPTEMBER, _in_bulk(1, IN_SEPTEMBER)),
        _bulk(3, "S1", AUGUST, _in_bulk(1)),
        _bulk(4, "S1", SEPTEMBER),
    ),
    "bulk: moved by a late file to where two later files do not look": (
        _bulk(1, "S1", AUGUST, _in_bulk(1)),
        _bulk(2, "S1", SEPTEMBER, _in_bulk(1, IN_SEPTEMBER)),
        _bulk(3, "S1", AUGUST),
        _bulk(4, "S1", AUGUST),
    ),
    "bulk: periods that overlap": (
        _bulk(1, "S1", BOTH, _in_bulk(1), _in_bulk(2, IN_SEPTEMBER)),
        _bulk(2, "S1", AUGUST, _in_bulk(3)),
        _bulk(3, "S1", ("20260815", "20260915"), _in_bulk(1, IN_SEPTEMBER, "B")),
        _bulk(4, "S1", BOTH, _in_bulk(2, IN_SEPTEMBER), _in_bulk(3)),
    ),
    "bulk: broken rows, one by its date outside the period": (
        _bulk(1, "S1", BOTH, _in_bulk(1), _in_bulk(2)),
        _bulk(2, "S1", AUGUST, _in_bulk(1, IN_SEPTEMBER), _in_bulk(2, bed="x")),
        _bulk(3, "S1", AUGUST, _in_bulk(1, bed="x"), _in_bulk(2, "not a date")),
        _bulk(4, "S1", AUGUST, _in_bulk(1, bed="x")),
    ),
    "change: a key is deleted before it is there": (
        _change(1, _said(1, "D")),
        _change(2, _said(1, "I")),
        _change(3, _said(1, "D")),
        _change(4, _said(1, "D")),
    ),
    "change: a deletion that was repeated outlives a late insertion": (
        _change(1, _said(1), _said(2)),
        _change(2, _said(1, "D")),
        _change(3, _said(1)),
        _change(4, _said(1, "D")),
    ),
    "change: confirmed twice, and what came between": (
        _change(1, _said(1)),
        _change(2, _said(1)),
        _change(3, _said(1, ward="B")),
        _change(4, _said(1)),
    ),
    "change: deleted and inserted in one file, and the other way round": (
        _change(1, _said(1), _said(2)),
        _change(2, _said(1, "D"), _said(1), _said(2), _said(2, "D")),
        _change(3, _said(2, "D"), _said(2), _said(2, "D")),
    ),
    "change: broken rows, a deletion with broken values": (
        _change(1, _said(1), _said(2)),
        _change(2, _said(1, "D", bed="x"), _said(2, bed="x")),
        _change(3, _said(1, "X"), _said(2, "D"), _said(2, bed="x")),
    ),
    "timed: rows of one file on both sides of another's": (
        _timed(1, _at(1, 1), _at(3, 1)),
        _timed(2, _at(2, 1, ward="B"), _at(4, 1, "D")),
        _timed(3, _at(3, 1, ward="B"), _at(2, 1, "D"), _at(4, 1)),
    ),
    "timed: a confirmation that is not the last of its file and time": (
        _timed(1, _at(1, 1), _at(3, 1), _at(3, 1, ward="B")),
        _timed(2, _at(2, 1, ward="C")),
        _timed(3, _at(3, 1), _at(3, 1, "D")),
    ),
    "timed: equal times are ordered by arrival": (
        _timed(1, _at(1, 1)),
        _timed(2, _at(1, 1, "D")),
        _timed(3, _at(1, 1, ward="B")),
        _timed(4, _at(1, 1)),
    ),
    "timed: deletions of what is not there yet": (
        _timed(1, _at(2, 1, "D"), _at(1, 2, "D")),
        _timed(2, _at(1, 1), _at(2, 2)),
        _timed(3, _at(3, 1, "D"), _at(3, 2)),
    ),
    "append: a confirmation that is not the last of its file": (
        _append(1, line("append", 1)),
        _append(2, line("append", 1, "C")),
        _append(3, line("append", 1), line("append", 1, "B")),
    ),
    "change: a confirmed row that its file then deletes": (
        _change(1, _said(1)),
        _change(2, _said(1, ward="C")),
        _change(3, _said(1), _said(1, "D")),
        _change(4, _said(1, "D"), _said(1)),
    ),
    "append: confirmed, changed, confirmed": (
        _append(1, line("append", 1), line("append", 2)),
        _append(2, line("append", 1, "B"), line("append", 2, bed="x")),
        _append(3, line("append", 1), line("append", 1, "B"), line("append", 1)),
        _append(4, line("append", 1)),
    ),
}
