"""Typefaces and styles of text: Liberation Sans, embedded, in few sizes."""

from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

_FONTS = Path(__file__).resolve().parent / "fonts"
PLAIN, BOLD = "LiberationSans", "LiberationSans-Bold"


class Styles:
    """The styles of one document, in the colours of its content."""

    def __init__(self, colours: dict[str, str]) -> None:
        """Take the names of the theme with a colour (#RRGGBB) for each."""
        self.colours = {name: HexColor(colour) for name, colour in colours.items()}
        text, quiet = self.colours["text"], self.colours["quiet_text"]
        self.body = ParagraphStyle("body", fontName=PLAIN, fontSize=9, leading=12, textColor=text)
        self.small = ParagraphStyle("small", self.body, fontSize=7.5, leading=9.6)
        self.cell = ParagraphStyle("cell", self.body, fontSize=8, leading=10)
        self.right = ParagraphStyle("right", self.cell, alignment=2)
        self.head = ParagraphStyle("head", self.small, textColor=quiet)
        self.head_right = ParagraphStyle("head right", self.head, alignment=2)
        self.quiet = ParagraphStyle("quiet", self.small, textColor=quiet)
        self.title = ParagraphStyle("title", self.body, fontName=BOLD, fontSize=22, leading=27)
        self.part = ParagraphStyle(
            "part",
            self.body,
            fontName=BOLD,
            fontSize=14,
            leading=18,
            spaceBefore=12,
            spaceAfter=4,
            textColor=self.colours["primary"],
        )
        self.section = ParagraphStyle(
            "section", self.body, fontName=BOLD, fontSize=11, leading=14, spaceBefore=8, spaceAfter=3
        )
        self.measure = ParagraphStyle("measure", self.body, fontName=BOLD, fontSize=10, leading=13)


def register() -> None:
    """Make the typefaces known to ReportLab, once in a process."""
    for name, file in ((PLAIN, "LiberationSans-Regular.ttf"), (BOLD, "LiberationSans-Bold.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(_FONTS / file)))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


def paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    """Return plain text as a paragraph: nothing in it is markup."""
    return Paragraph(escape(text).replace("\n", "<br/>"), style)


def marked(markup: str, style: ParagraphStyle, **texts: str) -> Paragraph:
    """Return markup of ours as a paragraph, with texts put in where it names them."""
    return Paragraph(markup.format(**{name: escape(text) for name, text in texts.items()}), style)
