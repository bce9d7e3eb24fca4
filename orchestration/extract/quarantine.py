"""Keep the rows that do not fit their contract: as they came, with their line and every reason."""

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO

from psycopg import Connection, sql

_CHUNK = 1 << 20
_IN_MEMORY = 8 << 20


class Aside:
    """The rows of one file that were set aside so far: a few in memory, many in a temporary file without a name."""

    def __init__(self) -> None:
        self._rows: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed on exit
        self.row_count = 0

    def __enter__(self) -> "Aside":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the rows."""
        self._rows.close()

    def add(self, row_number: int, raw_text: str, reason: str, key_hash: int | None) -> None:
        """Set one row aside; `key_hash` is that of its business key, if that can be read."""
        key = r"\N" if key_hash is None else key_hash
        self._rows.write(f"{row_number}\t{key}\t{_escaped(raw_text)}\t{_escaped(reason)}\n".encode())
        self.row_count += 1

    def chunks(self) -> Iterator[bytes]:
        """Return the rows in the text form of COPY, in pieces."""
        self._rows.seek(0)
        return iter(lambda: self._rows.read(_CHUNK), b"")


def keep(connection: Connection, aside: Aside, delivery_id: int, rows: sql.Identifier) -> int:
    """Write the rows set aside to `raw.quarantine`; return how many were written.

    A key is named only where the table `rows` has no good row of it: then the delivery says nothing about this key.
    """
    if not aside.row_count:
        return 0
    connection.execute(
        "create temporary table misfit (row_number bigint, key_hash bigint, raw_text text, reason text) on commit drop"
    )
    with connection.cursor().copy("copy misfit from stdin") as copy:
        for chunk in aside.chunks():
            copy.write(chunk)
    connection.execute("analyze misfit (key_hash)")
    return connection.execute(
        sql.SQL(
            """
            insert into raw.quarantine (delivery_id, row_number, key_hash, raw_text, reason)
            select {}, row_number, case when good._key_hash is null then key_hash end, raw_text, reason
            from misfit
            left join (
                select distinct _key_hash from {} where _key_hash in (select key_hash from misfit)
            ) as good on misfit.key_hash = good._key_hash
            """
        ).format(sql.Literal(delivery_id), rows)
    ).rowcount


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
