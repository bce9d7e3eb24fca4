"""A real SFTP server on loopback, which can cut its lines in the midst of a file."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "trust", "p@ss word/that:must not:show"


class Server:
    """The server, the folder that it serves, and how many of its next reads it cuts off."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.client_key = asyncssh.generate_private_key("ssh-ed25519")
        self.cuts = 0
        self.cut_after = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"sftp://{USER}@127.0.0.1:{self.port}/out"

    def known_hosts(self, file: Path) -> Path:
        """Write the file in which this server is known."""
        file.write_text(f"[127.0.0.1]:{self.port} {self.host_key.export_public_key().decode()}")
        return file

    def key_file(self, file: Path, passphrase: str | None = None) -> Path:
        """Write the private key with which one may log in."""
        self.client_key.write_private_key(str(file), passphrase=passphrase)
        return file


def serve(root: Path) -> Any:
    """Run a server until the end of the block."""
    return _serve(Server(root))


@contextmanager
def _serve(server: Server) -> Iterator[Server]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    class Account(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return key == server.client_key.convert_to_public()

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(server.root))
            self.line = channel.get_connection()
            self.is_cut = False

        def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            if server.cuts and not self.is_cut and offset >= server.cut_after:
                server.cuts -= 1
                self.is_cut = True
                self.line.abort()
            return super().read(file_obj, offset, size)  # type: ignore[return-value]

    async def start() -> Any:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[server.host_key], server_factory=Account, sftp_factory=Files
        )

    listening = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    server.port = listening.get_port()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
