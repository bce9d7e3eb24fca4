"""What stands behind a published figure: definition, records, units below; and whether all of it adds up."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from orchestration.measure.figure import amount, how_many
from orchestration.measure.question import Measure, Unit
from orchestration.publication.ledger import Publication


@dataclass(frozen=True)
class Sums:
    """What records add up to."""

    numerator: Decimal
    denominator: Decimal | None
    record_count: int

    @property
    def said(self) -> str:
        """Return the sums in words."""
        above = amount(self.numerator)
        quotient = above if self.denominator is None else f"{above} / {amount(self.denominator)}"
        return f"{quotient} from {how_many(self.record_count, 'record')}"

    def agrees_with(self, other: "Sums") -> bool:
        """Whether both are the same; where nothing counts there may be no denominator, or one of 0."""
        return (self.numerator, self.denominator or 0, self.record_count) == (
            other.numerator, other.denominator or 0, other.record_count,
        )  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A figure as published, of the month and of the twelve months to it."""

    numerator: Decimal
    denominator: Decimal | None
    record_count: int
    value: Decimal | None
    numerator_12m: Decimal
    denominator_12m: Decimal | None
    record_count_12m: int
    value_12m: Decimal | None

    @property
    def sums(self) -> Sums:
        """The sums of the month."""
        return Sums(self.numerator, self.denominator, self.record_count)

    @property
    def sums_12m(self) -> Sums:
        """The sums of the twelve months."""
        return Sums(self.numerator_12m, self.denominator_12m, self.record_count_12m)


@dataclass(frozen=True)
class Part:
    """What a unit directly below brings, and what is published of it; nothing is if it was below for part of a month.

    A unit's own records are a part by its own key.
    """

    org_unit_key: str
    org_unit_name: str
    numerator: Decimal
    denominator: Decimal | None
    record_count: int
    published_numerator: Decimal | None
    published_denominator: Decimal | None
    published_count: int | None

    @property
    def sums(self) -> Sums:
        """What it brings."""
        return Sums(self.numerator, self.denominator, self.record_count)

    @property
    def published(self) -> Sums | None:
        """What is published of it."""
        if self.published_numerator is None or self.published_count is None:
            return None
        return Sums(self.published_numerator, self.published_denominator, self.published_count)


@dataclass(frozen=True)
class Record:
    """A record that could count."""

    record_type: str
    record_id: str
    org_unit_key: str
    occurred_on: date
    numerator: Decimal | None
    denominator: Decimal | None
    exclusion_reason: str | None
    evidence: str
    attribution_text: str


@dataclass(frozen=True)
class Explanation:
    """A figure with all that stands behind it; `counted` and `left_out` hold the first records of each."""

    measure: Measure
    unit: Unit
    month_on: date
    is_month_complete: bool
    publication: Publication
    cell: Cell
    records: Sums
    reasons: dict[str, int]
    parts: list[Part]
    attributions: dict[str, int]
    counted: list[Record]
    left_out: list[Record]

    @property
    def is_leaf(self) -> bool:
        """Whether no unit below brings anything."""
        return all(part.org_unit_key == self.unit.org_unit_key for part in self.parts)


def disagreements(found: Explanation) -> list[str]:
    """Return what does not add up, a clause each: records, units below and the published figure must agree."""
    said = []
    if not found.records.agrees_with(found.cell.sums):
        said.append(f"published are {found.cell.sums.said}, its records make {found.records.said}")
    together = _add([part.sums for part in found.parts])
    if not together.agrees_with(found.records):
        said.append(f"the units below it bring {together.said}, its records make {found.records.said}")
    said += [
        f"{part.org_unit_key} brings {part.sums.said}, published of it are {part.published.said}"
        for part in found.parts
        if part.published and not part.sums.agrees_with(part.published)
    ]
    return said


def _add(sums: list[Sums]) -> Sums:
    denominators = [one.denominator for one in sums if one.denominator is not None]
    return Sums(
        sum((one.numerator for one in sums), Decimal(0)),
        sum(denominators, Decimal(0)) if denominators else None,
        sum(one.record_count for one in sums),
    )
