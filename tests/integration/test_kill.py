"""A run killed (-9) at any point and run again ends in the state of a run that nobody disturbed."""

import hashlib
import random
import re
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
    """Count the rows of each raw table; its segments bear the numbers of deliveries, which skip after a cut."""
    tables = warehouse.query(
        "select relname as table_name from pg_class where relnamespace = 'raw'::regnamespace"
        " and relkind in ('r', 'p') and not relispartition order by 1"
    )
    return {t: warehouse.query(f"select count(*) as n from raw.{t}")["n"].item() for t in tables["table_name"]}


def kill_at(settings: Settings, extracts: Path, mark: str) -> str:
    """Start a run and kill it (cpw alone, as the kernel would) as soon as it says `mark`; return the line."""
    process = subprocess.Popen(
        [str(CPW), "run", "--extracts", str(extracts)],
        env=environment(settings),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if re.search(mark, line):
            process.send_signal(signal.SIGKILL)
            break
    process.stderr.close()
    assert process.wait() == -signal.SIGKILL, "".join(said)
    return said[-1].strip()


def test_run_killed_anywhere__ends_in_the_same_published_state(
    new_installation: Callable[[], Settings], small_warehouse: BuiltWarehouse
) -> None:
    """Each attempt goes on from what the one before left: in the load, at the gates, in dbt, at publication."""
    settings, extracts = new_installation(), small_warehouse.extracts
    choice = random.Random(SEED)
    marks = [
        rf"file {choice.randint(2, 19)}/",
        r"check_raw \.\.\.",
        rf" {choice.randint(20, 50)}/\d+ ",
        rf" {choice.randint(51, 84)}/\d+ ",
        r"check_marts \.\.\.",
        r"publication__marts \.\.\.",
    ]
    print("killed at:", *(kill_at(settings, extracts, mark) for mark in marks), sep="\n  ")
    survivor = BuiltWarehouse(settings, extracts)
    result = survivor.cpw("run", "--extracts", str(extracts))
    assert result.returncode == 0, result.stderr
    assert raw_rows(survivor) == raw_rows(small_warehouse)
    assert served(survivor) == served(small_warehouse)


def test_second_run__changes_nothing(small_warehouse: BuiltWarehouse) -> None:
    before = small_warehouse.query("select count(*) as n from quality.publication")["n"].item()
    result = small_warehouse.cpw("run", "--extracts", str(small_warehouse.extracts))
    assert (result.returncode, result.stdout.split(":")[0]) == (0, "Nothing new")
    assert small_warehouse.query("select count(*) as n from quality.publication")["n"].item() == before
