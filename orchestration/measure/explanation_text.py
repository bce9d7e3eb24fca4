"""An explanation as text for people."""

import textwrap
from decimal import Decimal

from orchestration.measure.explanation import Explanation, Record, Sums, disagreements
from orchestration.measure.figure import Scale, amount, how_many, table

_WIDTH = 110
_SUMS = ("numerator", "denominator", "records")


def draw(found: Explanation) -> str:
    """Return all of it: definition, figure, what was left out, units below, whose word, records, and the check."""
    blocks = [
        _definition(found),
        _figure(found),
        _left_out(found),
        _parts(found),
        _attributions(found),
        _records("Counted", found.counted, found.records.record_count),
        _records("Left out", found.left_out, sum(found.reasons.values())),
        [] if disagreements(found) else [_agreement(found)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _definition(found: Explanation) -> list[str]:
    measure = found.measure
    verified = "verified" if measure.is_source_verified else "not verified"
    return [
        f"{measure.title} ({measure.measure_id}, version {measure.definition_version})",
        *_entry("numerator", measure.numerator_definition),
        *_entry("denominator", measure.denominator_definition),
        *_entry("exclusions", measure.exclusion_definition),
        *_entry("source", f"{measure.definition_source} ({verified})"),
    ]


def _figure(found: Explanation) -> list[str]:
    scale, cell, served = found.measure.scale, found.cell, found.publication
    so_far = "" if found.is_month_complete else ", not complete yet"
    data_to = f"{served.data_to_on:%d %B %Y}" if served.data_to_on else "no day"
    return [
        f"{found.unit.called}, {found.month_on:%B %Y}{so_far}",
        *_entry("value", _value(scale, cell.value, cell.sums)),
        *_entry("12 months", _value(scale, cell.value_12m, cell.sums_12m)),
        *_entry("publication", f"{served.publication_id}, {served.attempted_at:%d %B %Y %H:%M} UTC, data to {data_to}"),
    ]


def _value(scale: Scale, value: Decimal | None, sums: Sums) -> str:
    """Return a value with what it is made of; a count is what it is."""
    return sums.said if scale.unit == "count" else f"{scale.value(value)} = {sums.said}"


def _left_out(found: Explanation) -> list[str]:
    """Return how the candidates of the month fall into those that count and those left out for each reason."""
    counted = found.records.record_count
    rows = [("counted", f"{counted:,}"), *((f"left out: {why}", f"{count:,}") for why, count in found.reasons.items())]
    rows.append(("together", f"{counted + sum(found.reasons.values()):,}"))
    return table(("candidates", "records"), rows, right=("records",))


def _parts(found: Explanation) -> list[str]:
    if found.is_leaf:
        return ["Made of its own records: no unit below it brings any."] if found.parts else []
    rows = [
        (
            "its own records" if part.org_unit_key == found.unit.org_unit_key else part.org_unit_name,
            part.org_unit_key,
            *_sums(part.sums),
            "" if part.published or part.org_unit_key == found.unit.org_unit_key else "below it for part of the month",
        )
        for part in found.parts
    ]
    rows.append(("together", "", *_sums(found.records), ""))
    return table(("made of", "unit", *_SUMS, ""), rows, right=_SUMS)


def _attributions(found: Explanation) -> list[str]:
    """Return on whose word the candidates are carried where they are."""
    rows = [(text, f"{count:,}") for text, count in found.attributions.items()]
    return table(("who says whose they are", "records"), rows, right=("records",)) if rows else []


def _records(heading: str, shown: list[Record], count: int) -> list[str]:
    if not shown:
        return []
    first = f", the first {len(shown):,}" if len(shown) < count else ""
    rows = [
        (
            record.record_id,
            f"{record.occurred_on}",
            *((amount(record.numerator), amount(record.denominator)) if record.exclusion_reason is None else ()),
            *((record.exclusion_reason,) if record.exclusion_reason is not None else ()),
            record.evidence,
        )
        for record in shown
    ]
    between = ("reason",) if shown[0].exclusion_reason is not None else ("numerator", "denominator")
    return [
        f"{heading}: {how_many(count, 'record')}{first}",
        *table(("id", "day", *between, "evidence"), rows, right=("numerator", "denominator")),
    ]


def _agreement(found: Explanation) -> str:
    below = "" if found.is_leaf else ", and so do the units below it"
    return f"The figure and its {how_many(found.records.record_count, 'record')} agree{below}."


def _sums(sums: Sums) -> tuple[str, str, str]:
    return amount(sums.numerator), amount(sums.denominator), f"{sums.record_count:,}"


def _entry(name: str, text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=f"  {name:<13}", subsequent_indent=" " * 15)
