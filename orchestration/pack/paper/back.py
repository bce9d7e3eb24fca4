"""The last pages: how good the records are, what people said of them, and the definitions."""

from typing import Any

from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer

from orchestration.pack.paper.cover import WIDTH
from orchestration.pack.paper.table import table
from orchestration.pack.paper.type import Styles, marked, paragraph

_NOT_KEPT = "No validation was kept with this publication."


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
        return [*story, paragraph("None of the figures stands on records that fail a rule about data quality.", styles.body)]
    doubts = [
        [row["check"], row["post"], "not judged" if row["is_untrusted"] else "judged", " \N{MIDDLE DOT} ".join(row["figures"])]
        for row in told["doubts"]
    ]
    return [
        *story,
        table(["What does not hold", "Post", "Figures are", "Figures of 12 months, and records of them that fail"], doubts,
              [150, 75, 52, WIDTH - 277], styles),
    ]


def validation(told: dict[str, Any] | None, styles: Styles) -> list[Flowable]:
    """Return validation and sign-off by month, disputes, comments and objectives."""
    story: list[Flowable] = [CondPageBreak(160), paragraph("Validation and interpretation", styles.part)]
    if told is None:
        return [*story, paragraph(_NOT_KEPT, styles.body)]
    names = ["month", "post", "records", "confirmed", "disputed", "open", "deadline", "clinician", "lead"]
    head = ["Month", "Post", "Records", "Confirmed", "Disputed", "Others", "Deadline", "Signed by the clinician", "Signed by the department"]
    story += _part("Months", told["months"], names, head, [42, 68, 38, 46, 42, 54, 53, 75, 75], styles, right=(2, 3, 4),
                   none="No record that is validated in the period.")
    story += _part(
        "Disputes and corrections", told["disputes"],
        ["record", "occurred", "reason", "disputed", "outcome", "decided", "source"],
        ["Record", "Day", "Disputed because", "On", "Outcome", "Decided by, and why", "Source"],
        [78, 52, 75, 52, 58, 118, 60], styles, none="No record was disputed.",
    )
    story += _part(
        "Comments", told["comments"], ["measure", "post", "month", "comment", "by"],
        ["Measure", "Post", "Month", "Comment", "By"], [110, 70, 42, 171, 100], styles, none="No comment was written.",
    )
    story += _part(
        "Objectives", told["objectives"],
        ["measure", "unit", "description", "baseline", "target", "now", "judgement", "state"],
        ["Measure", "Unit", "Objective", "Baseline", "Target", "Now", "Judgement", "State"],
        [70, 60, 103, 58, 60, 58, 46, 38], styles, none="No objective was set.",
    )
    return story


def definitions(told: list[dict[str, Any]], styles: Styles) -> list[Flowable]:
    """Return the appendix: each measure as it was counted."""
    story: list[Flowable] = [CondPageBreak(160), paragraph("Appendix: definitions", styles.part)]
    for measure in told:
        lines: list[Flowable] = [
            marked(
                "<b>{title}</b> \N{MIDDLE DOT} {name} \N{MIDDLE DOT} version {version}", styles.cell,
                title=measure["title"], name=measure["measure_id"], version=str(measure["version"]),
            ),
            paragraph(measure["plain_words"], styles.small),
            *(marked("<b>{name}:</b> {text}", styles.small, name=name, text=text) for name, text in measure["lines"]),
            Spacer(1, 6),
        ]
        story.append(KeepTogether(lines))
    return story


def _part(
    title: str, told: list[dict[str, Any]], names: list[str], head: list[str], widths: list[float], styles: Styles, *,
    none: str, right: tuple[int, ...] = (),
) -> list[Flowable]:
    """Return a section with a table, or the sentence that there is nothing."""
    begin: list[Flowable] = [CondPageBreak(80), paragraph(title, styles.section)]
    if not told:
        return [*begin, paragraph(none, styles.body)]
    return [*begin, table(head, [[row[name] for name in names] for row in told], widths, styles, right=right)]
