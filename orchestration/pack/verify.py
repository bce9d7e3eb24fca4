"""Whether a file is the pack that was made: its attachment, its pages byte by byte, who signed; without a database."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from orchestration.pack import seal
from orchestration.pack.errors import NotWholeError, PackUsageError
from orchestration.pack.paper import attached, draw, layout

_CONTENTS = re.compile(rb"/Contents (\d+) 0 R")


@dataclass(frozen=True)
class Verified:
    """What was found of a whole pack; `is_ours` is None where no key was there to ask."""

    name: str
    content_hash: str
    is_ours: bool | None

    @property
    def sentence(self) -> str:
        """The same in words."""
        whole = f"OK: {self.name} is whole, and its content has the hash {self.content_hash[:12]}"
        if self.is_ours is None:
            return f"{whole}; without the key of an installation it cannot be told who made it."
        return f"{whole}; this installation made it."


def file(path: Path, key: bytes | None) -> Verified:
    """Return what is found of a pack that is whole, and made with the key where there is one.

    Raises `PackUsageError` for a file that cannot be read, `NotWholeError` with what does not hold.
    """
    try:
        pdf = path.read_bytes()
    except OSError as error:
        raise PackUsageError(f"{path} cannot be read: {(error.strerror or 'no reason given').lower()}.") from None
    try:
        return _whole(path.name, pdf, key)
    except NotWholeError as error:
        raise NotWholeError(f"{path.name} {error}") from None


def _whole(name: str, pdf: bytes, key: bytes | None) -> Verified:
    written, found = attached.find(pdf)
    if seal.hash_of(written) != found.content_hash:
        raise NotWholeError(f"was changed: its attachment does not have the hash {found.short} that was sealed.")
    content = json.loads(written)
    if content.get("layout") != layout.digest():
        raise NotWholeError(
            f"was drawn by another version ({content.get('layout')}; this is {layout.digest()}): its attachment has the"
            " hash that was sealed, but its pages can be verified by that version alone."
        )
    drawn = draw.draw(content, written, found)
    if drawn != pdf:
        raise NotWholeError(f"was changed: {_where(drawn, pdf)} what its attachment says.")
    is_ours = None if key is None else seal.is_signed_by(found, key)
    if is_ours is False:
        raise NotWholeError("is whole, but not of this installation: it was sealed with another key.")
    return Verified(name, found.content_hash, is_ours)


def _where(drawn: bytes, pdf: bytes) -> str:
    """Return which pages of a file are not as they were drawn."""
    numbers = [match[1] for match in _CONTENTS.finditer(drawn)]
    pages = [str(place) for place, number in enumerate(numbers, 1) if _object(drawn, number) != _object(pdf, number)]
    if not pages:
        return "its pages are not"
    return f"page {pages[0]} is not" if len(pages) == 1 else f"pages {', '.join(pages)} are not"


def _object(pdf: bytes, number: bytes) -> bytes:
    begin = pdf.find(b"\n" + number + b" 0 obj")
    return pdf[begin : pdf.find(b"endobj", begin)]
