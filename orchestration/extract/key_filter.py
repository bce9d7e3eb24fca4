"""Filters of business keys (blocked Bloom filters): which segments may hold a key, told without reading any of them.

A filter has one word of 64 bits for two keys, and a key sets five bits of one word. A key that is there is always
found; of those that are not, less than one in a thousand is found too. (Putze, Sanders and Singler: "Cache-, hash- and
space-efficient Bloom filters", 2007.)
"""

from collections.abc import Iterable

import numpy as np
from psycopg import Connection

from orchestration.extract.contract import Contract

_KEYS_A_WORD = 2
_BITS_A_KEY = 5
_HALF = np.uint64(32)
# As Postgres keeps it, whatever the machine.
_STORED = "<u8"


def empty(key_count: int) -> np.ndarray:
    """Return a filter for so many keys: words of 64 bits."""
    return np.zeros(key_count // _KEYS_A_WORD + 1, np.uint64)


def add(words: np.ndarray, keys: np.ndarray) -> None:
    """Add the hashes `keys` (signed, 64 bits) to the filter `words`."""
    places, marks = _marks(words, keys)
    np.bitwise_or.at(words, places, marks)


def may_hold(words: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Tell for each of the hashes `keys` whether it may have been added to `words`."""
    places, marks = _marks(words, keys)
    return (words[places] & marks) == marks


def keep(connection: Connection, delivery_id: int, words: np.ndarray) -> None:
    """Keep the filter of the segment of a delivery."""
    connection.execute(
        """
        insert into raw.key_filter (delivery_id, words) values (%s, %s)
        on conflict (delivery_id) do update set words = excluded.words
        """,
        [delivery_id, words.astype(_STORED).tobytes()],
    )


def of_segments(connection: Connection, contract: Contract) -> dict[int, np.ndarray]:
    """Return the filter of each segment that has one."""
    found: Iterable[tuple[int, bytes]] = connection.execute(
        """
        select delivery_id, words from raw.key_filter
        inner join raw.delivery using (delivery_id)
        where source_name = %s and table_name = %s
        """,
        [contract.source, contract.table],
        binary=True,
    )
    return {segment: np.frombuffer(words, _STORED) for segment, words in found}


def _marks(words: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the place of each key's word, by the upper half of its hash, and its bits in it, by the lower half."""
    hashes = keys.view(np.uint64)
    places = ((hashes >> _HALF) * np.uint64(len(words))) >> _HALF
    marks = np.zeros(len(keys), np.uint64)
    for number in range(_BITS_A_KEY):
        marks |= np.uint64(1) << ((hashes >> np.uint64(6 * number)) & np.uint64(63))
    return places.astype(np.intp), marks
