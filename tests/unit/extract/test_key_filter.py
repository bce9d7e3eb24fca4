"""A filter finds every key that was added, and few others."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orchestration.extract import key_filter

KEYS = st.lists(st.integers(-(1 << 63), (1 << 63) - 1), unique=True).map(lambda keys: np.array(keys, np.int64))


@given(KEYS, st.integers(0, 100))
def test_may_hold__never_misses_a_key_however_small_the_filter(keys, size):
    words = key_filter.empty(size)
    key_filter.add(words, keys)
    assert key_filter.may_hold(words, keys).all()


def test_may_hold__is_wrong_for_less_than_one_in_a_thousand():
    hashes = np.random.default_rng(20_261_125).integers(-(1 << 63), (1 << 63) - 1, 400_000, np.int64)
    there, elsewhere = hashes[:200_000], hashes[200_000:]
    words = key_filter.empty(len(there))
    for part in np.array_split(there, 3):
        key_filter.add(words, part)
    assert 0 < key_filter.may_hold(words, elsewhere).mean() < 0.001


def test_may_hold__of_an_empty_filter_is_nothing():
    assert not key_filter.may_hold(key_filter.empty(0), np.array([0, -1, 1], np.int64)).any()
