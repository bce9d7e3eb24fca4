"""The data types that a contract may declare: their form in a file, their type in Postgres, their words."""

from dataclasses import dataclass

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


@dataclass(frozen=True)
class DataType:
    """How a value of one declared type is written in a file and kept in a raw table.

    `pattern` is a regular expression that the whole text must match, beside Postgres' own input check: that alone
    takes 'yesterday', 'infinity' or '10/11/2026' for a date, NaN for a number and 24:00 for a time.
    """

    postgres_type: str
    catalogue_name: str
    pattern: str | None
    expected: str


DATA_TYPES: dict[str, DataType] = {
    "text": DataType("text", "text", None, "text"),
    "integer": DataType("integer", "integer", r"^-?[0-9]+$", "a whole number within +/-2147483647"),
    "bigint": DataType("bigint", "bigint", r"^-?[0-9]+$", "a whole number within +/-9223372036854775807"),
    "numeric": DataType(
        "numeric", "numeric", r"^-?([0-9]+\.?[0-9]*|\.[0-9]+)$", "a plain number such as 12 or 0.75"
    ),
    "date": DataType("date", "date", f"^{_DATE}$", "a calendar date CCYY-MM-DD"),
    "timestamp": DataType(
        "timestamp",
        "timestamp without time zone",
        rf"^{_DATE} ([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$",
        "a local time CCYY-MM-DD HH:MM:SS",
    ),
}
