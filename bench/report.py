"""What was measured as one table: medians with their spread, targets, and whether they are met."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.measure import Found

# Targets are set for ten trust-years.
YEARS = 10
LONGEST_DAY = 1.5
FLAT = 1.25


@dataclass(frozen=True)
class Line:
    """One line of the table: what it shows, of which numbers, and at most how much it may be."""

    title: str
    name: str
    target: float | None = None
    form: str = "{:.2f}"


LOADS = (
    Line("raw COPY, one connection", "raw_one"),
    Line("raw COPY, two connections", "raw_two"),
    Line("ours, first load, one connection", "ours_one", 2.0),
    Line("ours, first load, two connections", "ours_two", 1.6),
    Line("ours, one more year, one connection (x its own raw)", "more_one", 3.0),
    Line("ours, one more year, two connections (x its own raw)", "more_two"),
    Line("ours, the same files again", "again", form="{:.3f}"),
    Line("ours, a day: 2,000 rows, half corrections", "day", form="{:.3f}"),
    Line("memory, one connection, MB", "memory_one", 400, "{:.0f}"),
    Line("memory, two connections, MB", "memory_two", 400, "{:.0f}"),
)
PEERS = (
    Line("raw COPY", "raw_one"),
    Line("ours: typed, faithful", "ours"),
    Line("ADBC ingest of pyarrow batches: text, not faithful", "adbc"),
    Line("dlt, Arrow batches, COPY: text, not faithful", "dlt"),
    Line("pandas.to_sql, default method, psycopg2: text, not faithful", "pandas"),
)
_WIDTH, _CELL = 62, 22


def machine(server_version: str) -> str:
    """Describe the machine in one line."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    kilobytes = int(next(line.split()[1] for line in lines if line.startswith("MemTotal")))
    load = " ".join(f"{number:.1f}" for number in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, {kilobytes / 1024**2:.0f} GiB, PostgreSQL {server_version}, "
        f"Python {platform.python_version()}, load average before {load}"
    )


def loads(found: Sequence[Found]) -> list[str]:
    """Return the table of our loads beside their floor, a column for each sample, and the verdicts of the largest."""
    for one in found:
        one.numbers["raw_one"] = [1.0]
    lines = [_row("ratio to raw COPY of the same files", [f"{one.sample.years} trust-year(s)" for one in found])]
    largest = found[-1].numbers
    for line in LOADS:
        cells = [_cell(line, one.numbers.get(line.name, [])) for one in found]
        lines.append(_row(line.title, cells) + verdict(largest.get(line.name, []), line.target, line.form))
    if len(found) > 1:
        few, many = found[0].numbers, found[-1].numbers
        span = f"{found[-1].sample.years} against {found[0].sample.years} trust-year(s)"
        for title, name, target in (("memory", "memory_one", FLAT), ("a day", "day_seconds", LONGEST_DAY)):
            ratio = median(many[name]) / median(few[name])
            lines.append(
                _row(f"{title}, {span}", [""] * (len(found) - 1) + [f"{ratio:.2f}"]) + verdict([ratio], target)
            )
    for one in found:
        part, seconds = one.sample.loaded, median(one.numbers["raw_seconds"])
        lines.append(
            f"{one.sample.years} trust-year(s): {one.sample.rows(part):,} rows, {one.sample.megabytes(part):,.0f} MB, "
            f"{len(one.numbers['ours_one'])} round(s), raw COPY {seconds:.2f} s"
        )
    if found[-1].sample.years != YEARS:
        lines.append(f"Targets are set for {YEARS} trust-years: here they are only shown.")
    return lines


def peers(found: Found) -> list[str]:
    """Return the table of other loaders on one file."""
    part = found.sample.largest
    found.numbers["raw_one"] = [1.0]
    lines = [_row("ratio to raw COPY of one file", ["ratio", "memory, MB"])]
    for line in PEERS:
        if numbers := found.numbers.get(line.name):
            memory = found.numbers.get(f"{line.name}_memory", [])
            lines.append(_row(line.title, [_cell(line, numbers), f"{median(memory):.0f}" if memory else ""]).rstrip())
    seconds = median(found.numbers["raw_seconds"])
    lines.append(
        f"{next(part.iterdir()).name}: {found.sample.rows(part):,} rows, {found.sample.megabytes(part):,.0f} MB, "
        f"raw COPY {seconds:.2f} s"
    )
    return lines


def verdict(numbers: Sequence[float], target: float | None, form: str = "{:.2f}") -> str:
    """Say the target and whether the median of `numbers` meets it; nothing where there is none."""
    if target is None or not numbers:
        return ""
    return f"  <= {form.format(target)}  {'met' if median(numbers) <= target else 'NOT MET'}"


def _cell(line: Line, numbers: Sequence[float]) -> str:
    if not numbers:
        return "-"
    if len(numbers) == 1:
        return line.form.format(numbers[0])
    low, high = line.form.format(min(numbers)), line.form.format(max(numbers))
    return f"{line.form.format(median(numbers))} ({low}-{high})"


def _row(title: str, cells: Sequence[str]) -> str:
    return f"{title:{_WIDTH}}" + "".join(f"{cell:>{_CELL}}" for cell in cells)
