"""Writing one extract: the columns of its contract, in plain CSV, with the planted edits laid over the true rows."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from orchestration.extract import contracts
from orchestration.extract.contract import Contract
from orchestration.synthetic.columns import Table
from orchestration.synthetic.errors import SyntheticError

CHUNK = 50_000


@dataclass
class Edits:
    """What goes wrong in one file: cells by row and column, rows that end early, rows that are sent twice."""

    cells: dict[int, dict[str, str]] = field(default_factory=dict)
    short: dict[int, int] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)
    wanted: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Written:
    """One file as written. `lines` gives the line number of each edited row, `kept` the true cells of wanted rows."""

    name: str
    rows: int
    lines: dict[int, int]
    kept: dict[int, list[str]]


@lru_cache
def _contracts() -> dict[str, Contract]:
    return {contract.name: contract for contract in contracts.load()}


def contract(extract: str) -> Contract:
    """Contract of `extract`, named `<source>__<table>`."""
    return _contracts()[extract]


def write(path: Path, extract: str, table: Table, edits: Edits) -> Written:
    """Write `table` as the file `path` of `extract`, with `edits`.

    Raises `SyntheticError` when the table's columns are not those of the contract.
    """
    names = [column.name for column in contract(extract).columns]
    if set(names) != set(table):
        unlike = ", ".join(sorted(set(names) ^ set(table)))
        raise SyntheticError(f"{extract}: the generator and the contract differ in {unlike}; change one of them.")
    count = len(next(iter(table.values())))
    lines: dict[int, int] = {}
    kept: dict[int, list[str]] = {}
    edited = set(edits.cells) | set(edits.short) | edits.repeated | edits.wanted
    line = 2
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(column.header for column in contract(extract).columns) + "\n")
        for first in range(0, count, CHUNK):
            last = min(first + CHUNK, count)
            rows = list(zip(*(table[name].text(slice(first, last)) for name in names), strict=True))
            for number in sorted(row for row in edited if first <= row < last):
                kept[number] = list(rows[number - first])
            texts = _texts(rows)
            starts = line
            extra = 0
            for number in sorted(row for row in edited if first <= row < last):
                lines[number] = starts + (number - first) + extra
                text = _edited(kept[number], names, edits.cells.get(number, {}), edits.short.get(number))
                texts[number - first] = text
                if number in edits.repeated:
                    texts[number - first] = f"{text}\n{text}"
                    extra += 1
            line += len(texts) + extra
            file.write("\n".join(texts) + "\n")
    wanted = {number: kept[number] for number in edits.wanted}
    return Written(path.name, line - 2, lines, wanted)


def _texts(rows: Sequence[tuple[str, ...]]) -> list[str]:
    texts = list(map(",".join, rows))
    # Hardly any table holds a comma, quote or line end in a value: quote only where one does.
    commas = len(rows) * (len(rows[0]) - 1)
    whole = "\n".join(texts)
    if whole.count(",") != commas or '"' in whole or whole.count("\n") != len(rows) - 1:
        return [_quoted(row) for row in rows]
    return texts


def _quoted(row: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row)
    return text.getvalue()


def _edited(row: list[str], names: list[str], cells: dict[str, str], width: int | None) -> str:
    changed = [cells.get(name, value) for name, value in zip(names, row, strict=True)]
    return _quoted(changed[:width])


def write_rows(path: Path, extract: str, rows: Sequence[Sequence[str]]) -> None:
    """Write ready rows, cells in the order of the contract, as the file `path` of `extract`."""
    names = [column.header for column in contract(extract).columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
