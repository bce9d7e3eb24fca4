"""Marks that differ in shape as well as in colour, so that they can be told apart in grey print."""

from reportlab.lib.colors import Color, white
from reportlab.pdfgen.canvas import Canvas

# What a month is among the others, and what a state says: shape, and name of the colour.
POINTS = {
    "common": ("dot", "each_month"),
    "improvement": ("square", "improvement"),
    "concern": ("triangle", "concern"),
    "neutral": ("diamond", "neutral"),
}
STATES = {
    "no special cause": ("dot", "calm"),
    "improving": ("square", "improvement"),
    "better than expected": ("square", "improvement"),
    "look: higher than expected": ("triangle", "concern"),
    "look: lower than expected": ("triangle", "concern"),
    "too few to say": ("ring", "calm"),
    "data not trusted": ("cross", "untrusted"),
}


def draw(canvas: Canvas, shape: str, place: tuple[float, float], size: float, colour: Color) -> None:
    """Draw a mark around a place; `size` is half its width, in points."""
    x, y = place
    canvas.saveState()
    canvas.setFillColor(colour)
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(0.7)
    if shape == "dot":
        canvas.circle(x, y, size, stroke=0, fill=1)
    elif shape == "ring":
        canvas.setFillColor(white)
        canvas.circle(x, y, size, stroke=1, fill=1)
    elif shape == "square":
        canvas.rect(x - size, y - size, 2 * size, 2 * size, stroke=0, fill=1)
    elif shape == "cross":
        canvas.setLineWidth(1.2)
        canvas.line(x - size, y - size, x + size, y + size)
        canvas.line(x - size, y + size, x + size, y - size)
    else:
        corners = (
            [(0, 1.25), (-1.15, -0.85), (1.15, -0.85)]
            if shape == "triangle"
            else [(0, 1.4), (-1.2, 0), (0, -1.4), (1.2, 0)]
        )
        _polygon(canvas, [(x + size * across, y + size * up) for across, up in corners])
    canvas.restoreState()


def _polygon(canvas: Canvas, corners: list[tuple[float, float]]) -> None:
    path = canvas.beginPath()
    path.moveTo(*corners[0])
    for corner in corners[1:]:
        path.lineTo(*corner)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)
