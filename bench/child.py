"""Run a program to its end and watch how much memory it and its own children ever held."""

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.errors import BenchError

_EVERY_SECONDS = 0.05


@dataclass(frozen=True)
class Outcome:
    """What a program said, and the high-water mark of the memory of its largest process in MB."""

    said: dict[str, Any]
    largest: float


def run(command: Sequence[str], environment: Mapping[str, str], cwd: Path, standard_input: str = "") -> Outcome:
    """Run `command`; its last line is JSON. Raises `BenchError` with its last words when it fails."""
    with subprocess.Popen(
        command, env=environment, cwd=cwd, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        marks: dict[int, list[float]] = {}
        ended = threading.Event()
        watch = threading.Thread(target=_watch, args=(process.pid, marks, ended))
        watch.start()
        try:
            output, errors = process.communicate(standard_input)
        finally:
            ended.set()
            watch.join()
    if process.returncode != 0:
        words = " / ".join(errors.strip().splitlines()[-3:])
        raise BenchError(f"{' '.join(command[1:4])} ended with {process.returncode}: {words}")
    # A process seen but once is one on its way to becoming another program: it still shows its parent's memory.
    peaks = [seen[-1] for seen in marks.values() if len(seen) > 1] or [0.0]
    return Outcome(json.loads(output.splitlines()[-1]), max(peaks))


def _watch(pid: int, marks: dict[int, list[float]], ended: threading.Event) -> None:
    while not ended.wait(_EVERY_SECONDS):
        try:
            family = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
        except psutil.NoSuchProcess:
            return
        for member in family:
            if (mark := high_water(member)) is not None:
                marks.setdefault(member, []).append(mark)


def high_water(pid: int) -> float | None:
    """Return the most memory that a process ever held, in MB; None when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), None)
    return int(kilobytes) / 1000 if kilobytes else None
