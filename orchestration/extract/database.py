"""Read a contract's query from its source's database into a file, page by page; a cut run goes on where it was."""

import codecs
import hashlib
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy
import xxhash
from sqlalchemy import exc

from orchestration.extract import query
from orchestration.extract.contract import END_MARK, SENDER_MARK, START_MARK, TIME_MARK, Contract, Query
from orchestration.extract.data_types import ZONE
from orchestration.extract.errors import ContractError, SourceError
from orchestration.extract.reading import Files, Reading, Watermark, can_be_kept, sync
from orchestration.extract.retry import retry
from orchestration.extract.tabular import declared_columns, line, text

# A reading older than this is begun anew: its rows would be of two times too far apart.
LONGEST_BREAK = timedelta(hours=24)
_ROWS_AT_ONCE = 1_000
_SECONDS_TO_CONNECT = 10
_WRONG_LOG_IN = ("password", "authentication", "login", "logon", "role ")

OnRows = Callable[[int], None]


@dataclass(frozen=True)
class Read:
    """A file that was read from a database, and up to where its rows go."""

    path: Path
    query_digest: str
    row_count: int
    watermark: Watermark | None


def digest(contract: Contract) -> str:
    """Return what changes when a query does: then it is read from the start again."""
    asked = _query(contract)
    said = repr((asked.connection, asked.sql, asked.order_by, asked.watermark))
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def read(
    url: str, contract: Contract, folder: Path, since: Watermark | None = None, *, on_rows: OnRows | None = None
) -> Read | None:
    """Read a contract's query into a file of its pattern in `folder`; None where nothing came since `since`.

    The file appears when it is whole. Call `forget` once it is remembered that it was read; until then, and after a
    cut, the same reading goes on. Raises `SourceError` with one sentence where the database does not answer or does
    not give what the contract says, `ContractError` for a contract that cannot be read so.
    """
    _check(contract)
    files = Files.of(folder, contract.name)
    reading = _broken_off(files, contract, folder)
    if reading is None:
        files.forget()
        reading = Reading(digest(contract), datetime.now(UTC))
    if reading.file_name is None:
        reading = _read_all(url, contract, files, reading, since=since, on_rows=on_rows)
        if _is_nothing_new(contract, reading, since):
            files.forget()
            return None
        reading = reading.finished(_file_name(contract, reading.began_at))
        files.save(reading)
    path = folder / str(reading.file_name)
    if files.part.exists():
        files.part.replace(path)
        sync(folder)
    return Read(path, reading.query_digest, reading.row_count, reading.watermark)


def forget(contract: Contract, folder: Path) -> None:
    """Forget the finished reading of a contract, so that the next one begins."""
    Files.of(folder, contract.name).forget()


def _query(contract: Contract) -> Query:
    if contract.query is None:
        raise ContractError(f"{contract.name} declares no query.")
    return contract.query


def _check(contract: Contract) -> None:
    """Refuse what the declaration allows and a query cannot give."""
    name, asked = contract.name, _query(contract)
    if contract.format != "csv" or contract.first_line or codecs.lookup(contract.encoding).name != "utf-8":
        raise ContractError(f"{name}: what a query gives is kept as csv in utf-8 without a first_line; declare that.")
    for mark in (START_MARK, END_MARK, SENDER_MARK):
        if mark in contract.file_pattern:
            raise ContractError(f"{name}: a query cannot say {mark}; take it out of the file_pattern.")
    if asked.watermark and contract.removes_what_is_absent:
        raise ContractError(
            f"{name}: a query with a watermark gives what is new, and a {contract.delivery_kind} must hold everything; "
            "declare net_change or append, or no watermark."
        )


def _broken_off(files: Files, contract: Contract, folder: Path) -> Reading | None:
    reading = files.load()
    if reading is None or reading.query_digest != digest(contract):
        return None
    if reading.file_name is not None:
        return reading if files.part.exists() or (folder / reading.file_name).exists() else None
    is_whole = files.part.exists() and files.part.stat().st_size >= reading.size
    return reading if is_whole and datetime.now(UTC) - reading.began_at < LONGEST_BREAK else None


def _is_nothing_new(contract: Contract, reading: Reading, since: Watermark | None) -> bool:
    """Tell whether only rows came that bear the last watermark, and just those that it was left at."""
    if not _query(contract).watermark:
        return False
    return not reading.row_count or (reading.watermark == since and reading.row_count == reading.watermark.row_count)


def _file_name(contract: Contract, began_at: datetime) -> str:
    local = began_at.astimezone(ZONE)
    if local.fold:
        # The second hour of that name, when clocks go back: a file must not seem older than one of the first.
        local = local.replace(minute=59, second=59)
    return contract.file_pattern.replace(TIME_MARK, f"{local:%Y%m%dT%H%M%S}")


