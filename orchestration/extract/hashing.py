"""The 64-bit hashes (xxh3) by which rows and business keys are told apart, over the texts by which they are kept."""

from collections.abc import Sequence

import xxhash

# xxh3 gives numbers from 0, Postgres keeps them from -2^63.
SHIFT = 1 << 63
# What all deletions say is the same; a row has this hash once in 2^64.
DELETION = 0
unshifted = xxhash.xxh3_64_intdigest


def row_hash(values: Sequence[str], delimiter: str) -> int:
    """Return the hash of a row, its values in the order of the contract.

    It tells a row from the version before it of the same key: two that differ are taken for one once in 2^64 times.
    """
    return unshifted(line(values, delimiter)) - SHIFT


def key_hash(key: Sequence[str], delimiter: str) -> int:
    """Return the hash of a business key, its values in the order of the contract's `business_key`."""
    return unshifted(line(key, delimiter)) - SHIFT


def line(values: Sequence[str], delimiter: str) -> bytes:
    """Return `values` as a line of CSV in UTF-8, in quotation marks only where one needs them: the form hashed."""
    return delimiter.join(quoted(value, delimiter) for value in values).encode()


def quoted(value: str, delimiter: str) -> str:
    """Return `value` as a field of CSV, in quotation marks only where it needs them."""
    if '"' in value or delimiter in value or "\n" in value or "\r" in value:
        return '"' + value.replace('"', '""') + '"'
    return value
