"""How the extracts are cut into files, ordered in the folder or headed changes no answer."""

import csv
import random
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from tests.known_answer.read import extracted_at
from tests.known_answer.recompute import recompute
from tests.known_answer.worked_trust import write_worked_trust


def deliver_again(source: Path, target: Path, chance: random.Random) -> None:
    """Cut each table's rows, in order of delivery, into three later files with columns in any order."""
    rows: dict[str, list[list[str]]] = {}
    headers: dict[str, list[str]] = {}
    for path in sorted(source.glob("*.csv"), key=lambda path: (extracted_at(path), path.name)):
        table = path.stem.rsplit("__", 1)[0]
        with path.open(encoding="utf-8", newline="") as file:
            headers[table], *lines = csv.reader(file)
        rows.setdefault(table, []).extend(lines)
    for table, lines in rows.items():
        cuts = [0, *sorted(chance.choices(range(len(lines) + 1), k=2)), len(lines)]
        for day, (start, end) in enumerate(pairwise(cuts), start=1):
            order = chance.sample(range(len(headers[table])), k=len(headers[table]))
            with (target / f"{table}__202506{day:02d}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow([headers[table][at] for at in order])
                for line in lines[start:end]:
                    is_whole = len(line) == len(order)
                    writer.writerow([line[at] for at in order] if is_whole else line)


@pytest.mark.parametrize("seed", range(5))
def test_recomputation__does_not_depend_on_how_the_rows_were_delivered(tmp_path, seed):
    chance = random.Random(seed)
    first, again = tmp_path / "first", tmp_path / "again"
    first.mkdir()
    again.mkdir()
    deliver_again(write_worked_trust(first), again, chance)
    listed = sorted(again.glob("*.csv"))
    chance.shuffle(listed)
    expected, found = recompute(first), recompute(again, files=listed)
    for expected_frame, found_frame, key in (
        (expected.records, found.records, ["measure_id", "record_id"]),
        (expected.performance, found.performance, ["measure_id", "org_unit_key", "month_on"]),
    ):
        pd.testing.assert_frame_equal(
            expected_frame.sort_values(key, ignore_index=True), found_frame.sort_values(key, ignore_index=True)
        )
