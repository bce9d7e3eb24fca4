"""Which drawing this is: a pack can be drawn again, and compared, by the same code and typefaces alone."""

import hashlib
from functools import cache
from pathlib import Path

import reportlab

ROOM = Path(__file__).resolve().parent


@cache
def digest() -> str:
    """Return a hash (12 letters) of the code that draws, its typefaces and the version of ReportLab."""
    found = hashlib.sha256(reportlab.__version__.encode())
    for path in sorted([*ROOM.glob("*.py"), *ROOM.glob("fonts/*.ttf")]):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]
