"""Where numbers lie on a drawing: round ends of an axis, and places between them."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high` that is drawn from `start`, `length` points long."""

    low: float
    high: float
    start: float
    length: float

    def place(self, number: float) -> float:
        """Return where a number lies; what is beyond the ends lies beyond them."""
        return round(self.start + (number - self.low) / (self.high - self.low) * self.length, 2)


def around(numbers: list[float], start: float, length: float) -> Scale:
    """Return an axis with round ends around numbers; from nought where they are not far from it."""
    low, high = min(numbers), max(numbers)
    if low > 0 and low < 0.6 * high:
        low = 0.0
    if high == low:
        low, high = min(low, 0.0), max(high, 0.0) or 1.0
    step = _step(high - low)
    return Scale(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, start, length)


def written(number: float) -> str:
    """Return an end of an axis in few digits."""
    return f"{number:,.10g}" if abs(number) >= 1 or number == 0 else f"{number:.2g}"


def _step(span: float) -> float:
    """Return 1, 2 or 5 of a power of ten, about a quarter of the span."""
    power = 10.0 ** math.floor(math.log10(span / 4))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= span / 4 * 0.999)
