"""What the workers of a test session share: made once, by whoever comes first, and then only read or copied."""

import fcntl
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestration.postgres import server
from orchestration.settings import Settings


@dataclass(frozen=True)
class Shared:
    """A folder of the session, in which each thing that is shared has a folder of its own."""

    folder: Path

    def once(self, name: str, make: Callable[[Path], object]) -> Path:
        """Return the folder `name`; who asks first makes it, and whoever asks meanwhile waits.

        What fails, or is killed, half-way is not there: the next who asks makes it anew.
        """
        whole = self.folder / name
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.exists():
                draft = self.folder / f"{name}.new"
                shutil.rmtree(draft, ignore_errors=True)
                draft.mkdir()
                make(draft)
                draft.rename(whole)
        return whole


def keep_stopped(settings: Settings, folder: Path) -> None:
    """Move an installation that was built to `folder`, stopped: nobody starts it there, and everybody copies it."""
    server.stop(settings)
    settings.home.rename(folder)


def start_copy(kept: Path, settings: Settings) -> Settings:
    """Make the home of `settings` a copy of the installation that was kept, with a server and ports of its own."""
    # Not copied by Python: where tests run as root, the files of PostgreSQL have to go on belonging to its own user.
    subprocess.run(["cp", "--archive", f"{kept}/.", str(settings.home)], check=True)
    shutil.rmtree(settings.run)
    server.start(settings)
    return settings
