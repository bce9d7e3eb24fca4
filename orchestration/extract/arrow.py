"""Make Arrow's arrays from numbers and texts: `pyarrow.array` does so too, but imports pandas first, for nothing."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def numbers(values: np.ndarray) -> pa.Array:
    """Return whole numbers."""
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def truths(values: np.ndarray) -> pa.Array:
    """Return values that are true or false."""
    return numbers(values.view(np.uint8)).cast(pa.bool_())


def texts(values: Sequence[str]) -> pa.Array:
    """Return texts."""
    data = [value.encode() for value in values]
    return parts(b"".join(data), np.cumsum([0, *map(len, data)]))


def text(value: str) -> pa.Scalar:
    """Return one text."""
    return texts([value])[0]


def parts(data: bytes, borders: np.ndarray) -> pa.Array:
    """Return the texts that stand in `data` between the `borders`."""
    buffers = [None, pa.py_buffer(borders.astype(np.int32)), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(borders) - 1, buffers)


def mask(values: pa.Array) -> np.ndarray:
    """Return truths as numpy has them, false where they are null."""
    known = pc.and_kleene(values, values.is_valid())
    return np.from_dlpack(known.cast(pa.uint8())).astype(bool)
