"""A trend of a few numbers as a small picture in the text: an SVG that needs no script and says itself in words."""

from collections.abc import Sequence

from markupsafe import Markup, escape

_WIDTH, _HEIGHT, _MARGIN = 96, 22, 3


def draw(values: Sequence[int], noun: str = "failed") -> Markup:
    """Return a line through `values`, the oldest first, with its first and last value beside it; of one value, that."""
    if len(values) < 2:
        return Markup('<span class="quiet">first run</span>')
    top = max(*values, 1)
    step = (_WIDTH - 2 * _MARGIN) / (len(values) - 1)
    points = [
        (_MARGIN + place * step, _HEIGHT - _MARGIN - value / top * (_HEIGHT - 2 * _MARGIN))
        for place, value in enumerate(values)
    ]
    said = f"{noun} in the last {len(values)} runs: {', '.join(f'{value:,}' for value in values)}"
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Markup(
        '<span class="trend"><span>{first}</span><svg role="img" aria-label="{said}" width="{width}" height="{height}" '
        'viewBox="0 0 {width} {height}"><title>{said}</title><polyline points="{line}"/>'
        '<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/></svg><span>{last}</span></span>'
    ).format(
        first=f"{values[0]:,}",
        last=f"{values[-1]:,}",
        said=escape(said),
        width=_WIDTH,
        height=_HEIGHT,
        line=line,
        x=points[-1][0],
        y=points[-1][1],
    )
