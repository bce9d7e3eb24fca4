"""The data types and forms that a contract may declare: how a value is written, and the one text that it is kept as.

Times are local, as hospitals write them, and stay so: a raw table shows what the clock showed. Where the clocks change,
a time of the hour that is there twice is kept as it is written, as is one of the hour that is not there (somebody wrote
it down). So two moments an hour apart have one text in the autumn, even where a source says their offset. Only as the
position of a delivery or row is such a time a moment: see `standard`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

# The time in a file and in its name is the local time of the source.
ZONE = ZoneInfo("Europe/London")
# What systems write for "no date" (HES data dictionary: 1800 null, 1801 invalid; 1802 in the artificial HES).
SENTINEL_DATES = ("1800-01-01", "1801-01-01", "1802-01-01")
_LONGEST_NUMBER = 1000
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIMESTAMP = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?")
_UK_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?: 0{1,2}:00(?::00)?)?")
_UK_TIMESTAMP = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?: ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?")
_DIGITS_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DIGITS_TIMESTAMP = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})?")
_OFFSET_TIMESTAMP = re.compile(r"[0-9-]{10}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})")
_SERIAL = re.compile(r"[0-9]{1,7}(\.[0-9]+)?")
_INTEGER = re.compile(r"-?[0-9]+")
_NUMERIC = re.compile(r"(-?)([0-9]*)\.?([0-9]*)")
_ICD10 = re.compile(r"([A-Z][0-9][0-9A-Z])([0-9X]?)([0-9]?)([DA]?)")
_OPCS4 = re.compile(r"[A-Z][0-9]{2}[0-9]?")
# Fillers and punctuation of codes, and how dagger and asterisk are written, which the NHS writes D and A.
_NO_CODE = re.compile(r"[\s.&-]")
_MARKS = str.maketrans({"+": "D", "\u2020": "D", "*": "A"})


@dataclass(frozen=True)
class DataType:
    """The type of a column in Postgres: as it is declared, and as the catalogue names it."""

    postgres_type: str
    catalogue_name: str


@dataclass(frozen=True)
class Form:
    """How values of one declared type are written.

    `read` takes a value that is not empty and returns the one text by which it is kept and compared ('' for none, as
    for a sentinel date). It raises `ValueError` where the value does not fit; `expected` says in words what would.
    `canonical`, if not empty, is a regular expression of texts that are known to be kept as they stand.
    """

    read: Callable[[str], str]
    expected: str
    canonical: str = ""


DATA_TYPES: dict[str, DataType] = {
    "text": DataType("text", "text"),
    "integer": DataType("integer", "integer"),
    "bigint": DataType("bigint", "bigint"),
    "numeric": DataType("numeric", "numeric"),
    "date": DataType("date", "date"),
    "timestamp": DataType("timestamp", "timestamp without time zone"),
}


def aware(text: str) -> datetime:
    """Return the moment of a local date or time, or of one with its offset."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else standard(at)


def standard(at: datetime) -> datetime:
    """Return the local time `at` with its offset from UTC; where a clock change leaves a choice, standard time.

    So does Postgres. The offset is a plain one: Python compares two times of one zone by what the clock showed.
    """
    offsets = (at.replace(tzinfo=ZONE, fold=fold).utcoffset() for fold in (0, 1))
    return at.replace(tzinfo=timezone(min(offset for offset in offsets if offset is not None)))


