"""The CSV bytes of an arrival, whatever it came as: plain, packed with gzip or zip, Parquet or Excel."""

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from orchestration.extract import packed
from orchestration.extract.errors import FileRefusedError
from orchestration.extract.folder import PACKED, Arrival

_PIECE = 1 << 20


class Rows(io.RawIOBase):
    """CSV made from a format that has rows and no lines: `counts_rows` tells the reader to number rows."""

    counts_rows = True

    def __init__(self, blocks: Iterator[bytes]) -> None:
        """`blocks` are read as they are asked for."""
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        """Fill `buffer` with what comes next; 0 at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


@contextmanager
def open_csv(arrival: Arrival) -> Iterator[BinaryIO]:
    """Open an arrival and give its CSV bytes as a stream, which is read a piece at a time.

    A file of csv gives its own bytes, unpacked; Parquet and Excel give UTF-8 with the contract's delimiter, ISO dates
    and a header line, in a stream with `counts_rows`. Opening and reading raise `FileRefusedError` with one sentence
    for a file that is broken or not what its contract and name say, and `OSError` for a fault of the disk.
    """
    with arrival.path.open("rb") as file:
        if arrival.path.name.endswith(PACKED):
            with packed.unpack(file, arrival.path.name) as content, _as_csv(content, arrival) as stream:
                yield stream
        else:
            with _as_csv(file, arrival) as stream:
                yield stream


@contextmanager
def _as_csv(file: BinaryIO, arrival: Arrival) -> Iterator[BinaryIO]:
    if arrival.contract.format == "csv":
        yield file
        return
    with _seekable(file) as whole:
        if not whole.read(1):
            raise FileRefusedError(f"{arrival.path.name} is empty (0 bytes): ask the source to send it again.")
        whole.seek(0)
        blocks = _blocks(whole, arrival)
        try:
            yield Rows(blocks)  # type: ignore[misc]
        finally:
            blocks.close()  # type: ignore[attr-defined]


def _blocks(file: BinaryIO, arrival: Arrival) -> Iterator[bytes]:
    # Imported here: each takes memory and a part of a second, and most feeds are CSV.
    if arrival.contract.format == "parquet":
        from orchestration.extract import parquet  # noqa: PLC0415

        return parquet.blocks(file, arrival)
    from orchestration.extract import excel  # noqa: PLC0415

    return excel.blocks(file, arrival)


@contextmanager
def _seekable(file: BinaryIO) -> Iterator[BinaryIO]:
    """Give a file that can be read at any place, as Parquet and Excel must be: what was packed goes to the disk."""
    if file.seekable():
        yield file
        return
    # It has no name, so it is gone with this process, however that ends.
    with tempfile.TemporaryFile() as unpacked:
        shutil.copyfileobj(file, unpacked, _PIECE)
        unpacked.seek(0)
        yield unpacked  # type: ignore[misc]
