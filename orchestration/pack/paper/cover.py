"""The first pages: of whom and from what the pack is, how to read it, and all figures at a glance."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import Color
from reportlab.platypus import Flowable, KeepTogether, Spacer

from orchestration.pack.paper import marks
from orchestration.pack.paper.table import plain, table
from orchestration.pack.paper.type import Styles, paragraph
from orchestration.pack.seal import Seal

WIDTH = 493.0
_STATES = (
    (*marks.STATES["no special cause"], "no special cause", 78.0),
    (*marks.STATES["improving"], "improving, or better than expected", 136.0),
    (*marks.STATES["look: higher than expected"], "look", 36.0),
    (*marks.STATES["too few to say"], "too few to say", 68.0),
    (*marks.STATES["data not trusted"], "data not trusted", 80.0),
)
_MONTHS = (
    (*marks.POINTS["common"], "as other months", 78.0),
    (*marks.POINTS["improvement"], "special cause for the better", 112.0),
    (*marks.POINTS["concern"], "special cause of concern", 100.0),
    (*marks.POINTS["neutral"], "special cause, neither way", 104.0),
)


class Mark(Flowable):
    """A mark as high as a line of text."""

    def __init__(self, shape: str, colour: Color) -> None:
        """Take a shape of `marks`, and its colour."""
        super().__init__()
        self.shape, self.colour, self.width, self.height = shape, colour, 9, 10

    def wrap(self, *_: float) -> tuple[float, float]:
        """Return the size."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw it in the middle of the line."""
        marks.draw(self.canv, self.shape, (4, 4.6), 2.5, self.colour)


def of_state(state: str, styles: Styles) -> Mark:
    """Return the mark of a state that is told in words."""
    shape, colour = marks.STATES[state]
    return Mark(shape, styles.colours[colour])


def cover(content: dict[str, Any], seal: Seal, styles: Styles) -> list[Flowable]:
    """Return what the first page says."""
    who, published = content["clinician"], content["publication"]
    code = who["code"] or "no consultant code"
    facts = [
        ("Period", content["period"]["words"]),
        ("Publication", f"{published['id']}, of {published['published_at']}, data to {published['data_to']}"),
        ("Content of the publication", published["content_hash"] or "no hash was kept"),
        (
            "Code",
            f"commit {published['code_commit'] or 'unknown'}, digest {(published['code_digest'] or 'unknown')[:16]}",
        ),
        ("Verification hash", seal.content_hash),
        ("Signature of the installation", seal.signature),
    ]
    story: list[Flowable] = [
        paragraph("Appraisal pack", styles.quiet),
        paragraph(who["name"], styles.title),
        paragraph(" \N{MIDDLE DOT} ".join(part for part in (code, who["grade"]) if part), styles.body),
        Spacer(1, 8),
        plain(
            [[paragraph(name, styles.quiet), paragraph(text, styles.cell)] for name, text in facts], [110, WIDTH - 110]
        ),
    ]
    if content["covered"]:
        story += [Spacer(1, 4), paragraph(f"Of this period the data cover {content['covered']} alone.", styles.body)]
    story += [paragraph("How to read it", styles.section)]
    story += [paragraph(sentence, styles.body) for sentence in content["how_to_read"]]
    story += [Spacer(1, 4), _legend(_STATES, styles)]
    story += [paragraph("How to read the pictures", styles.section)]
    story += [paragraph(sentence, styles.cell) for sentence in content["how_to_read_pictures"]]
    story += [Spacer(1, 4), _legend(_MONTHS, styles)]
    posts = [[post["department"], post["post"], post["from"], post["to"]] for post in content["posts"]]
    story += [
        paragraph("Posts", styles.section),
        table(["Department", "Post", "From", "To"], posts, [WIDTH - 250, 70, 90, 90], styles),
        paragraph("Data cut of each feed", styles.section),
        _feeds(content["feeds"], styles),
        Spacer(1, 6),
        paragraph(
            "The content of this pack is attached to it as content.json. The command cpw pack verify recomputes the"
            " hash of the attachment, draws the pack from it again and compares every byte; with the key of the"
            " installation it also proves who made it.",
            styles.quiet,
        ),
    ]
    return story


def glance(content: dict[str, Any], styles: Styles) -> list[Flowable]:
    """Return all figures in one table, a line for each measure."""
    rows: list[list[Any]] = []
    for family in content["families"]:
        for measure in family["measures"]:
            whole = measure["whole"] or {"value": "not summed", "n": ""}
            states = plain(
                [
                    [of_state(post["state"], styles), paragraph(_said(post, measure), styles.cell)]
                    for post in measure["posts"]
                ],
                [11, 198],
            )
            rows.append([measure["title"], whole["value"], whole["n"], states])
    story: list[Flowable] = [
        paragraph(f"At a glance: {content['covered'] or content['period']['words']}", styles.part),
        table(
            ["Measure", "Whole practice", "n", "What to make of it, last whole month"],
            rows,
            [165, 68, 45, 215],
            styles,
            right=(1, 2),
        ),
    ]
    if content["without_records"]:
        story += [
            Spacer(1, 6),
            paragraph(f"No record in the period: {', '.join(content['without_records'])}.", styles.quiet),
        ]
    return story


def _said(post: dict[str, Any], measure: dict[str, Any]) -> str:
    state = post["state"][:1].upper() + post["state"][1:]
    return f"{post['post']}: {state}" if len(measure["posts"]) > 1 else state


def _legend(told: Sequence[tuple[str, str, str, float]], styles: Styles) -> Flowable:
    """Return what marks mean, one beside the other."""
    cells: list[Any] = []
    widths: list[float] = []
    for shape, colour, text, width in told:
        cells += [Mark(shape, styles.colours[colour]), paragraph(text, styles.small)]
        widths += [11, width]
    return plain([cells], widths)


def _feeds(feeds: list[dict[str, Any]], styles: Styles) -> Flowable:
    """Return the feeds in two columns."""
    half = (len(feeds) + 1) // 2

    def cells(of: dict[str, Any] | None) -> list[str]:
        if of is None:
            return ["", ""]
        held = f", {of['held']} held" if of["held"] else ""
        return [of["feed"], f"{of['extracted']}{held}"]

    padded = [*feeds, *[None] * (2 * half - len(feeds))]
    rows = [cells(padded[place]) + cells(padded[half + place]) for place in range(half)]
    head = ["Feed", "Extracted", "Feed", "Extracted"]
    return KeepTogether(table(head, rows, [150, 96, 150, 97], styles))