def _whole(smallest: int, largest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not _INTEGER.fullmatch(text) or len(text) > _LONGEST_NUMBER or not smallest <= int(text) <= largest:
            raise ValueError
        return str(int(text))

    return read


def _numeric(text: str) -> str:
    found = _NUMERIC.fullmatch(text)
    if not found or not (found[2] or found[3]) or len(text) > _LONGEST_NUMBER:
        raise ValueError
    whole, part = found[2].lstrip("0") or "0", found[3].rstrip("0")
    number = f"{whole}.{part}" if part else whole
    return f"-{number}" if found[1] and number != "0" else number


def _day(year: str, month: str, day: str) -> str:
    text = date(int(year), int(month), int(day)).isoformat()
    return "" if text in SENTINEL_DATES else text


def _moment(year: str, month: str, day: str, *clock: str | None) -> str:
    hour, minute, second, part = (*clock, None)[:4]
    at = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    if at.date().isoformat() in SENTINEL_DATES:
        return ""
    # A part of a second, as databases give it, is kept as they show it.
    part = (part or "").rstrip("0")
    return f"{at.isoformat(' ')}.{part}" if part else at.isoformat(" ")


def _reading(
    pattern: re.Pattern[str], make: Callable[..., str], order: Sequence[int] = (0, 1, 2)
) -> Callable[[str], str]:
    """Return what reads a date or time by `pattern`; year, month and day are its groups in this `order`."""

    def read(text: str) -> str:
        found = pattern.fullmatch(text)
        if not found:
            raise ValueError
        groups = found.groups()
        return make(*(groups[at] for at in order), *groups[3:])

    return read


_date = _reading(_DATE, _day)
_timestamp = _reading(_TIMESTAMP, _moment)


def _excel_moment(text: str) -> datetime:
    """Return the moment of an Excel serial number; day 60 is 29 February 1900, which Excel alone knows."""
    days = float(text) if _SERIAL.fullmatch(text) else 0.0
    if not 1 <= days < 2958466 or 60 <= days < 61:
        raise ValueError
    first = datetime(1899, 12, 31) if days < 60 else datetime(1899, 12, 30)
    return first + timedelta(seconds=round(days * 86400))


def _excel_date(text: str) -> str:
    if _DATE.fullmatch(text):
        return _date(text)
    at = _excel_moment(text)
    if (at.hour, at.minute, at.second) != (0, 0, 0):
        raise ValueError
    return _day(str(at.year), str(at.month), str(at.day))


def _excel_timestamp(text: str) -> str:
    return _timestamp(text) if _TIMESTAMP.fullmatch(text) else _timestamp(_excel_moment(text).isoformat(" "))


def _offset_timestamp(text: str) -> str:
    if not _OFFSET_TIMESTAMP.fullmatch(text):
        raise ValueError
    if text[:10] in SENTINEL_DATES:
        return ""
    at = datetime.fromisoformat(text)
    return _timestamp(at.astimezone(ZONE).replace(tzinfo=None).isoformat(" "))


def _icd10(text: str) -> str:
    """Return a code as HES writes it: a category alone filled with X, a fifth character or mark behind."""
    code = _NO_CODE.sub("", text).upper().translate(_MARKS)
    found = _ICD10.fullmatch(code)
    if code and not found:
        raise ValueError
    return f"{found[1]}{found[2] or 'X'}{found[3]}{found[4]}" if found else ""


def _opcs4(text: str) -> str:
    code = _NO_CODE.sub("", text).upper()
    if code and not _OPCS4.fullmatch(code):
        raise ValueError
    return code


def _nhs_number(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


_DECIMALS = r"(\.[0-9]{0,17}[1-9])"
FORMS: dict[str, dict[str | None, Form]] = {
    "text": {
        None: Form(str, "text"),
        "trimmed": Form(str.strip, "text", r"^[!-~]([ -~]*[!-~])?$"),
        "icd10": Form(_icd10, "an ICD-10 code such as I21.0 or R54X", r"^[A-Z][0-9][0-9A-Z][0-9X][0-9]?[DA]?$"),
        "opcs4": Form(_opcs4, "an OPCS-4 code such as W37.1", r"^[A-Z][0-9]{2}[0-9]?$"),
        "nhs_number": Form(_nhs_number, "an NHS number", r"^[0-9]{10}$"),
    },
    "integer": {
        None: Form(_whole(-(2**31), 2**31 - 1), "a whole number of at most 2147483647", r"^(0|-?[1-9][0-9]{0,8})$")
    },
    "bigint": {
        None: Form(_whole(-(2**63), 2**63 - 1), "a whole number of at most 19 digits", r"^(0|-?[1-9][0-9]{0,17})$")
    },
    "numeric": {
        None: Form(
            _numeric, "a plain number such as 12 or 0.75", f"^(0|-?[1-9][0-9]{{0,17}}{_DECIMALS}?|-?0{_DECIMALS})$"
        )
    },
    "date": {
        None: Form(_date, "a calendar date CCYY-MM-DD"),
        "DD/MM/YYYY": Form(_reading(_UK_DATE, _day, (2, 1, 0)), "a calendar date DD/MM/CCYY"),
        "CCYYMMDD": Form(_reading(_DIGITS_DATE, _day), "a calendar date CCYYMMDD"),
        "excel": Form(_excel_date, "a calendar date as a serial number of Excel"),
    },
    "timestamp": {
        None: Form(_timestamp, "a local time CCYY-MM-DD HH:MM:SS"),
        "DD/MM/YYYY": Form(_reading(_UK_TIMESTAMP, _moment, (2, 1, 0)), "a local time DD/MM/CCYY HH:MM:SS"),
        "CCYYMMDD": Form(_reading(_DIGITS_TIMESTAMP, _moment), "a local time CCYYMMDDHHMM"),
        "excel": Form(_excel_timestamp, "a local time as a serial number of Excel"),
        # Said with its distance from UTC, a time is kept as the local time that it was.
        "offset": Form(_offset_timestamp, "a time with its offset, CCYY-MM-DDTHH:MM:SS+01:00"),
    },
}
