"""Another place than a folder of this machine, reached through fsspec: what lies there, and copies of it."""

import errno
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

import fsspec
import paramiko
from fsspec.registry import known_implementations

from orchestration.extract.errors import PlaceError
from orchestration.extract.retry import retry
from orchestration.settings import Settings

Result = TypeVar("Result")

# What a second attempt would not change. An answer that a file is not there is one.
_FOR_GOOD = (PermissionError, FileNotFoundError, NotADirectoryError, IsADirectoryError, PlaceError, ImportError)
_SFTP = ("sftp", "ssh")


@dataclass(frozen=True)
class RemoteFile:
    """A file in its place: `stamp` changes when its content does, as far as the place tells (a time, an etag)."""

    name: str
    size: int
    stamp: str


class Place:
    """The place that `CPW_EXTRACTS` names. It connects when it is asked, again after a fault, and `close` ends that."""

    def __init__(self, settings: Settings) -> None:
        """Take the address and the log-in from `settings`; nothing is opened yet."""
        assert settings.extracts_url  # a local folder is no place to fetch from
        self._settings = settings
        self._parts = urlsplit(settings.extracts_url)
        self._system: fsspec.AbstractFileSystem | None = None
        self._path = ""

    @property
    def location(self) -> str:
        """The address without anything secret."""
        return urlunsplit(self._parts._replace(query="", fragment=""))

    def files(self) -> tuple[RemoteFile, ...]:
        """Return the files that lie there, not those in its subfolders, nor hidden ones.

        Raises `PlaceError` with one sentence where the place does not answer.
        """

        def look() -> tuple[RemoteFile, ...]:
            system = self._open()
            system.invalidate_cache()
            entries = [entry for entry in system.ls(self._path, detail=True) if entry["type"] == "file"]
            found = [RemoteFile(_name(entry), int(entry["size"] or 0), _stamp(entry)) for entry in entries]
            return tuple(sorted((one for one in found if not one.name.startswith(".")), key=lambda one: one.name))

        return self._ask("listed", look)

    def fetch(self, file: RemoteFile, draft: Path) -> bool:
        """Copy `file` to `draft`; tell whether it is whole and unchanged since it was listed, else remove `draft`.

        Raises `PlaceError` with one sentence where it cannot be had.
        """
        path = f"{self._path.rstrip('/')}/{file.name}"

        def copy() -> bool:
            system = self._open()
            system.get_file(path, str(draft))
            system.invalidate_cache()
            entry = system.info(path)
            now = RemoteFile(file.name, int(entry["size"] or 0), _stamp(entry))
            return now == file and draft.stat().st_size == file.size

        is_whole = False
        try:
            is_whole = self._ask(f"read for {file.name}", copy)
        except FileNotFoundError:
            pass  # taken away since it was listed
        finally:
            if not is_whole:
                draft.unlink(missing_ok=True)
        return is_whole

    def close(self) -> None:
        """End the connection, if there is one."""
        if self._system is not None and hasattr(self._system, "close"):
            with suppress(Exception):
                self._system.close()
        self._system = None

    def _ask(self, what: str, call: Callable[[], Result]) -> Result:
        def once() -> Result:
            try:
                return call()
            except Exception:
                self.close()  # a connection that failed once is not asked again
                raise

        try:
            return retry(once, _is_passing)
        except PlaceError:
            raise
        except Exception as error:
            if isinstance(error, FileNotFoundError) and what != "listed":
                raise
            raise PlaceError(f"{self.location} could not be {what}: {self._reason(error)}.") from None

    def _open(self) -> fsspec.AbstractFileSystem:
        if self._system is not None:
            return self._system
        protocol = self._parts.scheme
        if protocol not in known_implementations:
            raise PlaceError(f"{self.location}: {protocol} is no protocol that is known here, such as sftp or s3.")
        if protocol in _SFTP:
            self._system, self._path = self._open_sftp(), unquote(self._parts.path) or "."
            return self._system
        try:
            self._system, self._path = fsspec.url_to_fs(
                self._settings.extracts_url, skip_instance_cache=True, use_listings_cache=False
            )
        except ImportError as error:
            advice = known_implementations[protocol].get("err") or str(error)
            raise PlaceError(f"{self.location} needs a package that is not installed: {advice.rstrip('.')}.") from None
        return self._system

    def _open_sftp(self) -> fsspec.AbstractFileSystem:
        from orchestration.extract.sftp import KnownServer  # noqa: PLC0415 - only where it is asked for

        user = unquote(self._parts.username) if self._parts.username else None
        if not self._parts.hostname:
            raise PlaceError(f"{self.location} names no server: write sftp://user@host:port/folder.")
        return KnownServer(
            self._parts.hostname,
            self._parts.port,
            user,
            known=self._settings.extracts_known_hosts,  # type: ignore[arg-type]
            password=self._settings.extracts_password,
            key_file=self._settings.extracts_key_file,
        )

    def _reason(self, error: Exception) -> str:
        if isinstance(error, FileNotFoundError):
            return "there is no such folder"
        if isinstance(error, PermissionError):
            return "access is denied"
        said = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return "the disk is full"
        if self._settings.extracts_password:
            said = said.replace(self._settings.extracts_password, "***")
        return said[:200].rstrip(".")


def _is_passing(error: Exception) -> bool:
    if isinstance(error, _FOR_GOOD) or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
        return False
    return isinstance(error, OSError | EOFError | paramiko.SSHException)


def _name(entry: dict[str, object]) -> str:
    return str(entry["name"]).rstrip("/").rsplit("/", 1)[-1]


def _stamp(entry: dict[str, object]) -> str:
    """Return what tells one content from another: stores give an etag, servers a time."""
    for key in ("ETag", "etag", "mtime", "LastModified", "last_modified", "modified", "created"):
        if value := entry.get(key):
            # A driver may give one time in two forms, in a list and when it is asked for one file.
            return str(value.timestamp() if isinstance(value, datetime) else value)
    return ""
