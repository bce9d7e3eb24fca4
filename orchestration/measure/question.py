"""What is asked about: measure, unit and month, as the publication has them, or one sentence that it has not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from orchestration.errors import UsageError, WarehouseError
from orchestration.measure.figure import Scale
from orchestration.publication import ledger
from orchestration.publication.ledger import Publication

_MEASURES = """
select
    measure_id, title, numerator_definition, denominator_definition, exclusion_definition, definition_source,
    is_source_verified, definition_version, unit, unit_name, attribution_role
from {schema}.dim_measure
order by measure_id
"""


@dataclass(frozen=True)
class Measure:
    """A measure as the dictionary of a publication defines it."""

    measure_id: str
    title: str
    numerator_definition: str
    denominator_definition: str
    exclusion_definition: str
    definition_source: str
    is_source_verified: bool
    definition_version: int
    unit: str
    unit_name: str | None
    attribution_role: str

    @property
    def scale(self) -> Scale:
        """The unit in which its values are told."""
        return Scale(self.unit, self.unit_name)


@dataclass(frozen=True)
class Unit:
    """A unit of the tree."""

    org_unit_key: str
    org_unit_code: str
    org_unit_name: str
    is_unattributed: bool
    stands_now: bool = False

    @property
    def called(self) -> str:
        """Its name and key."""
        return f"{self.org_unit_name} ({self.org_unit_key})"


def publication(owner: psycopg.Connection) -> Publication:
    """Return the publication that is served. Raises `WarehouseError` where there is none yet."""
    row = owner.execute(
        "select to_regclass('quality.publication') is not null and to_regclass('marts.performance') is not null"
    ).fetchone()
    served = ledger.latest(owner, "published") if row and row[0] else None
    if served is None:
        raise WarehouseError("Nothing is published yet: run `cpw run --extracts DIR` first.")
    return served


def measures(owner: psycopg.Connection, schema: str = "marts") -> dict[str, Measure]:
    """Return the measures of the dictionary in a schema, by id."""
    query = sql.SQL(_MEASURES).format(schema=sql.Identifier(schema))
    with owner.cursor(row_factory=class_row(Measure)) as cursor:
        return {measure.measure_id: measure for measure in cursor.execute(query)}


def units(owner: psycopg.Connection) -> list[Unit]:
    """Return all units of the publication."""
    query = (
        "select org_unit_key, org_unit_code, org_unit_name, is_unattributed,"
        " now_of_org_unit_key is not null as stands_now from marts.dim_org_unit order by 1"
    )
    with owner.cursor(row_factory=class_row(Unit)) as cursor:
        return cursor.execute(query).fetchall()


def check_measure(measure_id: str, known: Iterable[str]) -> None:
    """Raise `UsageError` with the names nearest to it unless the measure is known."""
    names = sorted(known)
    if measure_id in names:
        return
    near = get_close_matches(measure_id, names, n=3, cutoff=0.5)
    told = f"; near it are {', '.join(near)}." if near else f": there are {', '.join(names)}."
    raise UsageError(f"There is no measure {measure_id!r}{told}")


def find_unit(text: str, among: list[Unit]) -> Unit:
    """Return the unit with this key or, if only one has it, this code or name.

    The place of a unit's unattributed records has the code of the unit and is meant by its key alone, the unit as it
    stands now by key or name. Raises `UsageError` with the units that could be meant.
    """
    for unit in among:
        if unit.org_unit_key == text:
            return unit
    wanted = text.strip().casefold()
    found = [
        unit
        for unit in among
        if not unit.is_unattributed
        and wanted in {unit.org_unit_name.casefold(), *([] if unit.stands_now else [unit.org_unit_code.casefold()])}
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{text!r} means several units: give one of {', '.join(unit.called for unit in found)}.")
    called = {name: unit.called for unit in among for name in (unit.org_unit_name, unit.org_unit_key)}
    near = list(dict.fromkeys(called[name] for name in get_close_matches(text, called, n=4, cutoff=0.5)))
    raise UsageError(
        f"There is no unit {text!r}"
        + (f"; near it are {', '.join(near)}." if near else ": `marts.dim_org_unit` lists all with their keys.")
    )


def check_month(owner: psycopg.Connection, month_on: date) -> bool:
    """Return whether the month is whole. Raises `UsageError` for one outside the data."""
    found = owner.execute("select is_complete from marts.dim_month where month_on = %s", [month_on]).fetchone()
    if found is None:
        first, last = owner.execute("select first_month_on, last_month_on from marts.reporting_period").fetchone()  # type: ignore[misc]
        raise UsageError(f"{month_on:%Y-%m} is outside the data, which go from {first:%Y-%m} to {last:%Y-%m}.")
    return bool(found[0])
