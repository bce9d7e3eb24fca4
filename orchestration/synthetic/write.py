"""The synthetic trust as a folder of extracts, with the truth that is planted in them beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.synthetic import (
    days,
    extract_file,
    other_tables,
    pas_tables,
    practice,
    registration,
    rota,
    truth,
    workforce,
)
from orchestration.synthetic.columns import Table
from orchestration.synthetic.days import DataYear
from orchestration.synthetic.errors import SyntheticError
from orchestration.synthetic.extract_file import Edits
from orchestration.synthetic.mistakes import CORRECTED, Mistakes
from orchestration.synthetic.patients import Population
from orchestration.synthetic.year import Backlog, Trust, live

END_ON = date(2026, 9, 30)
# Corrections are sent so many days after the end of the data.
_CORRECTED_AFTER = 14


@dataclass(frozen=True)
class TrustSummary:
    """What has been written: files, rows by extract, first and last day of the data."""

    folder: Path
    files: int
    rows: dict[str, int]
    start_on: date
    end_on: date

    def __str__(self) -> str:
        """Say it in one sentence."""
        total = sum(self.rows.values())
        return f"{total:,} rows in {self.files} files from {self.start_on} to {self.end_on}: {self.folder}"


def write_trust(
    folder: Path,
    *,
    years: int = 2,
    clinicians: int = 120,
    seed: int = 1,
    end_on: date = END_ON,
    on_progress: Callable[[str], None] | None = None,
) -> TrustSummary:
    """Write the extracts of a trust with `clinicians` clinicians into `folder`, and the truth into `folder`/truth.

    The data are the `years` years up to the last month that is complete on `end_on`; the same `seed` writes the same
    bytes. Volume is in proportion to clinicians. Raises `SyntheticError` when the folder holds extracts already, or
    when there are too few clinicians or years.
    """
    if years < 1:
        raise SyntheticError(f"A trust of {years} years has no data: ask for one year at least.")
    if any(folder.glob("*.csv")):
        raise SyntheticError(f"{folder} holds extracts already: name a new folder, or empty this one.")
    folder.mkdir(parents=True, exist_ok=True)
    span = days.data_years(end_on, years)
    people = workforce.build(seed, clinicians, span)
    trust = Trust(
        seed, people, practice.build(seed, people, span), Population(seed, clinicians, span[0].start), rota.Rota(people)
    )
    after = span[-1].end + 1
    mistakes = Mistakes(seed, people, {one: _name(one, after + _CORRECTED_AFTER) for one in CORRECTED})
    files: list[tuple[str, str, int]] = []
    backlog = Backlog()
    for year in span:
        if on_progress:
            on_progress(f"Synthetic trust: year {year.number + 1} of {years}, to {days.date_of(year.end)}")
        tables, backlog = live(trust, year, backlog)
        for extract in list(tables):
            table = tables.pop(extract)
            planned = mistakes.plan(extract, table, year)
            path = folder / _name(extract, year.end + 1)
            written = extract_file.write(path, extract, table, mistakes.edits(planned))
            mistakes.remember(extract, planned, written)
            files.append((extract, written.name, written.rows))
    for extract, table in _snapshots(trust, span).items():
        written = extract_file.write(folder / _name(extract, after), extract, table, Edits())
        files.append((extract, written.name, written.rows))
    for extract, late in mistakes.late.items():
        name = _name(extract, after + _CORRECTED_AFTER)
        extract_file.write_rows(folder / name, extract, late.rows)
        mistakes.remember_repeats(extract)
        files.append((extract, name, len(late.rows)))
    start_on, last_on = days.date_of(span[0].start), days.date_of(span[-1].end)
    options = {
        "seed": seed, "years": years, "clinicians": clinicians, "start_on": str(start_on), "end_on": str(last_on)
    }  # fmt: skip
    truth.write(
        folder / truth.FOLDER,
        options=options,
        workforce=people,
        practice=trust.practice,
        planted=mistakes.planted,
        other_numbers=registration.other_numbers(len(trust.population.records)),
        files=files,
    )
    rows = {extract: sum(count for name, _, count in files if name == extract) for extract, _, _ in files}
    return TrustSummary(folder, len(files), rows, start_on, last_on)


def _name(extract: str, day: int) -> str:
    """File of `extract` as extracted early on `day`."""
    return f"{extract}__{days.date_of(day):%Y%m%d}T0600.csv"


def _snapshots(trust: Trust, span: tuple[DataYear, ...]) -> dict[str, Table]:
    """Extracts that tell of patients and workforce as known after the years of `span`. Nothing is broken in them."""
    people, day = trust.workforce, span[-1].end + 1
    leave_shares = {year: rota.leave_share(trust.seed, people, year) for year in span}
    return {
        "pas__patient": pas_tables.patients(trust.population, trust.seed),
        "pas__patient_merge": registration.merges(len(trust.population.records), day),
        "workforce__organisation_unit": other_tables.organisation_units(people),
        "workforce__clinician": other_tables.clinicians(people),
        "workforce__clinician_alias": other_tables.clinician_aliases(people),
        "workforce__post": other_tables.posts(people),
        "workforce__job_plan": other_tables.job_plans(people, leave_shares),
        "workforce__leadership_post": other_tables.leadership_posts(people),
    }
