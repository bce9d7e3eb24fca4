"""The figures: a block for each measure, the whole practice first, then each post with its months and comparison."""

from typing import Any

from reportlab.platypus import Flowable, HRFlowable, KeepTogether, Spacer

from orchestration.pack.paper.compared import Funnel, Limits
from orchestration.pack.paper.cover import WIDTH, of_state
from orchestration.pack.paper.table import plain
from orchestration.pack.paper.trend import Trend
from orchestration.pack.paper.type import Styles, marked, paragraph

_TEXT, _TREND, _COMPARED, _HEIGHT = 218.0, 145.0, 130.0, 62.0
_WHOLE = "Whole practice"


def family(told: dict[str, Any], styles: Styles, *, has_one_post: bool) -> list[Flowable]:
    """Return a family of measures: its name, and a block for each measure that stays on one page."""
    story: list[Flowable] = []
    for measure in told["measures"]:
        begin = [] if story else [paragraph(told["title"], styles.part)]
        story.append(KeepTogether([*begin, *_block(measure, styles, has_one_post)]))
    return story


def _block(measure: dict[str, Any], styles: Styles, has_one_post: bool) -> list[Flowable]:
    is_one = len(measure["posts"]) == 1
    whole = _WHOLE if has_one_post else f"{_WHOLE} ({measure['posts'][0]['post']})"
    told = f"{measure['unit']} \N{MIDDLE DOT} {measure['direction']}"
    told += f" \N{MIDDLE DOT} target {measure['target']}" if measure["target"] else ""
    block: list[Flowable] = [
        plain(
            [[paragraph(measure["title"], styles.measure), paragraph(told, styles.head_right)]],
            [WIDTH * 0.6, WIDTH * 0.4],
        ),
    ]
    if not is_one:
        block.append(_whole(measure, styles))
    for post in measure["posts"]:
        block.append(_post(post, whole if is_one else post["post"], styles))
    if measure["rests_on"]:
        block.append(paragraph("Rests on: " + " \N{MIDDLE DOT} ".join(measure["rests_on"]) + ".", styles.quiet))
    return [*block, Spacer(1, 3), HRFlowable(width="100%", thickness=0.4, color=styles.colours["line"]), Spacer(1, 4)]


def _whole(measure: dict[str, Any], styles: Styles) -> Flowable:
    """Return the line of the whole practice, where there are several posts."""
    if measure["whole"] is None:
        return paragraph("Whole practice: figures of this measure are not summed over posts.", styles.cell)
    text = _figure(_WHOLE, measure["whole"], styles)
    return plain([[[text, *([paragraph(measure["expected"], styles.small)] if measure["expected"] else [])]]], [WIDTH])


def _post(post: dict[str, Any], label: str, styles: Styles) -> Flowable:
    state = post["state"][:1].upper() + post["state"][1:]
    when = f" in {post['state_month']}" if post["state_month"] else ""
    texts: list[Flowable] = [
        _figure(label, post, styles),
        plain(
            [
                [
                    of_state(post["state"], styles),
                    marked("<b>{state}</b>{rest}", styles.cell, state=state, rest=f"{when}: {post['reason']}"),
                ]
            ],
            [11, _TEXT - 17],
        ),
    ]
    texts += [paragraph(post[name], styles.small) for name in ("assurance", "comparison") if post[name]]
    trend: Flowable | str = Trend(post["trend"], styles, _TREND - 6, _HEIGHT) if post["trend"] else ""
    return plain([[texts, trend, _compared(post, styles)]], [_TEXT, _TREND, _COMPARED])


def _figure(label: str, told: dict[str, Any], styles: Styles) -> Flowable:
    out_of = f" ({told['numerator']} / {told['denominator']})" if told["denominator"] != "\N{EN DASH}" else ""
    return marked(
        "{label}: <b>{value}</b>, n = {n}{out_of}",
        styles.cell,
        label=label,
        value=told["value"],
        n=told["n"],
        out_of=out_of,
    )


def _compared(post: dict[str, Any], styles: Styles) -> list[Flowable]:
    """Return the picture of the comparison, where there is one, and the sentence about colleagues below it."""
    width = _COMPARED - 6
    drawn: list[Flowable] = []
    if post["funnel"]:
        drawn.append(Funnel(post["funnel"], styles, width, _HEIGHT))
    elif post["limits"]:
        drawn.append(Limits(post["limits"], styles, width, _HEIGHT * 0.45))
    return [*drawn, *([paragraph(post["peers"], styles.quiet)] if post["peers"] else [])]
