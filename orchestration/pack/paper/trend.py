"""A small SPC chart: months of a figure with their mean, natural process limits, target and special causes."""

from itertools import pairwise
from typing import Any

from reportlab.platypus import Flowable

from orchestration.pack.paper import marks
from orchestration.pack.paper.scale import Scale, around, written
from orchestration.pack.paper.type import PLAIN, Styles

_LEFT, _RIGHT, _TOP, _BOTTOM = 24.0, 5.0, 4.0, 10.0


class Trend(Flowable):
    """The months of one figure; a gap where a month has no value."""

    def __init__(self, told: dict[str, Any], styles: Styles, width: float, height: float) -> None:
        """Take a trend as `orchestration.pack.trends` gives it; width and height in points."""
        super().__init__()
        self.told, self.styles, self.width, self.height = told, styles, width, height

    def wrap(self, *_: float) -> tuple[float, float]:
        """Return the size, whatever there is room for."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw it."""
        told, colours, canvas = self.told, self.styles.colours, self.canv
        values = told["values"]
        lines = [number for name in ("mean", "lower", "upper") for number in told[name] if number is not None]
        numbers = [number for number in values if number is not None] + lines
        numbers += [told["target"]] if told["target"] is not None else []
        if not numbers:
            return
        up = around(numbers, _BOTTOM, self.height - _BOTTOM - _TOP)
        across = Scale(0, max(len(values) - 1, 1), _LEFT, self.width - _LEFT - _RIGHT)
        self._axes(up, across)
        canvas.setLineWidth(0.6)
        for name in ("mean", "lower", "upper"):
            canvas.setStrokeColor(colours["process_mean" if name == "mean" else "process_limit"])
            canvas.setDash([] if name == "mean" else [3, 2])
            self._steps(told[name], up, across)
        if told["target"] is not None:
            canvas.setStrokeColor(colours["target"])
            canvas.setDash([1, 1.5])
            canvas.line(_LEFT, up.place(told["target"]), self.width - _RIGHT, up.place(told["target"]))
        canvas.setDash([])
        canvas.setStrokeColor(colours["each_month"])
        canvas.setLineWidth(0.9)
        for place, (before, after) in enumerate(pairwise(values)):
            if before is not None and after is not None:
                canvas.line(across.place(place), up.place(before), across.place(place + 1), up.place(after))
        for place, (number, kind) in enumerate(zip(values, told["kinds"], strict=True)):
            if number is not None:
                shape, colour = marks.POINTS[kind]
                size = 1.3 if kind == "common" else 2.2
                marks.draw(canvas, shape, (across.place(place), up.place(number)), size, colours[colour])

    def _axes(self, up: Scale, across: Scale) -> None:
        canvas, colours = self.canv, self.styles.colours
        canvas.setStrokeColor(colours["line"])
        canvas.setLineWidth(0.5)
        canvas.line(_LEFT, _BOTTOM, self.width - _RIGHT, _BOTTOM)
        canvas.line(_LEFT, _BOTTOM, _LEFT, self.height - _TOP)
        canvas.setFillColor(colours["quiet_text"])
        canvas.setFont(PLAIN, 6)
        canvas.drawRightString(_LEFT - 2, _BOTTOM - 1, written(up.low))
        canvas.drawRightString(_LEFT - 2, self.height - _TOP - 4, written(up.high))
        first, last = self.told["months"][0], self.told["months"][-1]
        canvas.drawString(_LEFT, 1.5, first)
        if last != first:
            canvas.drawRightString(self.width - _RIGHT, 1.5, last)

    def _steps(self, numbers: list[float | None], up: Scale, across: Scale) -> None:
        """Draw a line that may have steps: limits that were calculated anew from a month on."""
        half = (self.width - _LEFT - _RIGHT) / max(len(numbers) - 1, 1) / 2
        for place, number in enumerate(numbers):
            if number is not None:
                begin, end = (
                    max(across.place(place) - half, _LEFT),
                    min(across.place(place) + half, self.width - _RIGHT),
                )
                self.canv.line(round(begin, 2), up.place(number), round(end, 2), up.place(number))
