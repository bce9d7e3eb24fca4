"""Figures in words: a value in the unit of its measure, the difference between two, and plain amounts."""

from dataclasses import dataclass
from decimal import Decimal

NO_VALUE = "no value"


@dataclass(frozen=True)
class Scale:
    """The unit in which a measure is told: count, days, minutes, proportion, or a ratio with a name of its own."""

    unit: str
    unit_name: str | None = None

    def value(self, value: Decimal | None) -> str:
        """Return a value, such as '12.34%'."""
        if value is None:
            return NO_VALUE
        if self.unit == "count":
            return amount(value)
        if self.unit == "proportion":
            return f"{value * 100:.2f}%"
        return f"{value:,.2f} {self.unit_name or self.unit}"

    def difference(self, before: Decimal | None, after: Decimal | None) -> str:
        """Return by how much a value moved, with its sign; nothing where there is no value before or after."""
        if before is None or after is None:
            return ""
        moved = after - before
        if self.unit == "count":
            return f"{'+' if moved > 0 else ''}{amount(moved)}"
        shown = moved * 100 if self.unit == "proportion" else moved
        # What rounds to nothing did move.
        text = f"{shown:+,.2f}" if not moved or abs(shown) >= Decimal("0.005") else f"{shown:+.1e}"
        return f"{text} {'points' if self.unit == 'proportion' else self.unit_name or self.unit}"


def amount(value: Decimal | int | None) -> str:
    """Return a numerator, denominator or count without needless places; nothing where there is none."""
    if value is None:
        return ""
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")


def how_many(count: int, noun: str) -> str:
    """Return a count with its noun: '1 record', '2 records'."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]], *, right: tuple[str, ...] = ()) -> list[str]:
    """Return the lines of a table; columns named in `right` stand to the right."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    return [
        "  ".join(
            f"{cell:>{width}}" if name in right else f"{cell:<{width}}"
            for name, cell, width in zip(head, row, widths, strict=True)
        ).rstrip()
        for row in (head, *rows)
    ]
