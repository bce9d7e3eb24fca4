"""A load cut at any moment leaves nothing behind, and two loaders at once load each file once."""

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestration.extract import load
from orchestration.postgres import connection
from orchestration.settings import PROJECT, Settings
from tests.integration.extract.ward import DAYS, VISIT, contents, row, write

SEED = int(os.environ.get("CPW_TEST_SEED", "1"))
# Run as a program of its own, which kills itself before statement or block number argv[2], if given.
CHILD = """
import os, signal, sys
import psycopg
from pathlib import Path
from orchestration import settings
from orchestration.extract import load
from tests.integration.extract.ward import VISIT

left = int(sys.argv[2])

def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

execute = psycopg.Connection.execute

def counted_execute(self, *arguments, **options):
    count()
    return execute(self, *arguments, **options)

psycopg.Connection.execute = counted_execute
print("ready", flush=True)
load.load_folder(settings.load(), Path(sys.argv[1]), [VISIT], on_progress=count)
print(-left, flush=True)
"""


def start(settings: Settings, folder: Path, cut_at: int = 0) -> subprocess.Popen[str]:
    """Start a loader; it has imported what it needs and goes on to load once this returns."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), str(cut_at)],
        cwd=PROJECT,
        env={**os.environ, "CPW_HOME": str(settings.home), "CPW_DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write four files with new, changed, unchanged, repeated and broken rows."""
    generator = random.Random(SEED)
    for day in DAYS[:4]:
        lines = [row(f"V{generator.randrange(4000)}", generator.randrange(2)) for _ in range(5000)]
        lines += [row("V1", part="x"), "V1,1\n", '"never closed\n'] * 20
        generator.shuffle(lines)
        write(tmp_path, day, "".join(lines))
    return tmp_path


def assert_whole(settings: Settings) -> None:
    """Assert that every row of the tables belongs to a delivery that counts it."""
    with connection.connect(settings, autocommit=True) as owner:
        if owner.execute("select to_regclass('raw.ward__visit')").fetchone() == (None,):
            return
        found = owner.execute(
            """
            select
                file_name,
                loaded_count = (select count(*) from raw.ward__visit as v where v._delivery_id = d.delivery_id)
                and quarantined_count = (select count(*) from raw.quarantine as q where q.delivery_id = d.delivery_id)
            from raw.delivery as d
            """
        ).fetchall()
        assert all(is_whole for _, is_whole in found), found
        orphans = owner.execute(
            "select from raw.ward__visit where _delivery_id not in (select delivery_id from raw.delivery)"
        )
        assert orphans.rowcount == 0


@pytest.fixture
def uninterrupted(settings: Settings, folder: Path) -> tuple[dict[str, list[tuple]], int, float]:
    """Return what a load that was let alone leaves, its number of statements and blocks, and its seconds."""
    process = start(settings, folder)
    began = time.perf_counter()
    output, _ = process.communicate()
    seconds = time.perf_counter() - began
    assert process.returncode == 0
    with connection.connect(settings, autocommit=True) as owner:
        wanted = contents(owner)
        owner.execute("drop schema raw cascade")
        owner.execute("create schema raw")
    assert len(wanted["ledger"]) == 4
    assert len(wanted["quarantine"]) == 4 * 60
    return wanted, int(output), seconds


def finish(settings: Settings, folder: Path) -> dict[str, list[tuple]]:
    """Let a loader run to its end; return what is there."""
    load.load_folder(settings, folder, [VISIT])
    with connection.connect(settings, autocommit=True) as owner:
        return contents(owner)


def test_load__killed_before_any_statement_and_run_again_equals_an_uninterrupted_load(settings, folder, uninterrupted):
    wanted, event_count, _ = uninterrupted
    generator = random.Random(SEED)
    for cut_at in generator.sample(range(1, event_count), 7):
        process = start(settings, folder, cut_at)
        process.communicate()
        # A later load has less to do, so a late cut may find it finished.
        assert process.returncode in (0, -signal.SIGKILL), (SEED, cut_at)
        assert_whole(settings)
    assert finish(settings, folder) == wanted, SEED


def test_load__killed_at_any_moment_and_run_again_equals_an_uninterrupted_load(settings, folder, uninterrupted):
    wanted, _, seconds = uninterrupted
    generator = random.Random(SEED)
    for _ in range(6):
        process = start(settings, folder)
        try:
            process.wait(timeout=generator.uniform(0, seconds / 2))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        assert_whole(settings)
    assert finish(settings, folder) == wanted, SEED


def test_load__two_loaders_at_once_load_each_file_once(settings, folder, uninterrupted):
    wanted, _, _ = uninterrupted
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: load.load_folder(settings, folder, [VISIT]), range(2))
    assert [a.is_new + b.is_new for a, b in zip(first, second, strict=True)] == [1, 1, 1, 1]
    with connection.connect(settings, autocommit=True) as owner:
        found = contents(owner)
    assert found == wanted
