"""A run killed (-9) at any point and run again ends in the state of a run that nobody disturbed."""

import hashlib
import random
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from orchestration.settings import Settings
from tests.installations import CPW, SEED, BuiltWarehouse, environment


def served(warehouse: BuiltWarehouse) -> dict[str, str]:
    """A digest of each served table's rows, whatever their order; times of loading apart."""
    tables = warehouse.query(
        "select table_name from information_schema.tables"
        " where table_schema = 'marts' and table_type = 'BASE TABLE' order by 1"
    )
    digests = {}
    for table in tables["table_name"]:
        rows = warehouse.query(f"select md5(t::text) as row_digest from marts.{table} as t order by 1")
        digests[table] = hashlib.sha256("".join(rows["row_digest"]).encode()).hexdigest()
    return digests


def raw_rows(warehouse: BuiltWarehouse) -> dict[str, int]:
    tables = warehouse.query("select table_name from information_schema.tables where table_schema = 'raw' order by 1")
    return {t: warehouse.query(f"select count(*) as n from raw.{t}")["n"].item() for t in tables["table_name"]}


def kill_at(settings: Settings, extracts: Path, line: int) -> tuple[bool, str]:
    """Start a run and kill it when it says its `line`th line; return whether it was killed, and that line."""
    process = subprocess.Popen(
        [str(CPW), "run", "--extracts", str(extracts)],
        env=environment(settings),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    said = ""
    for count, text in enumerate(process.stderr, start=1):
        said = text.strip()
        if count == line:
            process.send_signal(signal.SIGKILL)
            break
    process.stderr.close()
    return process.wait() == -signal.SIGKILL, said


def test_run_killed_anywhere__ends_in_the_same_published_state(
    new_installation: Callable[[], Settings],
    build_warehouse: Callable[[Path], BuiltWarehouse],
    small_extracts: Path,
) -> None:
    undisturbed = build_warehouse(small_extracts)
    settings = new_installation()
    choice = random.Random(SEED)  # noqa: S311 - not a secret
    points = []
    # Each attempt goes on from what the one before left: in the load, at the gates, in dbt, at publication.
    for low, high in ((2, 8), (9, 22), (30, 50), (55, 80), (85, 100)):
        killed, said = kill_at(settings, small_extracts, choice.randint(low, high))
        points.append(said if killed else "(ended before)")
    print("killed at:", *points, sep="\n  ")
    assert sum(point != "(ended before)" for point in points) >= 4
    survivor = BuiltWarehouse(settings, small_extracts)
    result = survivor.cpw("run", "--extracts", str(small_extracts))
    assert result.returncode == 0, result.stderr
    assert raw_rows(survivor) == raw_rows(undisturbed)
    assert served(survivor) == served(undisturbed)
