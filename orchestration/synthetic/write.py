"""The synthetic trust as a folder of extracts, with the truth that is planted in them beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.synthetic import days, extract_file, other_tables, pas_tables, practice, rota, workforce
from orchestration.synthetic.columns import Table
from orchestration.synthetic.extract_file import Edits, Written
from orchestration.synthetic.patients import Population
from orchestration.synthetic.year import Backlog, Trust, live

END_ON = date(2026, 9, 30)


@dataclass(frozen=True)
class TrustSummary:
    """What has been written: rows by extract, first and last day of the data."""

    folder: Path
    files: int
    rows: dict[str, int]
    start_on: date
    end_on: date


def write_trust(
    folder: Path,
    *,
    years: int = 2,
    clinicians: int = 120,
    seed: int = 1,
    end_on: date = END_ON,
    on_progress: Callable[[str], None] | None = None,
) -> TrustSummary:
    """Write the extracts of `years` years of a trust with `clinicians` clinicians into `folder`."""
    tell = on_progress or (lambda _: None)
    folder.mkdir(parents=True, exist_ok=True)
    span = days.data_years(end_on, years)
    people = workforce.build(seed, clinicians, span)
    habits = practice.build(seed, people, span)
    trust = Trust(seed, people, habits, Population(seed, clinicians, span[0].start), rota.Rota(people))
    written: list[tuple[str, Written]] = []

    def put(extract: str, table: Table, day: int) -> None:
        name = f"{extract}__{days.date_of(day):%Y%m%d}T0600.csv"
        written.append((extract, extract_file.write(folder / name, extract, table, Edits())))

    backlog = Backlog()
    for year in span:
        tell(f"year {year.number + 1} of {years}: from {days.date_of(year.start)} to {days.date_of(year.end)}")
        tables, backlog = live(trust, year, backlog)
        for extract, table in tables.items():
            put(extract, table, year.end + 1)
    snapshot = span[-1].end + 1
    put("pas__patient", pas_tables.patients(trust.population, seed), snapshot)
    put("workforce__organisation_unit", other_tables.organisation_units(people), snapshot)
    put("workforce__clinician", other_tables.clinicians(people), snapshot)
    put("workforce__post", other_tables.posts(people), snapshot)
    put("workforce__job_plan", other_tables.job_plans(people), snapshot)
    put("workforce__leadership_post", other_tables.leadership_posts(people), snapshot)
    rows: dict[str, int] = {}
    for extract, file in written:
        rows[extract] = rows.get(extract, 0) + file.rows
    return TrustSummary(folder, len(written), rows, days.date_of(span[0].start), days.date_of(span[-1].end))