def _read_all(
    url: str, contract: Contract, files: Files, reading: Reading, *, since: Watermark | None, on_rows: OnRows | None
) -> Reading:
    """Read every page that is left, again from the last whole one where the line breaks."""
    password = ""
    try:
        address = sqlalchemy.make_url(url)
        password = address.password or ""
        is_postgres = address.get_backend_name() == "postgresql"
        options = {"connect_args": {"connect_timeout": _SECONDS_TO_CONNECT}} if is_postgres else {}
        engine = sqlalchemy.create_engine(address, poolclass=sqlalchemy.NullPool, **options)
    except exc.NoSuchModuleError:
        raise _failed(contract, "its address names a database that SQLAlchemy does not know") from None
    except ImportError as error:
        raise _failed(contract, f"the package {error.name} is not installed") from None
    except exc.ArgumentError:
        raise _failed(contract, "its address is not one of SQLAlchemy") from None

    def attempt() -> Reading:
        nonlocal reading
        with engine.connect() as connection, files.part.open("ab") as part:
            if is_postgres:
                connection = connection.execution_options(  # noqa: PLW2901 - the same one, told how to read
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            files.part.chmod(0o600)
            part.truncate(reading.size)
            if reading.last is None and connection.execute(query.empty_keys(_query(contract))).first():
                raise _unordered(contract, "are empty in some row")
            is_more = True
            while is_more:
                reading, is_more = _read_page(connection, contract, part, reading, since)
                part.flush()
                os.fsync(part.fileno())
                reading = replace(reading, size=part.tell())
                files.save(reading)
                if on_rows:
                    on_rows(reading.row_count)
            return reading

    try:
        return retry(attempt, _is_passing)
    except exc.SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise _failed(contract, (cause.replace(password, "***") if password else cause)[:200]) from None
    finally:
        engine.dispose()


def _read_page(
    connection: sqlalchemy.Connection, contract: Contract, part: BinaryIO, reading: Reading, since: Watermark | None
) -> tuple[Reading, bool]:
    """Write one page to `part`; return how far the reading is then, and whether there is more."""
    asked = _query(contract)
    statement = query.page(asked, reading.last, since.value if since else None)
    # The database hands over some rows at a time; otherwise its driver would hold the whole page.
    result = connection.execution_options(stream_results=True, max_row_buffer=_ROWS_AT_ONCE).execute(statement)
    names = list(result.keys())
    at = _places(contract, names)
    types = [column.data_type if column else "" for column in declared_columns(names, contract)]
    if not reading.size:
        part.write(line(names, contract.delimiter))
    count, last, mark = 0, reading.last, reading.watermark
    for row in itertools.chain.from_iterable(result.partitions(_ROWS_AT_ONCE)):
        key = tuple(row[place] for place in at)
        if key == last:
            raise _unordered(contract, "do not tell rows apart")
        count += 1
        if count > asked.page_rows:
            break
        # Most values are text already: asking here is what a large table can feel.
        fields = [v if type(v) is str else text(v, kind) for v, kind in zip(row, types, strict=True)]
        written = line(fields, contract.delimiter)
        part.write(written)
        last = key
        if asked.watermark:
            mark = _moved(mark, key[0], written)
    result.close()
    if last is not None and not can_be_kept(last):
        raise _unordered(contract, "are of a type that cannot be kept between two runs")
    taken = reading.row_count + min(count, asked.page_rows)
    return replace(reading, row_count=taken, last=last, watermark=mark), count > asked.page_rows


def _moved(mark: Watermark | None, value: Any, written: bytes) -> Watermark:  # noqa: ANN401 - as the source has it
    before = mark if mark and mark.value == value else Watermark(value)
    return Watermark(value, before.row_count + 1, (before.row_sum + xxhash.xxh3_64_intdigest(written)) % (1 << 64))


def _places(contract: Contract, names: list[str]) -> list[int]:
    lower = [name.lower() for name in names]
    try:
        return [lower.index(name.lower()) for name in query.key(_query(contract))]
    except ValueError:
        raise _unordered(contract, "are not among its columns") from None


def _is_passing(error: Exception) -> bool:
    """Tell a line that broke from a log-in that is wrong: that is not tried again, lest it lock the account."""
    said = str(error).lower()
    return isinstance(error, exc.OperationalError | exc.InterfaceError) and not any(w in said for w in _WRONG_LOG_IN)


def _failed(contract: Contract, why: str) -> SourceError:
    source = _query(contract).connection
    return SourceError(
        f"{contract.name} could not be read from the database {source} ({why}): check CPW_SOURCE_{source.upper()} and "
        "the query of the contract, and run again."
    )


def _unordered(contract: Contract, problem: str) -> SourceError:
    names = ", ".join(query.key(_query(contract)))
    return SourceError(
        f"{contract.name} cannot be read in pages, since {names} of its query {problem}: declare in order_by (and "
        "watermark) columns that are never empty and together tell each row from every other."
    )
