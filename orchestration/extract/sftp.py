"""SFTP to a server that is known: fsspec's own driver takes any server that answers for the right one."""

import shlex
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from orchestration.extract.errors import PlaceError

_SECONDS_TO_CONNECT = 20
_SECONDS_WITHOUT_AN_ANSWER = 60
# Pieces of 32 KB that are asked for at once: enough for a long line, and memory stays flat.
_PIECES_AHEAD = 64
_COPIED_AT_ONCE = 1 << 18
_PORT = 22


class KnownServer(SFTPFileSystem):
    """Files on one SFTP server, whose key is in the file of known hosts."""

    cachable = False

    def __init__(
        self, host: str, port: int | None, user: str | None, *, known: Path, password: str | None, key_file: Path | None
    ) -> None:
        """Connect; the key in `key_file` is tried instead of `password`, which then is its passphrase.

        Raises `PlaceError` for an unknown server, one whose key has changed and a log-in that it refuses.
        """
        self._known = known
        self._asked = (key_file, user)
        log_in: dict[str, Any] = {"username": user, "password": password}
        if key_file:
            log_in = {"username": user, "key_filename": str(key_file), "passphrase": password}
        given = bool(password or key_file)
        super().__init__(
            host, port=port or _PORT, allow_agent=not given, look_for_keys=not given, timeout=_SECONDS_TO_CONNECT,
            banner_timeout=_SECONDS_TO_CONNECT, auth_timeout=_SECONDS_TO_CONNECT, **log_in,
        )  # fmt: skip

    def _connect(self) -> None:
        where, (key_file, user) = f"{self.host}:{self.ssh_kwargs['port']}", self._asked
        if key_file and not key_file.is_file():
            raise PlaceError(f"There is no key file {key_file}: CPW_EXTRACTS_KEY_FILE must name a private key.")
        self.client = paramiko.SSHClient()
        if self._known.is_file():
            self.client.load_host_keys(str(self._known))
        self.client.set_missing_host_key_policy(_Refuse(self._known, self.ssh_kwargs["port"]))
        try:
            self.client.connect(self.host, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()
            self.ftp.get_channel().settimeout(_SECONDS_WITHOUT_AN_ANSWER)  # type: ignore[union-attr]
        except paramiko.BadHostKeyException as error:
            self.client.close()
            raise PlaceError(
                f"The server {where} shows another key ({error.key.fingerprint}) than the one in {self._known}: "
                "somebody may stand in between; ask its operator before you replace the key there."
            ) from None
        except paramiko.AuthenticationException:
            self.client.close()
            raise PlaceError(
                f"The server {where} refuses the log-in of {user or 'nobody (the address names no user)'}: check the "
                "user in CPW_EXTRACTS, and CPW_EXTRACTS_PASSWORD or CPW_EXTRACTS_KEY_FILE."
            ) from None
        except Exception:
            self.client.close()
            raise

    def get_file(self, rpath: str, lpath: str, **_: object) -> None:
        """Copy a file from the server, a bounded number of pieces ahead."""
        with self.ftp.open(rpath, "rb") as remote, Path(lpath).open("wb") as local:
            # Where the line breaks, the reader raises; the thread that asks ahead would print the same beside it.
            remote._prefetch_thread = _quiet(remote._prefetch_thread)  # type: ignore[method-assign]
            remote.prefetch(remote.stat().st_size, _PIECES_AHEAD)
            shutil.copyfileobj(remote, local, _COPIED_AT_ONCE)

    def close(self) -> None:
        """End the connection."""
        self.client.close()


def _quiet(call: Callable[..., None]) -> Callable[..., None]:
    def called(*arguments: object) -> None:
        with suppress(OSError, EOFError, paramiko.SSHException):
            call(*arguments)

    return called


class _Refuse(paramiko.MissingHostKeyPolicy):
    """Refuse a server whose key nobody has accepted, and say how to accept it."""

    def __init__(self, known: Path, port: int) -> None:
        self._known = known
        self._port = port

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        host = hostname.strip("[]").split("]")[0]
        raise PlaceError(
            f"The server {host}:{self._port} is not known; it shows the key {key.get_name()} {key.fingerprint}: ask "
            f"its operator whether that is so, and accept it with `ssh-keyscan -p {self._port} -t "
            f"{_keyscan_type(key)} {shlex.quote(host)} >> {shlex.quote(str(self._known))}`."
        )


def _keyscan_type(key: paramiko.PKey) -> str:
    return key.get_name().removeprefix("ssh-").split("-")[0]
