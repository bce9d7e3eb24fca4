"""Extracts to measure with: a synthetic trust, written once and kept, cut into years, a next year and a day."""

import csv
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from orchestration.extract import contracts
from orchestration.extract.contract import normalise
from orchestration.synthetic.write import write_trust

# The extracts of a day, with the column that its corrections change.
DAY = {"pas__consultant_episode": "consultant_code", "pas__outpatient_attendance": "consultant_code"}
DAY_ROWS = 1000
# The extract with the most columns and, over years, the most bytes.
LARGEST = "pas__consultant_episode"
LARGEST_ROWS = 1_000_000
# A snapshot taken a year before held a little less.
_FORMER_SHARE = 0.98


@dataclass(frozen=True)
class Sample:
    """Folders of extracts: `years` years, the year after them, a day after that, and the widest extract in one file."""

    years: int
    folder: Path

    @property
    def loaded(self) -> Path:
        """The first years, all files."""
        return self.folder / "loaded"

    @property
    def next_year(self) -> Path:
        """One more year, with new snapshots of what is not told by year."""
        return self.folder / "next_year"

    @property
    def day(self) -> Path:
        """A daily delivery: half corrections, half new rows."""
        return self.folder / "day"

    @property
    def largest(self) -> Path:
        """The widest extract, as one file of at most a million rows."""
        return self.folder / "largest"

    def rows(self, part: Path) -> int:
        """Rows in the files of `part`, headers apart."""
        return sum(_line_count(file) - 1 for file in part.iterdir())

    def megabytes(self, part: Path) -> float:
        """Size of the files of `part`."""
        return sum(file.stat().st_size for file in part.iterdir()) / 1e6


def samples(home: Path, years: Sequence[int], clinicians: int, say: Callable[[str], None]) -> list[Sample]:
    """Return a sample for each of `years`, of one trust; written below `home` unless they are there already."""
    name = "-".join(map(str, (clinicians, *sorted(years))))
    kept = home / "extracts" / name
    if not kept.exists():
        draft = kept.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        _write(draft, sorted(years), clinicians, say)
        draft.rename(kept)
    return [Sample(count, kept / str(count)) for count in sorted(years)]


def _write(draft: Path, years: Sequence[int], clinicians: int, say: Callable[[str], None]) -> None:
    trust = draft / "trust"
    write_trust(trust, years=years[-1] + 1, clinicians=clinicians, on_progress=say)
    files: dict[str, dict[str, Path]] = defaultdict(dict)
    for file in sorted(trust.glob("*.csv")):
        extract, time = file.stem.rsplit("__", 1)
        files[extract][time] = file
    # The last time is that of late corrections: the day that is made below stands for them.
    times = sorted({time for found in files.values() for time in found})[: years[-1] + 1]
    say("Taking out the lines that a bare COPY would not survive ...")
    for found in files.values():
        for time in times:
            if time in found:
                _keep_whole_lines(found[time])
    for count in years:
        say(f"Laying out {count} trust-year(s) ...")
        sample = Sample(count, draft / str(count))
        for part in (sample.loaded, sample.next_year, sample.day, sample.largest):
            part.mkdir(parents=True)
        for extract, found in files.items():
            if set(found) & set(times[:-1]):
                for time in times[:count]:
                    os.link(found[time], sample.loaded / found[time].name)
                os.link(found[times[count]], sample.next_year / found[times[count]].name)
            else:
                whole = found[times[-1]]
                _write_first(whole, sample.loaded / f"{extract}__{times[count - 1]}.csv", _FORMER_SHARE)
                os.link(whole, sample.next_year / f"{extract}__{times[count]}.csv")
        _write_day(sample)
        _write_largest(sample)


def _keep_whole_lines(file: Path) -> None:
    draft = file.with_suffix(".new")
    with file.open("rb") as lines, draft.open("wb") as kept:
        header = next(lines)
        kept.write(header)
        width = header.count(b",") + 1
        kept.writelines(line for line in lines if _is_whole(line, width))
    draft.replace(file)


def _is_whole(line: bytes, width: int) -> bool:
    """Tell whether a line is a row by itself, with as many fields as the header."""
    if b'"' not in line:
        return line.count(b",") == width - 1
    try:
        return len(next(csv.reader([line.decode()], strict=True))) == width
    except csv.Error:
        return False


def _write_first(whole: Path, part: Path, share: float) -> None:
    """Write the first `share` of the rows of `whole`; a short file is taken as it is."""
    lines = whole.read_bytes().splitlines(keepends=True)
    part.write_bytes(b"".join(lines[: max(round(len(lines) * share), min(len(lines), 2000))]))


def _write_day(sample: Sample) -> None:
    """Take rows of the next year: one half with another value in one column, one half under a new key."""
    keys = {contract.name: contract.business_key[0] for contract in contracts.load()}
    for extract, corrected in DAY.items():
        (file,) = sample.next_year.glob(f"{extract}__*.csv")
        with file.open(newline="", encoding="utf-8") as lines:
            reader = csv.reader(lines)
            header = next(reader)
            rows = list(islice(reader, DAY_ROWS))
        names = [normalise(name) for name in header]
        key, column, half = names.index(keys[extract]), names.index(corrected), len(rows) // 2
        values = [row[column] for row in rows]
        for number, row in enumerate(rows):
            if number < half:
                row[column] = next((value for value in values[number:] if value not in ("", row[column])), row[column])
            else:
                row[key] = f"D{row[key]}"
        with (sample.day / f"{extract}__{_day_after(file)}T0600.csv").open("w", newline="", encoding="utf-8") as out:
            csv.writer(out, lineterminator="\n").writerows([header, *rows])


def _day_after(file: Path) -> str:
    return f"{date.fromisoformat(file.stem.rsplit('__', 1)[1][:8]) + timedelta(days=1):%Y%m%d}"


def _write_largest(sample: Sample) -> None:
    files = sorted(sample.loaded.glob(f"{LARGEST}__*.csv"))
    with (sample.largest / files[-1].name).open("wb") as out:
        out.writelines(islice(_joined(files), LARGEST_ROWS + 1))


def _joined(files: Sequence[Path]) -> Iterator[bytes]:
    for number, file in enumerate(files):
        with file.open("rb") as lines:
            header = next(lines)
            if number == 0:
                yield header
            yield from lines


def _line_count(file: Path) -> int:
    with file.open("rb") as opened:
        return sum(block.count(b"\n") for block in iter(lambda: opened.read(1 << 20), b""))
