"""Runs dbt as a child of ours: it dies with the process that started it, and asks nobody for its newest version."""

import ctypes
import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # Linux, prctl(2): kept over exec


def main() -> None:
    """Become dbt, with the same arguments. An orphan would go on building beside the next run."""
    if sys.argv[1:] == ["--version"]:
        # Dagster asks this before each run; dbt's own answer looks up the newest release on the network.
        sys.stdout.write(f"Core:\n  - installed: {version('dbt-core')}\n")
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    dbt = str(Path(sys.prefix) / "bin" / "dbt")
    os.execv(dbt, [dbt, *sys.argv[1:]])  # noqa: S606 - our own program, no shell
