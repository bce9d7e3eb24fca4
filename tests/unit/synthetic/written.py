"""A plain reader of the files of a synthetic trust: cells by line, records by extract, truth by file."""

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from orchestration.extract import contracts
from orchestration.extract.contract import normalise
from orchestration.synthetic.write import TrustSummary

CONTRACTS = {contract.name: contract for contract in contracts.load()}


@dataclass(frozen=True)
class Written:
    """What stands in a folder: rows of cells by file, records by extract, truth by file."""

    folder: Path
    summary: TrustSummary

    @cached_property
    def lines(self) -> dict[str, list[list[str]]]:
        """Cells of each file, header first: line number less one is the index."""
        return {path.name: _read(path) for path in sorted(self.folder.glob("*.csv"))}

    def files(self, extract: str) -> list[str]:
        """Files of one extract, oldest first."""
        return [name for name in self.lines if name.split("__")[:2] == extract.split("__")]

    def truth(self, name: str) -> list[dict[str, str]]:
        """Records of one file of the truth."""
        header, *rows = _read(self.folder / "truth" / name)
        return [dict(zip(header, row, strict=True)) for row in rows]

    @cached_property
    def broken(self) -> set[str]:
        """Keys, joined by `|`, of the records of which a row is planted as broken."""
        return {row["record_key"] for row in self.truth("broken_rows.csv")}

    @cached_property
    def in_use(self) -> dict[str, str]:
        """Number in use of the patients who are also known by others, by these."""
        return {row["local_patient_identifier"]: row["true_value"] for row in self.truth("other_numbers.csv")}

    def patient(self, record: dict[str, str]) -> str:
        """Hospital number in use of the patient of a record."""
        number = record["local_patient_identifier"]
        return self.in_use.get(number, number)

    def current(self, extract: str) -> list[dict[str, str]]:
        """Records of one extract as they are known last: see `versions`."""
        return self.versions[extract]

    @cached_property
    def versions(self) -> dict[str, list[dict[str, str]]]:
        """Latest version of each record by extract, without the rows that are planted as broken."""
        return {extract: self._latest(extract) for extract in CONTRACTS}

    def _latest(self, extract: str) -> list[dict[str, str]]:
        broken = {(row["file_name"], int(row["line_number"])) for row in self.truth("broken_rows.csv")}
        key = CONTRACTS[extract].business_key
        latest = {}
        for name in self.files(extract):
            header, *rows = self.lines[name]
            columns = [normalise(word) for word in header]
            for line, row in enumerate(rows, start=2):
                if (name, line) not in broken:
                    record = dict(zip(columns, row, strict=True))
                    latest[tuple(record[part] for part in key)] = record
        return list(latest.values())


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
