"""The data types that a contract may declare: their type in Postgres, their form in a file, their words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DataType:
    """How a value of one declared type is written in a file and kept in a raw table.

    `form` is an SQL condition on the text `{value}`, asked after the input check of Postgres has passed: that check
    alone takes 'yesterday', 'infinity' or '10/11/2026' for a date, NaN for a number, 24:00 for a time. A date
    that reads back as it was written has the ISO form; that is asked twice as fast as a regular expression.
    `compared` is what tells versions apart: 007 is 7, 1.50 is 1.5 and 10:00 is 10:00:00.
    """

    postgres_type: str
    catalogue_name: str
    form: str | None
    expected: str
    compared: str


DATA_TYPES: dict[str, DataType] = {
    "text": DataType("text", "text", None, "text", "{value}"),
    "integer": DataType(
        "integer", "integer", "{value} ~ '^-?[0-9]+$'", "a whole number of at most 2147483647", "{value}::integer"
    ),
    "bigint": DataType(
        "bigint", "bigint", "{value} ~ '^-?[0-9]+$'", "a whole number of at most 19 digits", "{value}::bigint"
    ),
    "numeric": DataType(
        "numeric",
        "numeric",
        r"{value} ~ '^-?([0-9]+\.?[0-9]*|\.[0-9]+)$'",
        "a plain number such as 12 or 0.75",
        "{value}::numeric",
    ),
    "date": DataType(
        "date",
        "date",
        "length({value}) = 10 and {value}::date::text = {value}",
        "a calendar date CCYY-MM-DD",
        "{value}",
    ),
    "timestamp": DataType(
        "timestamp",
        "timestamp without time zone",
        "length({value}) in (16, 19) and {value}::timestamp::text in ({value}, {value} || ':00')",
        "a local time CCYY-MM-DD HH:MM:SS",
        "{value}::timestamp",
    ),
}
