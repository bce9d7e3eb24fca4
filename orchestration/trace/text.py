"""A record and its way as text for people."""

import textwrap
from itertools import groupby

from orchestration.measure.figure import amount, how_many, table
from orchestration.trace.followed import Counting, Figure, Followed, Line

_WIDTH = 110
_AT = "%d %b %Y %H:%M"


def draw(found: Followed) -> str:
    """Return all of it, in the order of the way: lines, entity, who carries it, measures, figures, checks."""
    blocks = [_head(found), _lines(found), _entity(found), _carried(found), _measures(found), *_figures(found)]
    return "\n\n".join("\n".join(block) for block in [*blocks, _failed(found)] if block)


def _head(found: Followed) -> list[str]:
    served = found.publication
    return [
        f"{found.record_type.replace('_', ' ').capitalize()} {found.record_id}",
        f"  as in publication {served.publication_id} of {served.attempted_at:{_AT}} UTC",
    ]


def _lines(found: Followed) -> list[str]:
    if not found.lines:
        return ["It came in no file that is still known by its key."]
    lines = []
    for feed, of_feed in groupby(found.lines, key=lambda line: line.feed):
        rows = [
            (
                line.key or "",
                line.file_name,
                f"{line.row_number}" if line.row_number else "",
                f"{line.delivery_id}",
                f"{line.extracted_at:{_AT}}",
                f"{line.loaded_at:{_AT}}",
                _standing(line),
            )
            for line in of_feed
        ]
        head = ("key", "file", "line", "delivery", "extracted (UTC)", "known since (UTC)", "")
        lines += [f"Lines of files: raw.{feed}", *table(head, rows, right=("line", "delivery"))]
    return lines


def _standing(line: Line) -> str:
    # What a file says as a whole has no line in it.
    reason = line.reason or ("" if line.row_number else "the file does not hold it any more")
    return f"{line.standing}: {reason}" if reason else line.standing


def _entity(found: Followed) -> list[str]:
    if not found.entities:
        return [f"No row of intermediate.{found.entity}: the publication knows nothing of it."]
    lines = [f"Put together: intermediate.{found.entity}"]
    for row in found.entities:
        told = "; ".join(f"{name} {value}" for name, value in row.items())
        lines += textwrap.wrap(told, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    return lines


def _carried(found: Followed) -> list[str]:
    """Return who carries it: not all measures ask for the same role."""
    if not found.countings:
        return []
    lines = ["Carried by"]
    ordered = sorted(found.countings, key=_carrier)
    for (name, key, text), of_carrier in groupby(ordered, key=_carrier):
        measures = ", ".join(one.measure_id for one in of_carrier)
        lines += textwrap.wrap(f"{name} ({key}): {text}", _WIDTH, initial_indent="  ", subsequent_indent="    ")
        lines += textwrap.wrap(f"in {measures}", _WIDTH, initial_indent="    ", subsequent_indent="    ")
    return lines


def _carrier(one: Counting) -> tuple[str, str, str]:
    return one.org_unit_name, one.org_unit_key, one.attribution_text


def _measures(found: Followed) -> list[str]:
    if not found.countings:
        return ["It could count in no measure."]
    counted = sum(one.exclusion_reason is None for one in found.countings)
    rows = [
        (
            one.measure_id,
            f"{one.month_on:%Y-%m}",
            f"{one.occurred_on}",
            amount(one.numerator),
            amount(one.denominator),
            "counts" if one.exclusion_reason is None else f"left out: {one.exclusion_reason}",
            one.evidence,
        )
        for one in found.countings
    ]
    return [
        f"Counts in {how_many(counted, 'measure')}, is left out of {len(found.countings) - counted:,}",
        *table(
            ("measure", "month", "day", "numerator", "denominator", "", "evidence"),
            rows,
            right=("numerator", "denominator"),
        ),
    ]


def _figures(found: Followed) -> list[list[str]]:
    """Return the figures of which it is part: a block for each measure, from its own unit upwards."""
    of_measure = {one.measure_id: one for one in found.countings}
    blocks = []
    for measure_id, figures in groupby(found.figures, key=lambda figure: figure.measure_id):
        one = of_measure[measure_id]
        rows = [_figure(one, figure) for figure in figures]
        head = ("level", "unit", "key", "numerator", "denominator", "records", "value")
        right = ("numerator", "denominator", "records", "value")
        blocks.append([f"{one.title} ({measure_id}), {one.month_on:%B %Y}", *table(head, rows, right=right)])
    return blocks


def _figure(one: Counting, figure: Figure) -> tuple[str, ...]:
    return (
        figure.org_unit_level,
        figure.org_unit_name,
        figure.org_unit_key,
        amount(figure.numerator),
        amount(figure.denominator),
        f"{figure.record_count:,}",
        one.scale.value(figure.value),
    )


def _failed(found: Followed) -> list[str]:
    if found.failed is None:
        return []
    if not found.failed:
        return ["It broke no rule that notes its records."]
    lines = [f"Broke {how_many(len(found.failed), 'rule')} when its gate was asked last"]
    for one in found.failed:
        told = f"{one.rule_id} ({one.gate}, {one.severity}): {one.description} {one.what_to_do}"
        lines += textwrap.wrap(told, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return lines
