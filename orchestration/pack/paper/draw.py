"""Content to PDF: the same content and seal are the same bytes, whenever and wherever they are drawn."""

import io
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate

from orchestration.pack.paper import attached, back, cover, family, spoken
from orchestration.pack.paper.type import PLAIN, Styles, register
from orchestration.pack.seal import Seal

_MARGIN, _FOOT = 51.0, 46.0


def draw(content: dict[str, Any], written: bytes, seal: Seal) -> bytes:
    """Return the pack; `written` is the content as it is attached, and was hashed."""
    register()
    styles = Styles(content["colours"])
    foot = _foot(content, seal)

    class Numbered(Canvas):
        """Keeps each page until all are there, to say how many there are; then attaches the content."""

        def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - ReportLab's own
            super().__init__(*arguments, **options)
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._kept, 1):
                self.__dict__.update(page)
                _draw_foot(self, styles, foot, f"page {number} of {len(self._kept)}")
                super().showPage()
            attached.attach(self, written, seal)
            super().save()

    target = io.BytesIO()
    frame = Frame(_MARGIN, _FOOT, A4[0] - 2 * _MARGIN, A4[1] - _FOOT - 40, 0, 0, 0, 0)
    document = BaseDocTemplate(
        target,
        pagesize=A4,
        pageTemplates=[PageTemplate(frames=[frame])],
        invariant=1,
        pageCompression=0,
        lang="en-GB",
        title=f"Appraisal pack of {content['clinician']['name']}, {content['period']['words']}",
        author="Clinician Performance Warehouse",
        subject=f"Publication {content['publication']['id']}",
    )
    document.build(_story(content, seal, styles), canvasmaker=Numbered)
    return target.getvalue()


def _story(content: dict[str, Any], seal: Seal, styles: Styles) -> list[Flowable]:
    story = [*cover.cover(content, seal, styles), PageBreak(), *cover.glance(content, styles), PageBreak()]
    for told in content["families"]:
        story += family.family(told, styles, has_one_post=len(content["posts"]) == 1)
    story += [*back.quality(content["quality"], styles), *spoken.validation(content["validation"], styles)]
    return [*story, *back.definitions(content["definitions"], styles)]


def _foot(content: dict[str, Any], seal: Seal) -> str:
    parts = (content["clinician"]["name"], content["period"]["words"], f"publication {content['publication']['id']}")
    return " \N{MIDDLE DOT} ".join((*parts, seal.short))


def _draw_foot(canvas: Canvas, styles: Styles, text: str, page: str) -> None:
    canvas.saveState()
    canvas.setStrokeColor(styles.colours["line"])
    canvas.setLineWidth(0.5)
    canvas.line(_MARGIN, _FOOT - 10, A4[0] - _MARGIN, _FOOT - 10)
    canvas.setFillColor(styles.colours["quiet_text"])
    canvas.setFont(PLAIN, 7)
    canvas.drawString(_MARGIN, _FOOT - 20, text)
    canvas.drawRightString(A4[0] - _MARGIN, _FOOT - 20, page)
    canvas.restoreState()
