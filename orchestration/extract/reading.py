"""How far the reading of a query is, kept on disk so that a later run goes on after the last whole page."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

_WRITTEN = {
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "decimal": (Decimal, str, Decimal),
    "uuid": (UUID, str, UUID),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
}


@dataclass(frozen=True)
class Watermark:
    """The last moment read, and the rows that bear it: how many they are, and the sum of their hashes."""

    value: Any
    row_count: int = 0
    row_sum: int = 0


@dataclass(frozen=True)
class Reading:
    """`size` bytes of the part are whole pages, up to the row with key `last`; `file_name` says that it is finished."""

    query_digest: str
    began_at: datetime
    size: int = 0
    row_count: int = 0
    last: tuple[Any, ...] | None = None
    watermark: Watermark | None = None
    file_name: str | None = None

    def finished(self, file_name: str) -> "Reading":
        """Return this reading at its end."""
        return replace(self, file_name=file_name)


@dataclass(frozen=True)
class Files:
    """The two files of one reading: the rows read so far, and how far that is. Hidden, so nobody loads them."""

    part: Path
    state: Path

    @classmethod
    def of(cls, folder: Path, contract_name: str) -> "Files":
        """Return the files of a contract in `folder`."""
        return cls(folder / f".{contract_name}.part", folder / f".{contract_name}.state")

    def load(self) -> Reading | None:
        """Return the reading that was broken off, if there is one."""
        try:
            said = json.loads(self.state.read_text(), object_hook=_from_json)
        except (FileNotFoundError, ValueError):
            return None
        last, watermark = said.pop("last"), said.pop("watermark")
        return Reading(
            **said,
            last=None if last is None else tuple(last),
            watermark=None if watermark is None else Watermark(**watermark),
        )

    def save(self, reading: Reading) -> None:
        """Write how far the reading is, after its rows are on the disk: a cut leaves this state or the one before."""
        draft = self.state.with_suffix(".new")
        with draft.open("w") as file:
            json.dump(asdict(reading), file, default=_to_json)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.state)
        sync(self.state.parent)

    def forget(self) -> None:
        """Remove both."""
        self.state.unlink(missing_ok=True)
        self.part.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Bring the names of the files in `folder` to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def value_to_text(value: Any) -> str:  # noqa: ANN401 - a key is of any type
    """Return a value of a key as text from which it can be made again, with its type."""
    return json.dumps(value, default=_to_json)


def value_from_text(text: str) -> Any:  # noqa: ANN401 - a key is of any type
    """Return the value that `value_to_text` wrote."""
    return json.loads(text, object_hook=_from_json)


def can_be_kept(values: Sequence[Any]) -> bool:
    """Tell whether every value of a key is of a type that is kept between two runs."""
    types = (str, int, float, *(kind for kind, _, _ in _WRITTEN.values()))
    return all(isinstance(value, types) for value in values)


def _to_json(value: Any) -> dict[str, str]:  # noqa: ANN401 - a key is of any type
    for name, (kind, write, _) in _WRITTEN.items():
        if isinstance(value, kind):
            return {name: write(value)}
    raise TypeError(type(value).__name__)


def _from_json(said: dict[str, Any]) -> Any:  # noqa: ANN401 - a key is of any type
    name = next(iter(said), "")
    return _WRITTEN[name][2](said[name]) if len(said) == 1 and name in _WRITTEN else said
