"""A figure beside others: a funnel with colleagues as points without names, or its own place between the limits."""

from itertools import pairwise
from typing import Any

from reportlab.platypus import Flowable

from orchestration.pack.paper import marks
from orchestration.pack.paper.scale import around, written
from orchestration.pack.paper.type import PLAIN, Styles

_LEFT, _RIGHT, _TOP, _BOTTOM = 24.0, 5.0, 4.0, 10.0
# Place of each line in a limit, its colour, its thickness in points and its dashes.
_LINES: tuple[tuple[int, str, float, list[int]], ...] = (
    (1, "process_mean", 0.7, []),
    (2, "limit_95", 0.7, [3, 2]),
    (3, "limit_95", 0.7, [3, 2]),
    (4, "limit_998", 0.8, []),
    (5, "limit_998", 0.8, []),
)


class Funnel(Flowable):
    """Points by size and value; limits drawn through the sizes of all points."""

    def __init__(self, told: dict[str, Any], styles: Styles, width: float, height: float) -> None:
        """Take a funnel as `orchestration.pack.peers` gives it; width and height in points."""
        super().__init__()
        self.told, self.styles, self.width, self.height = told, styles, width, height

    def wrap(self, *_: float) -> tuple[float, float]:
        """Return the size, whatever there is room for."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw limits first, colleagues upon them, oneself last."""
        told, colours, canvas = self.told, self.styles.colours, self.canv
        points = told["colleagues"] + told["you"]
        values = [point[1] for point in points]
        # Limits of few records run off the paper: the axis is that of the points, of what is near them, and of the 95 %
        # limits of the largest.
        room = max(values) + 0.6 * (max(values) - min(values) or max(values) or 1)
        near = [number for limit in told["limits"] for number in limit[1:] if number <= room]
        near += told["limits"][-1][2:4] if told["limits"] else []
        up = around(values + near, _BOTTOM, self.height - _BOTTOM - _TOP)
        sizes = [point[0] for point in points]
        across = around([0.0, *sizes], _LEFT, self.width - _LEFT - _RIGHT)
        frame(self, written(up.low), written(up.high))
        canvas.drawString(_LEFT, 1.5, told["size"])
        canvas.drawRightString(self.width - _RIGHT, 1.5, written(across.high))
        canvas.saveState()
        clip = canvas.beginPath()
        clip.rect(_LEFT, _BOTTOM, self.width - _LEFT - _RIGHT, self.height - _BOTTOM - _TOP)
        canvas.clipPath(clip, stroke=0)
        for column, colour, thickness, dashes in _LINES:
            canvas.setStrokeColor(colours[colour])
            canvas.setLineWidth(thickness)
            canvas.setDash(dashes)
            line = [(across.place(limit[0]), up.place(limit[column])) for limit in told["limits"]]
            for (x, y), (next_x, next_y) in pairwise(line):
                canvas.line(x, y, next_x, next_y)
        canvas.restoreState()
        for size, value in told["colleagues"]:
            marks.draw(canvas, "ring", (across.place(size), up.place(value)), 1.9, colours["peer"])
        for size, value in told["you"]:
            marks.draw(canvas, "diamond", (across.place(size), up.place(value)), 2.8, colours["you"])


class Limits(Flowable):
    """The own value between the 95 % and the 99.8 % limits of its size, where no colleagues are shown."""

    def __init__(self, told: dict[str, float], styles: Styles, width: float, height: float) -> None:
        """Take the limits as `orchestration.pack.said` gives them; width and height in points."""
        super().__init__()
        self.told, self.styles, self.width, self.height = told, styles, width, height

    def wrap(self, *_: float) -> tuple[float, float]:
        """Return the size, whatever there is room for."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw the outer limits as a thin bar, the inner as a thick one, the target as a line across."""
        told, colours, canvas = self.told, self.styles.colours, self.canv
        across = around([0.0, *told.values()], 6, self.width - 12)
        middle = self.height / 2 + 3
        canvas.setLineWidth(1)
        canvas.setStrokeColor(colours["limit_998"])
        canvas.line(across.place(told["lower_998"]), middle, across.place(told["upper_998"]), middle)
        canvas.setLineWidth(5)
        canvas.setStrokeColor(colours["limit_95"])
        canvas.line(across.place(told["lower_95"]), middle, across.place(told["upper_95"]), middle)
        canvas.setLineWidth(0.9)
        canvas.setStrokeColor(colours["process_mean"])
        canvas.line(across.place(told["target"]), middle - 6, across.place(told["target"]), middle + 6)
        marks.draw(canvas, "diamond", (across.place(told["value"]), middle), 3, colours["you"])
        canvas.setFillColor(colours["quiet_text"])
        canvas.setFont(PLAIN, 6)
        canvas.drawString(6, middle - 14, written(across.low))
        canvas.drawRightString(self.width - 6, middle - 14, written(across.high))


def frame(chart: Funnel, low: str, high: str) -> None:
    """Draw the two axes of a chart with the ends of the upright one."""
    canvas, colours = chart.canv, chart.styles.colours
    canvas.setStrokeColor(colours["line"])
    canvas.setLineWidth(0.5)
    canvas.line(_LEFT, _BOTTOM, chart.width - _RIGHT, _BOTTOM)
    canvas.line(_LEFT, _BOTTOM, _LEFT, chart.height - _TOP)
    canvas.setFillColor(colours["quiet_text"])
    canvas.setFont(PLAIN, 6)
    canvas.drawRightString(_LEFT - 2, _BOTTOM - 1, low)
    canvas.drawRightString(_LEFT - 2, chart.height - _TOP - 4, high)
