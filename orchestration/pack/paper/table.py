"""Tables of text: a quiet head that comes again on each page, hairlines between rows, numbers to the right."""

from collections.abc import Sequence
from typing import Any

from reportlab.platypus import Table, TableStyle

from orchestration.pack.paper.type import Styles, paragraph

# A text, or whatever ReportLab draws in a cell.
Cell = Any


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[float],
    styles: Styles,
    right: Sequence[int] = (),
) -> Table:
    """Return a table; `widths` in points, `right` the places of columns of numbers."""
    lines: list[list[Cell]] = [
        [paragraph(name, styles.head_right if place in right else styles.head) for place, name in enumerate(head)]
    ]
    for row in rows:
        lines.append(
            [
                paragraph(cell, styles.right if place in right else styles.cell) if isinstance(cell, str) else cell
                for place, cell in enumerate(row)
            ]
        )
    drawn = Table(lines, colWidths=list(widths), repeatRows=1, hAlign="LEFT", splitInRow=1)
    drawn.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 6),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, styles.colours["line"]),
                ("LINEBELOW", (0, 0), (-1, 0), 0.6, styles.colours["quiet_text"]),
            ]
        )
    )
    return drawn


def plain(rows: Sequence[Sequence[Cell]], widths: Sequence[float]) -> Table:
    """Return flowables side by side, with nothing drawn between them."""
    drawn = Table([list(row) for row in rows], colWidths=list(widths), hAlign="LEFT")
    drawn.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 6),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return drawn
