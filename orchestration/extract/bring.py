"""Bring what is new from other places and from source databases into the folder of incoming files."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import Connection

from orchestration.extract import brought, database, folder, reading
from orchestration.extract.contract import TIME_MARK, Contract
from orchestration.extract.errors import ContractError, ExtractError, PlaceError, SourceError
from orchestration.extract.place import Place, RemoteFile
from orchestration.postgres import connection as postgres
from orchestration.settings import Settings

# A file is taken once two looks, so many seconds apart, find it the same; one that grows is left for the next time.
SETTLED_SECONDS = 10

OnProgress = Callable[[str], None]


@dataclass(frozen=True)
class Brought:
    """The `folders` to load from, the names of the files that came, and a sentence for each thing that did not."""

    folders: tuple[Path, ...]
    file_names: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Run:
    """One run: where from and to, what came and what did not."""

    settings: Settings
    connection: Connection
    say: OnProgress
    names: list[str]
    problems: list[str]


def bring(settings: Settings, declared: Sequence[Contract], *, on_progress: OnProgress | None = None) -> Brought:
    """Bring what is new and return where to load from; a local folder without queries is returned as it is.

    Copies that were loaded or rejected are removed first. A place or database that fails keeps nothing else from
    coming: it becomes a problem. Raises `ExtractError` where nothing can be kept here.
    """
    queried = [contract for contract in declared if contract.query]
    if settings.extracts_url is None and not queried:
        return Brought((settings.extracts,))
    try:
        with _alone(settings.incoming), postgres.connect(settings, "owner", autocommit=True) as connection:
            run = _Run(settings, connection, on_progress or (lambda _: None), [], [])
            brought.prepare(connection)
            brought.clear(connection, settings.incoming)
            if settings.extracts_url:
                _bring_files(run, declared)
            for contract in queried:
                _bring_query(run, contract)
    except OSError as error:
        raise ExtractError(
            f"Nothing can be kept in {settings.incoming} ({error.strerror}): make room, or mend its permissions."
        ) from None
    return Brought(_folders(settings), tuple(run.names), tuple(run.problems))


def _folders(settings: Settings) -> tuple[Path, ...]:
    is_local = settings.extracts_url is None and (settings.extracts.is_dir() or not settings.has_own_extracts)
    return (settings.extracts, settings.incoming) if is_local else (settings.incoming,)


@contextmanager
def _alone(incoming: Path) -> Iterator[None]:
    """Make the folder, which patients' data will lie in, and keep out whoever else would bring at the same time."""
    incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
    incoming.chmod(0o700)
    with (incoming / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for draft in incoming.glob(".*.fetching"):
            draft.unlink()  # of a run that was killed
        yield


def _bring_files(run: _Run, declared: Sequence[Contract]) -> None:
    place, incoming = Place(run.settings), run.settings.incoming
    try:
        known = brought.fetched(run.connection, place.location)
        new = [file for file in _claimed(place.files(), declared) if not _is_here(incoming, known.get(file.name), file)]
        if not new:
            return
        time.sleep(SETTLED_SECONDS)
        now = {file.name: file for file in place.files()}
        for file in new:
            if now.get(file.name) != file:
                run.say(f"{file.name} still changes in {place.location}, so it was left for the next time")
            elif _is_awaited(run.connection, incoming / file.name):
                run.say(f"{file.name} was left for the next time: another file of this name is not loaded yet")
            else:
                try:
                    _bring_file(run, place, file)
                except PlaceError as error:
                    run.problems.append(str(error))
                    place.files()  # where the place itself is gone, the other files are not asked for
    except PlaceError as error:
        run.problems.append(str(error))
    finally:
        place.close()


def _claimed(files: Sequence[RemoteFile], declared: Sequence[Contract]) -> list[RemoteFile]:
    """Return the files whose name a contract claims; nothing else is copied to this machine."""
    claimed = {one.path.name for one in folder.match_files([Path(file.name) for file in files], declared).arrivals}
    return [file for file in files if file.name in claimed]


def _is_here(incoming: Path, last: brought.Fetched | None, file: RemoteFile) -> bool:
    if last is None or (last.size, last.stamp) != (file.size, file.stamp):
        return False
    return last.is_cleared or (incoming / file.name).exists()


def _is_awaited(connection: Connection, copy: Path) -> bool:
    """Tell whether a copy lies there that is still to be loaded: nothing may be written over it."""
    return copy.exists() and not brought.is_known(connection, copy)


def _bring_file(run: _Run, place: Place, file: RemoteFile) -> None:
    copy = run.settings.incoming / file.name
    draft = copy.with_name(f".{file.name}.fetching")
    if not place.fetch(file, draft):
        run.say(f"{file.name} changed while it was read, so it was left for the next time")
        return
    draft.chmod(0o600)
    with draft.open("rb") as whole:
        os.fsync(whole.fileno())
    # First the record: a cut between the two fetches the file again, and leaves no copy that nobody clears away.
    brought.record(run.connection, place.location, file, draft)
    draft.replace(copy)
    reading.sync(copy.parent)
    run.names.append(file.name)
    run.say(f"{file.name} came from {place.location}, {file.size:,} bytes")


def _bring_query(run: _Run, contract: Contract) -> None:
    assert contract.query
    incoming, source = run.settings.incoming, contract.query.connection
    url = run.settings.sources.get(source.lower())
    if url is None:
        run.problems.append(
            f"{contract.name} is read from the database {source}, whose address is not known: "
            f"give it in CPW_SOURCE_{source.upper()}."
        )
        return
    has_one_name = TIME_MARK not in contract.file_pattern
    if has_one_name and _is_awaited(run.connection, incoming / contract.file_pattern):
        run.say(f"{contract.file_pattern} was left for the next time: the one before it is not loaded yet")
        return
    try:
        since = brought.watermark(run.connection, contract, database.digest(contract))
        made = database.read(
            url, contract, incoming, since, on_rows=lambda count: run.say(f"{contract.name}: {count:,} rows read")
        )
    except (SourceError, ContractError) as error:
        run.problems.append(str(error))
        return
    if made is None:
        run.say(f"{contract.name}: nothing new in the database {source}")
        return
    _remember(run.connection, contract, made)
    database.forget(contract, incoming)
    run.names.append(made.path.name)
    run.say(f"{made.path.name} came from the database {source}, {made.row_count:,} rows")


def _remember(connection: Connection, contract: Contract, made: database.Read) -> None:
    """Record the file and move the watermark, both or neither."""
    status = made.path.stat()
    assert contract.query
    file = RemoteFile(made.path.name, status.st_size, str(status.st_mtime_ns))
    with connection.transaction():
        brought.record(connection, f"database {contract.query.connection}", file, made.path)
        if made.watermark:
            brought.move_watermark(connection, contract, made.query_digest, made.watermark)
