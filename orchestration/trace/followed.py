"""What is known of one record, from the lines of its files to the figures in which it counts."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from orchestration.measure.figure import Scale
from orchestration.publication.ledger import Publication


@dataclass(frozen=True)
class Line:
    """A line of a file that says something of the record.

    `standing` is 'current', 'replaced', 'deleted' (the source says it is gone), 'repeated' (as it stood before) or
    'in quarantine'; then `reason` says why, without a value of the row.
    """

    feed: str
    delivery_id: int
    file_name: str
    row_number: int
    key: str | None
    extracted_at: datetime
    loaded_at: datetime
    standing: str
    reason: str | None = None


@dataclass(frozen=True)
class Counting:
    """A measure that could count the record, and whether it does."""

    measure_id: str
    title: str
    scale: Scale
    org_unit_key: str
    org_unit_name: str
    month_on: date
    occurred_on: date
    numerator: Decimal | None
    denominator: Decimal | None
    exclusion_reason: str | None
    evidence: str
    attribution_text: str


@dataclass(frozen=True)
class Figure:
    """A figure of which the record is part: that of its unit, or of one above it."""

    measure_id: str
    org_unit_level: str
    org_unit_key: str
    org_unit_name: str
    month_on: date
    numerator: Decimal
    denominator: Decimal | None
    record_count: int
    value: Decimal | None


@dataclass(frozen=True)
class FailedCheck:
    """A rule that the record broke when its gate was asked last."""

    gate: str
    rule_id: str
    severity: str
    description: str
    what_to_do: str


@dataclass(frozen=True)
class Followed:
    """One record and its way. `entities` are its rows, facts by name; `failed` is None where rules note no record."""

    record_type: str
    record_id: str
    publication: Publication
    lines: list[Line]
    entity: str
    entities: list[dict[str, str]]
    countings: list[Counting]
    figures: list[Figure]
    failed: list[FailedCheck] | None
