"""What people said, in tables: validation and sign-off by month, disputes, comments, objectives."""

from dataclasses import dataclass
from typing import Any

from reportlab.platypus import CondPageBreak, Flowable

from orchestration.pack.paper.table import table
from orchestration.pack.paper.type import Styles, paragraph

_NOT_KEPT = "No validation was kept with this publication."


@dataclass(frozen=True)
class Part:
    """A table: its name in the content, title, columns (name, head, width in points), and what an empty one says."""

    name: str
    title: str
    columns: tuple[tuple[str, str, float], ...]
    none: str
    right: tuple[int, ...] = ()


_PARTS = (
    Part(
        "months",
        "Months",
        (
            ("month", "Month", 42),
            ("post", "Post", 62),
            ("records", "Records", 36),
            ("confirmed", "Confirmed", 45),
            ("disputed", "Disputed", 40),
            ("open", "Others", 46),
            ("deadline", "Deadline", 52),
            ("clinician", "Signed by the clinician", 95),
            ("lead", "Signed by the department", 75),
        ),
        "No record that is validated in the period.",
        right=(2, 3, 4),
    ),
    Part(
        "disputes",
        "Disputes and corrections",
        (
            ("record", "Record", 78),
            ("occurred", "Day", 52),
            ("reason", "Disputed because", 75),
            ("disputed", "On", 52),
            ("outcome", "Outcome", 58),
            ("decided", "Decided by, and why", 118),
            ("source", "Source", 60),
        ),
        "No record was disputed.",
    ),
    Part(
        "comments",
        "Comments",
        (
            ("measure", "Measure", 110),
            ("post", "Post", 70),
            ("month", "Month", 42),
            ("comment", "Comment", 171),
            ("by", "By", 100),
        ),
        "No comment was written.",
    ),
    Part(
        "objectives",
        "Objectives",
        (
            ("measure", "Measure", 70),
            ("unit", "Unit", 60),
            ("description", "Objective", 103),
            ("baseline", "Baseline", 58),
            ("target", "Target", 58),
            ("now", "Now", 58),
            ("judgement", "Judgement", 44),
            ("state", "State", 42),
        ),
        "No objective was set.",
    ),
)


def validation(told: dict[str, Any] | None, styles: Styles) -> list[Flowable]:
    """Return validation and sign-off by month, disputes, comments and objectives; a sentence for each that is empty."""
    story: list[Flowable] = [CondPageBreak(160), paragraph("Validation and interpretation", styles.part)]
    if told is None:
        return [*story, paragraph(_NOT_KEPT, styles.body)]
    for part in _PARTS:
        story += [CondPageBreak(80), paragraph(part.title, styles.section), _of(part, told[part.name], styles)]
    return story


def _of(part: Part, rows: list[dict[str, Any]], styles: Styles) -> Flowable:
    if not rows:
        return paragraph(part.none, styles.body)
    names, head, widths = zip(*part.columns, strict=True)
    return table(head, [[row[name] for name in names] for row in rows], widths, styles, right=part.right)
