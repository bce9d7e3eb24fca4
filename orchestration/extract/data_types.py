"""The data types and forms that a contract may declare: how a value is written, and the one text that it is kept as."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

# The time in a file and in its name is the local time of the source.
ZONE = ZoneInfo("Europe/London")
# What systems write for "no date" (HES data dictionary: 1800 null, 1801 invalid; 1802 in the artificial HES).
SENTINEL_DATES = ("1800-01-01", "1801-01-01", "1802-01-01")
_LONGEST_NUMBER = 1000
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIMESTAMP = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_UK_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_UK_TIMESTAMP = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}) ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_OFFSET_TIMESTAMP = re.compile(r"[0-9-]{10}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})")
_SERIAL = re.compile(r"[0-9]{1,7}(\.[0-9]+)?")
_INTEGER = re.compile(r"-?[0-9]+")
_NUMERIC = re.compile(r"(-?)([0-9]*)\.?([0-9]*)")
_ICD10 = re.compile(r"[A-Z][0-9][0-9A-Z][0-9X][0-9A-Z*+]{0,2}|[A-Z][0-9][0-9A-Z]")
_OPCS4 = re.compile(r"[A-Z][0-9]{2}[0-9A-Z]?")


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
    """

    read: Callable[[str], str]
    expected: str


DATA_TYPES: dict[str, DataType] = {
    "text": DataType("text", "text"),
    "integer": DataType("integer", "integer"),
    "bigint": DataType("bigint", "bigint"),
    "numeric": DataType("numeric", "numeric"),
    "date": DataType("date", "date"),
    "timestamp": DataType("timestamp", "timestamp without time zone"),
}


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


def _moment(year: str, month: str, day: str, hour: str, minute: str, second: str | None) -> str:
    at = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))  # noqa: DTZ001 - local
    return "" if at.date().isoformat() in SENTINEL_DATES else at.isoformat(" ")


def _date(text: str) -> str:
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError
    return _day(*found.groups())


def _timestamp(text: str) -> str:
    found = _TIMESTAMP.fullmatch(text)
    if not found:
        raise ValueError
    return _moment(*found.groups())


def _uk_date(text: str) -> str:
    found = _UK_DATE.fullmatch(text)
    if not found:
        raise ValueError
    return _day(found[3], found[2], found[1])


def _uk_timestamp(text: str) -> str:
    found = _UK_TIMESTAMP.fullmatch(text)
    if not found:
        raise ValueError
    return _moment(found[3], found[2], found[1], found[4], found[5], found[6])


def _excel_moment(text: str) -> datetime:
    """Return the moment of an Excel serial number; day 60 is 29 February 1900, which Excel alone knows."""
    days = float(text) if _SERIAL.fullmatch(text) else 0.0
    if not 1 <= days < 2958466 or 60 <= days < 61:
        raise ValueError
    first = datetime(1899, 12, 31) if days < 60 else datetime(1899, 12, 30)  # noqa: DTZ001 - local
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
    at = datetime.fromisoformat(text)
    return _timestamp(at.astimezone(ZONE).replace(tzinfo=None).isoformat(" "))


def _trimmed(text: str) -> str:
    return text.strip()


def _clinical_code(pattern: re.Pattern[str], filled_to: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        code = text.strip().upper().replace(".", "").rstrip("-&")
        if not code:
            return ""
        if not pattern.fullmatch(code):
            raise ValueError
        return code.ljust(filled_to, "X")

    return read


def _nhs_number(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


FORMS: dict[str, dict[str | None, Form]] = {
    "text": {
        None: Form(str, "text"),
        "trimmed": Form(_trimmed, "text"),
        # As HES pads them: three characters and an X. A category of ICD-10 or OPCS-4 alone keeps its meaning so.
        "icd10": Form(_clinical_code(_ICD10, 4), "an ICD-10 code such as I21.0 or R54X"),
        "opcs4": Form(_clinical_code(_OPCS4, 3), "an OPCS-4 code such as W37.1"),
        "nhs_number": Form(_nhs_number, "an NHS number"),
    },
    "integer": {None: Form(_whole(-(2**31), 2**31 - 1), "a whole number of at most 2147483647")},
    "bigint": {None: Form(_whole(-(2**63), 2**63 - 1), "a whole number of at most 19 digits")},
    "numeric": {None: Form(_numeric, "a plain number such as 12 or 0.75")},
    "date": {
        None: Form(_date, "a calendar date CCYY-MM-DD"),
        "DD/MM/YYYY": Form(_uk_date, "a calendar date DD/MM/CCYY"),
        "excel": Form(_excel_date, "a calendar date as a serial number of Excel"),
    },
    "timestamp": {
        None: Form(_timestamp, "a local time CCYY-MM-DD HH:MM:SS"),
        "DD/MM/YYYY": Form(_uk_timestamp, "a local time DD/MM/CCYY HH:MM:SS"),
        "excel": Form(_excel_timestamp, "a local time as a serial number of Excel"),
        # Said with its distance from UTC, a time is kept as the local time that it was: the clock change is no matter.
        "offset": Form(_offset_timestamp, "a time with its offset, CCYY-MM-DDTHH:MM:SS+01:00"),
    },
}
