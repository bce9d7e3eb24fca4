"""The bench's own code: what it measures with, that it takes no loss for speed, and what it says of a target."""

import csv
import os
import sys
from pathlib import Path

import pytest

from bench import child, floor, measure, report, trust
from bench.child import Outcome
from bench.errors import BenchError
from bench.measure import Found
from bench.trust import Sample
from orchestration.extract import contracts, folder
from orchestration.extract.contract import normalise


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def sample(home: Path) -> Sample:
    (sample,) = trust.samples(home, [1], 16, lambda _: None)
    return sample


def rows_of(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))


def test_sample__has_every_extract_in_each_year(sample: Sample) -> None:
    declared = contracts.load()
    for part in (sample.loaded, sample.next_year):
        match = folder.match(part, declared)
        assert not match.unmatched
        assert len(match.arrivals) == len({arrival.contract.name for arrival in match.arrivals})
    assert {file.stem.rsplit("__", 1)[0] for file in sample.loaded.iterdir()} == {
        file.stem.rsplit("__", 1)[0] for file in sample.next_year.iterdir()
    }
    assert max(file.name[-17:] for file in sample.loaded.iterdir()) < min(
        file.name[-17:] for file in sample.next_year.iterdir()
    )


def test_sample__holds_whole_rows_only(sample: Sample) -> None:
    for part in (sample.loaded, sample.next_year, sample.day, sample.largest):
        for file in part.iterdir():
            header, *rows = rows_of(file)
            assert {len(row) for row in rows} == {len(header)}, file
        assert sample.rows(part) == sum(len(rows_of(file)) - 1 for file in part.iterdir())


def test_day__is_half_corrections_of_rows_loaded_and_half_new_rows(sample: Sample) -> None:
    contract = {one.name: one for one in contracts.load()}["pas__consultant_episode"]
    (day,) = sample.day.glob("pas__consultant_episode__*.csv")
    (year,) = sample.next_year.glob("pas__consultant_episode__*.csv")
    names = [normalise(name) for name in rows_of(day)[0]]
    places = [names.index(name) for name in contract.business_key]
    known = {tuple(row[place] for place in places): row for row in rows_of(year)[1:]}
    sent = {tuple(row[place] for place in places): row for row in rows_of(day)[1:]}
    assert len(sent) == trust.DAY_ROWS
    corrected = [key for key in sent if key in known and sent[key] != known[key]]
    assert len(corrected) == pytest.approx(trust.DAY_ROWS / 2, rel=0.1)
    assert sum(key not in known for key in sent) == trust.DAY_ROWS / 2


def test_sample__is_written_once(home: Path, sample: Sample) -> None:
    marked = sample.day / "marked"
    marked.touch()
    try:
        assert trust.samples(home, [1], 16, pytest.fail) == [sample]
        assert marked.exists()
    finally:
        marked.unlink()


def test_files__are_dealt_out_by_size(tmp_path: Path) -> None:
    for name, size in (("a", 50), ("b", 40), ("c", 10)):
        (tmp_path / name).write_bytes(b"x" * size)
    first, second = floor._dealt([tmp_path / "a", tmp_path / "b", tmp_path / "c"], 2)
    assert ([file.name for file in first], [file.name for file in second]) == (["a"], ["b", "c"])


def said(**other: object) -> Outcome:
    return Outcome({"received": 100, "quarantined": 0, "new": 2, "not_loaded": [], **other}, 1.0)


def test_check__takes_a_load_of_every_row() -> None:
    measure.check(said(), "loaded", rows=100, new_files=2)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"received": 99}, "99 rows received of 100"),
        ({"new": 1}, "1 new deliveries of 2"),
        ({"not_loaded": ["a.csv: held"]}, "first a.csv: held"),
        ({"quarantined": 101}, "101 rows"),
    ],
)
def test_check__takes_no_loss_for_speed(other: dict[str, object], words: str) -> None:
    with pytest.raises(BenchError, match=words):
        measure.check(said(**other), "loaded", rows=100, new_files=2)


def test_child__shows_the_most_memory_that_it_and_its_own_children_held() -> None:
    hold = "import time; held = bytearray(80_000_000); time.sleep(0.5)"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}]); print('{{}}')"
    outcome = child.run([sys.executable, "-c", program], os.environ, Path.cwd())
    assert 80 < outcome.largest < 160


def test_child__that_fails_is_told_with_its_last_words() -> None:
    with pytest.raises(BenchError, match=r"ended with 1: .*no such thing"):
        child.run([sys.executable, "-c", "raise SystemExit('no such thing')"], os.environ, Path.cwd())


@pytest.mark.parametrize(("numbers", "said"), [([1.9, 2.0, 9.0], "met"), ([1.9, 2.1, 2.2], "NOT MET")])
def test_verdict__is_that_of_the_median(numbers: list[float], said: str) -> None:
    assert report.verdict(numbers, 2.0) == f"  <= 2.00  {said}"


def test_table__shows_each_size_and_each_verdict(sample: Sample) -> None:
    names = [line.name for line in report.LOADS if line.name != "raw_one"] + ["raw_seconds", "day_seconds"]
    one, ten = Found(sample), Found(Sample(10, sample.folder))
    for found, number in ((one, 1.0), (ten, 2.5)):
        for name in names:
            found.add(name, number)
    text = "\n".join(report.loads([one, ten]))
    assert "1 trust-year(s)" in text
    assert "10 trust-year(s)" in text
    assert {
        line.rsplit("  ", 1)[1] for line in text.splitlines() if line.startswith("ours") and "one connection" in line
    } == {"met", "NOT MET"}
    assert "a day, 10 against 1 trust-year(s)" in text
