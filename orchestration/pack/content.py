"""The content of a pack: every figure and text that it shows, read from one publication."""

from collections.abc import Callable
from typing import Any

from orchestration.pack import asked, definitions, figures, head, palette, quality, validation
from orchestration.pack.ask import Connection, Row
from orchestration.pack.asked import Period, Publication
from orchestration.pack.errors import PackError, PackUsageError
from orchestration.pack.paper import layout

_TRIES = 3


def read(
    connection: Connection,
    clinician: str,
    period: Period,
    publication_id: int | None = None,
    find: Callable[[str, list[Row]], Row] = asked.clinician,
) -> dict[str, Any]:
    """Return the content of the pack of a clinician and months; `find` tells whom a name means.

    Everything is of one publication: that of the number, or the one that stands. One that is exchanged meanwhile is
    read again. Raises `PackUsageError` for what is not there, `PackError` where nothing is published or can be read.
    """
    asked.check_period(period)
    for _ in range(_TRIES):
        standing = asked.publication(connection, None).publication_id
        of = asked.publication(connection, publication_id)
        who = find(clinician, asked.clinicians(connection, of, period))
        told = _read(connection, of, who, period)
        if asked.publication(connection, None).publication_id == standing:
            return told
    raise PackError("Publications followed each other while the pack was read: ask for it again.")


def _read(connection: Connection, of: Publication, who: Row, period: Period) -> dict[str, Any]:
    covered = asked.covered(connection, of, period)
    dictionary = figures.measures(connection, of.place)
    held = head.posts(connection, of, who, period)
    families = figures.read(connection, of.place, dictionary, held, covered)
    if not families:
        raise PackUsageError(
            f"{who['clinician_name']} has no record in {period.words}: there is nothing to appraise in publication"
            f" {of.publication_id}."
        )
    told = {measure["measure_id"] for family in families for measure in family["measures"]}
    return {
        "format": "appraisal pack 1",
        "layout": layout.digest(),
        "colours": palette.colours(),
        **head.read(connection, of, who, held, period),
        "covered": covered.words if covered != period else None,
        "families": families,
        "without_records": _without_records(dictionary, told, held),
        "quality": quality.read(connection, of.place, dictionary, held, covered),
        "validation": validation.read(connection, of, held, list(who["user_names"]), covered),
        "definitions": definitions.of(dictionary, told),
    }


def _without_records(dictionary: list[Row], told: set[str], held: list[Row]) -> list[str]:
    """Return the titles of the other measures; of local ones those of the own departments."""
    own = {None, *(post["department_key"] for post in held)}
    return [row["title"] for row in dictionary if row["measure_id"] not in told and row["scope_org_unit_key"] in own]
