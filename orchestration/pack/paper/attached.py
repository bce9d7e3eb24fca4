"""Files inside a PDF: how content and seal are put into a pack, and found again without a PDF library."""

import json
import re
from typing import Any

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from orchestration.pack.errors import NotWholeError
from orchestration.pack.seal import Seal

CONTENT, SEAL = "content.json", "seal.json"
_EMBEDDED = re.compile(rb"<<[^<>]*?/Length (\d+)[^<>]*?/Type /EmbeddedFile\s*>>\s*stream\n")


def attach(canvas: Canvas, written: bytes, seal: Seal) -> None:
    """Put the content and its seal into the document that is drawn on `canvas`."""
    document = canvas._doc
    sealed = json.dumps({"content_hash": seal.content_hash, "signature": seal.signature}, sort_keys=True).encode()
    names: list[Any] = []
    for name, payload in ((CONTENT, written), (SEAL, sealed)):
        stream = pdfdoc.PDFStream(pdfdoc.PDFDictionary({"Type": "/EmbeddedFile"}), payload)
        embedded = pdfdoc.PDFDictionary({"F": document.Reference(stream, f"embedded {name}")})
        told = {"Type": "/Filespec", "F": pdfdoc.PDFString(name), "UF": pdfdoc.PDFString(name), "EF": embedded}
        names += [pdfdoc.PDFString(name), document.Reference(pdfdoc.PDFDictionary(told), f"file {name}")]
    files = pdfdoc.PDFDictionary({"Names": pdfdoc.PDFArray(names)})
    document.Catalog.Names = pdfdoc.PDFDictionary({"EmbeddedFiles": files})


def find(pdf: bytes) -> tuple[bytes, Seal]:
    """Return the content of a pack as it was written, and its seal, as the file has them.

    Raises `NotWholeError` where there is neither: the file is no pack, or another program wrote it anew.
    """
    found = [pdf[match.end() : match.end() + int(match[1])] for match in _EMBEDDED.finditer(pdf)]
    try:
        content, sealed = found
        told = json.loads(sealed)
        return content, Seal(str(told["content_hash"]), str(told["signature"]))
    except (ValueError, KeyError, TypeError):
        raise NotWholeError("holds no content of a pack: it is none, or another program has written it anew.") from None
