"""The 64-bit hashes (xxh3) by which rows and business keys are told apart, over the texts by which they are kept.

What is hashed is also what is copied: the values in the order of the contract, between them the character that ASCII
has for this. So equal values have equal hashes, whatever the delimiter, quoting or order of columns of the file.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat

import numpy as np
import xxhash

# The unit separator of ASCII: values with commas, semicolons or bars in them need no quotation marks.
SEPARATOR = "\x1f"
# xxh3 gives numbers from 0, Postgres keeps them from -2^63.
_SHIFT = 1 << 63
# What all deletions say is the same; a row has this hash once in 2^64.
DELETION = 0


def row_hash(values: Sequence[str], seed: int = 0) -> int:
    """Return the hash of a row, its values in the order of the contract; `seed` is that of its sender.

    It tells a row from the version before it of the same key: two that differ are taken for one once in 2^64 times.
    """
    return xxhash.xxh3_64_intdigest(line(values), seed) - _SHIFT


def seed_of(sender: str | None) -> int:
    """Return what lets the rows of different senders differ, for a bulk replacement that has one; else nothing.

    Whose row it is decides who may delete it by replacing a period, so the same values from another are a new version.
    """
    return 0 if sender is None else xxhash.xxh3_64_intdigest(sender.encode())


def key_hash(key: Sequence[str]) -> int:
    """Return the hash of a business key, its values in the order of the contract's `business_key`."""
    return row_hash(key)


def hashes(lines: Iterable[bytes], seed: int = 0) -> np.ndarray:
    """Return the hash of each of many `lines`, as `row_hash` makes it."""
    digests = np.frombuffer(b"".join(map(xxhash.xxh3_64_digest, lines, repeat(seed))), ">u8")
    return (digests ^ np.uint64(_SHIFT)).astype("u8").view("i8")


def line(values: Iterable[str]) -> bytes:
    """Return `values` as a line of CSV in UTF-8, in quotation marks only where one needs them: the form hashed."""
    return SEPARATOR.join(map(_quoted, values)).encode()


def _quoted(value: str) -> str:
    if '"' in value or SEPARATOR in value or "\n" in value or "\r" in value:
        return '"' + value.replace('"', '""') + '"'
    return value
