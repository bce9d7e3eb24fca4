"""Lines whose rows can be told without parsing: each line one row, its quotation marks only around whole fields.

This is nearly all of nearly every file, and is taken many lines at once. The rest is left to `rows.py`, row by row.
"""

import codecs

import numpy as np

from orchestration.extract.hashing import SEPARATOR
from orchestration.extract.header import BYTE_ORDER_MARK

_SEPARATOR = SEPARATOR.encode()


def separated(lines: bytes, delimiter: str, encoding: str, longest: int) -> bytes | None:
    """Return whole `lines` in UTF-8, fields parted by `SEPARATOR`, without quotation marks; None if not all are plain.

    Plain is a line of text in its encoding, shorter than `longest`, without NUL or bare carriage return, whose
    quotation marks stand around whole fields and hold neither line end nor quotation mark.
    """
    text = lines.replace(b"\r\n", b"\n") if b"\r" in lines else lines
    if b"\r" in text or b"\0" in text or _SEPARATOR in text or text.startswith(BYTE_ORDER_MARK):
        return None
    decoded = text if text.isascii() else _utf8(text, encoding)
    if decoded is None or _may_be_long(lines, longest):
        return None
    parting = bytes.maketrans(delimiter.encode(), _SEPARATOR)
    return _unquoted(decoded, delimiter.encode(), parting) if b'"' in decoded else decoded.translate(parting)


def line_ends(text: bytes) -> np.ndarray:
    """Return the places just behind the line ends of `text`."""
    return np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")) + 1


def _utf8(text: bytes, encoding: str) -> bytes | None:
    try:
        decoded = text.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if codecs.lookup(encoding).name == "utf-8" else decoded.encode()


def _may_be_long(lines: bytes, longest: int) -> bool:
    """Tell whether a line of `longest` bytes may be there: only then is half of that without any line end."""
    half = longest // 2
    return any(lines.find(b"\n", at, at + half) < 0 for at in range(0, len(lines) - half + 1, half))


def _unquoted(text: bytes, delimiter: bytes, parting: bytes) -> bytes | None:
    """Take the quotation marks away, if each opens behind a delimiter or line end and the next closes before one."""
    pieces = text.split(b'"')
    outside = b'"'.join(pieces[::2])
    marks = len(pieces) // 2
    opened = text.startswith(b'"') + outside.count(delimiter + b'"') + outside.count(b'\n"')
    closed = outside.count(b'"' + delimiter) + outside.count(b'"\n')
    if len(pieces) % 2 == 0 or opened != marks or closed != marks or b"\n" in b"".join(pieces[1::2]):
        return None
    if b'\n""\n' in text or text.startswith(b'""\n'):
        # A row of one empty field, not a line without a row.
        return None
    pieces[::2] = outside.translate(parting).split(b'"')
    return b"".join(pieces)
