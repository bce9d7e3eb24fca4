"""Secrets of one installation: made once, kept in files that only their owner can read."""

import os
import secrets
from pathlib import Path


def read_or_make(path: Path, bytes_of_entropy: int = 24) -> str:
    """Return the secret in `path`; make it first if there is none.

    The file is created whole with mode 0600 by a link that fails where another process was first, so two
    processes that start at once agree on one secret.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(bytes_of_entropy))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
