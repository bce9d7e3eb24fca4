"""A contract in each format, and the cells that an arrival of it gives."""

import csv
import dataclasses
import io
from pathlib import Path

from orchestration.extract import folder, formats
from orchestration.extract.contract import Column, Contract

CSV = Contract(
    source="ward",
    table="stay",
    description="One row per stay.",
    file_pattern="stay_{extracted_at}.csv",
    delimiter="|",
    encoding="utf-8",
    delivery_kind="append",
    business_key=("stay_number",),
    columns=(
        Column("stay_number", "text", "", required=True),
        Column("beds", "integer", ""),
        Column("share", "numeric", ""),
        Column("admitted_on", "date", ""),
        Column("seen_at", "timestamp", "", aliases=("time_seen",)),
        Column("note", "text", ""),
    ),
)
PARQUET = dataclasses.replace(CSV, file_pattern="stay_{extracted_at}.parquet", format="parquet")
EXCEL = dataclasses.replace(CSV, file_pattern="stay_{extracted_at}.xlsx", format="excel")
HEADERS = tuple(column.header for column in CSV.columns)


def content(path: Path, contract: Contract) -> bytes:
    """Return all CSV bytes of a file."""
    with formats.open_csv(folder.arrival(path, contract)) as file:
        return b"".join(iter(lambda: file.read(1 << 16), b""))


def cells(path: Path, contract: Contract) -> list[list[str]]:
    """Return the cells of a file, its header first, as the CSV standard reads them."""
    text = content(path, contract).decode()
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=contract.delimiter, strict=True))
