"""The last pages: how good the records are, and the definitions."""

from typing import Any

from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer

from orchestration.pack.paper.cover import WIDTH
from orchestration.pack.paper.table import table
from orchestration.pack.paper.type import Styles, marked, paragraph


def quality(told: dict[str, Any], styles: Styles) -> list[Flowable]:
    """Return what counts and what was left out, and the rules that records fail."""
    records = [
        [row["measure"], row["counted"], row["left_out"], " \N{MIDDLE DOT} ".join(row["reasons"]) or "\N{EN DASH}"]
        for row in told["records"]
    ]
    story: list[Flowable] = [
        CondPageBreak(160),
        paragraph("The records behind the figures", styles.part),
        paragraph("Every record of the period is counted, or left out for one reason.", styles.body),
        Spacer(1, 4),
        table(["Measure", "Counted", "Left out", "Reasons"], records, [165, 48, 48, WIDTH - 261], styles, right=(1, 2)),
        CondPageBreak(90),
        paragraph("Records that fail a rule", styles.section),
    ]
    if not told["doubts"]:
        return [
            *story,
            paragraph("None of the figures stands on records that fail a rule about data quality.", styles.body),
        ]
    doubts = [
        [
            row["check"],
            row["post"],
            "not judged" if row["is_untrusted"] else "judged",
            " \N{MIDDLE DOT} ".join(row["figures"]),
        ]
        for row in told["doubts"]
    ]
    return [
        *story,
        table(
            ["What does not hold", "Post", "Figures are", "Figures of 12 months, and records of them that fail"],
            doubts,
            [150, 75, 52, WIDTH - 277],
            styles,
        ),
    ]


def definitions(told: list[dict[str, Any]], styles: Styles) -> list[Flowable]:
    """Return the appendix: each measure as it was counted."""
    story: list[Flowable] = [CondPageBreak(160), paragraph("Appendix: definitions", styles.part)]
    for measure in told:
        lines: list[Flowable] = [
            marked(
                "<b>{title}</b> \N{MIDDLE DOT} {name} \N{MIDDLE DOT} version {version}",
                styles.cell,
                title=measure["title"],
                name=measure["measure_id"],
                version=str(measure["version"]),
            ),
            paragraph(measure["plain_words"], styles.small),
            *(marked("<b>{name}:</b> {text}", styles.small, name=name, text=text) for name, text in measure["lines"]),
            Spacer(1, 6),
        ]
        story.append(KeepTogether(lines))
    return story
