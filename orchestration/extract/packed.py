"""Unpack gzip and zip as a stream: one file in each, checked to its end, and no bigger than it can honestly be."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from orchestration.extract.errors import FileRefusedError

# CSV shrinks to a tenth or a fiftieth. What grows beyond this is made to fill a disk.
LARGEST_RATIO = 250
ALWAYS_ALLOWED = 64 << 20
_NAMES_SHOWN = 5
# What macOS adds to every archive.
_NOT_CONTENT = ("__MACOSX/", ".DS_Store")
_BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


class Unpacked(io.RawIOBase):
    """The content of a packed file. Reading raises `FileRefusedError` where it is broken or absurdly large."""

    def __init__(self, content: BinaryIO, packed_size: int, file_name: str) -> None:
        """`content` unpacks as it is read, from a file of `packed_size` bytes."""
        self._content = content
        self._left = max(ALWAYS_ALLOWED, packed_size * LARGEST_RATIO)
        self._packed_size = packed_size
        self._file_name = file_name

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        """Fill `buffer` with what comes next; 0 at the end."""
        try:
            data = self._content.read(len(buffer))
        except _BROKEN as error:
            raise _broken(self._file_name, error) from None
        self._left -= len(data)
        if self._left < 0:
            raise FileRefusedError(
                f"{self._file_name} has {self._packed_size:,} bytes and unpacks to more than {LARGEST_RATIO} times as "
                "much, which no honest extract does: ask the source for it unpacked."
            )
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def unpack(file: BinaryIO, file_name: str) -> Iterator[BinaryIO]:
    """Give the content of `file`, packed as the end of its name says. Raises `FileRefusedError` with one sentence."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size == 0:
        raise FileRefusedError(f"{file_name} is empty (0 bytes): ask the source to send it again.")
    opened = _open_zip(file, file_name) if file_name.endswith(".zip") else _open_gzip(file, file_name)
    with opened as content:
        yield Unpacked(content, size, file_name)  # type: ignore[misc]


def _open_gzip(file: BinaryIO, file_name: str) -> BinaryIO:
    if file.read(2) != b"\x1f\x8b":
        raise FileRefusedError(
            f"{file_name} is not gzip-compressed, as the end of its name says: name it as what it is, or pack it."
        )
    file.seek(0)
    return gzip.GzipFile(fileobj=file, mode="rb")  # type: ignore[return-value]


def _open_zip(file: BinaryIO, file_name: str) -> BinaryIO:
    try:
        archive = zipfile.ZipFile(file)
        inside = [one for one in archive.infolist() if not one.is_dir() and not _is_added(one.filename)]
        if len(inside) == 1 and not inside[0].flag_bits & 1:
            return archive.open(inside[0])  # type: ignore[return-value]
    except (*_BROKEN, OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, gzip.BadGzipFile):
            raise  # the disk's own fault
        raise _broken(file_name, error) from None
    if len(inside) == 1:
        raise FileRefusedError(f"{file_name} is protected by a password: ask the source for it without one.")
    names = ", ".join(repr(one.filename[-60:]) for one in inside[:_NAMES_SHOWN])
    more = f" and {len(inside) - _NAMES_SHOWN} more" if len(inside) > _NAMES_SHOWN else ""
    found = f"{len(inside)} files ({names}{more})" if inside else "no file"
    raise FileRefusedError(f"{file_name} holds {found}: an archive of an extract holds one file; pack each by itself.")


def _is_added(name: str) -> bool:
    return name.startswith(_NOT_CONTENT[0]) or name.rsplit("/", 1)[-1] == _NOT_CONTENT[1]


def _broken(file_name: str, error: Exception) -> FileRefusedError:
    cut = isinstance(error, EOFError) or "not a zip file" in str(error)
    problem = "is cut short or damaged" if cut else f"is damaged ({str(error)[:100] or type(error).__name__})"
    return FileRefusedError(f"{file_name} {problem}, so it cannot be unpacked: ask the source to send it again.")
