"""A load cut at any moment leaves nothing behind, and two loaders at once load each file once."""

import dataclasses
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path

import psycopg
import pytest

from orchestration.extract import delivery as loading
from orchestration.extract import ledger, load
from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import SEED
from tests.integration.extract.stays import CONTRACTS, any_file, line
from tests.integration.extract.ward import DAYS, VISIT, contents, empty, row, write

# A process of its own, begun by a copy of this one: it has imported what it needs and can be killed like any other.
FORK = multiprocessing.get_context("fork")
TABLES = ("bulk", "change", "timed")
ALL = [VISIT, *(CONTRACTS[table] for table in TABLES)]
KILLS = 50
# Of the files below, those of visits are large: each becomes a segment of its own.
LARGE_BYTES = 30_000


def load_all(
    settings: Settings, folders: list[Path], cut_at: int = 0, counted: "multiprocessing.Queue | None" = None
) -> None:
    """Load the folders one after the other, and die before statement or block number `cut_at`, if given."""
    left = cut_at
    execute = psycopg.Connection.execute

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted_execute(self, *arguments, **options):
        count()
        return execute(self, *arguments, **options)

    psycopg.Connection.execute = counted_execute
    loading.LARGE_BYTES = LARGE_BYTES
    for folder in folders:
        load.load_folder(settings, folder, ALL, on_progress=count)
    if counted is not None:
        counted.put(-left)


def start(*arguments: object) -> BaseProcess:
    process = FORK.Process(target=load_all, args=arguments)
    process.start()
    return process


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Write two folders, the second with files that are late after the first, of three kinds of delivery."""
    chance = random.Random(SEED)
    made = [tmp_path / "first", tmp_path / "late"]
    for number, folder in enumerate(made):
        folder.mkdir()
        for day in DAYS[1 - number : 4 : 2]:
            lines = [row(f"V{chance.randrange(900)}", chance.randrange(2)) for _ in range(900)]
            lines += [row("V1", part="x"), "V1,1\n", '"never closed\n'] * 20
            chance.shuffle(lines)
            write(folder, day, "".join(lines))
        for table in TABLES:
            for day in (2 - number, 4 - number):
                file = any_file(table, chance, day)
                if table == "timed":
                    # Without a row that says when, it would stand at the moment of its loading, which no two share.
                    file = dataclasses.replace(file, lines=(*file.lines, line(table, 1)))
                (folder / file.name).write_bytes(file.data)
    return made


@pytest.fixture
def uninterrupted(settings: Settings, folders: list[Path]) -> Iterator[tuple[dict[str, list[tuple]], int, float]]:
    """Return what a load that was let alone leaves, its number of statements and blocks, and its seconds."""
    counted = FORK.Queue()
    began = time.perf_counter()
    process = start(settings, folders, 0, counted)
    event_count = counted.get(timeout=60)
    process.join()
    seconds = time.perf_counter() - began
    assert process.exitcode == 0
    with connection.connect(settings, autocommit=True) as owner:
        wanted = contents(owner, *ALL)
        assert len(wanted["quarantine"]) >= 4 * 60
        assert any(is_segment for *_, is_segment in (one[:8] for one in wanted["raw"]))
        assert any(one[-5] for one in wanted["ledger"]), "something late was loaded"
        empty(owner, *ALL)
    yield wanted, event_count, seconds


def assert_whole(settings: Settings) -> None:
    """Assert that every row of the tables belongs to a delivery that counts it, and nothing else is there."""
    with connection.connect(settings, autocommit=True) as owner:
        found = {}
        for contract in ALL:
            if owner.execute("select to_regclass(%s)", [contract.raw_table]).fetchone() != (None,):
                found |= dict(owner.execute(f"select _delivery_id, count(*) from {contract.raw_table} group by 1"))
        if owner.execute("select to_regclass('raw.delivery')").fetchone() == (None,):
            assert found == {}
            return
        counted = owner.execute(
            """
            select delivery_id, loaded_count + deleted_count,
                quarantined_count = (select count(*) from raw.quarantine as q where q.delivery_id = d.delivery_id)
            from raw.delivery as d
            """
        ).fetchall()
        assert found == {delivery_id: count for delivery_id, count, _ in counted if count}
        assert all(is_whole for _, _, is_whole in counted), counted
        unattached = owner.execute(
            """
            select relname from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
            where nspname = 'raw' and relkind = 'r' and relname like 'ward\\_\\_%' and not relispartition
            """
        ).fetchall()
        assert unattached == [], "a segment that a cut left behind"


def test_load__killed_fifty_times_and_run_again_equals_an_uninterrupted_load(settings, folders, uninterrupted):
    """Half of the kills come before a random statement or block, half at a random moment of the clock."""
    wanted, event_count, seconds = uninterrupted
    chance = random.Random(SEED)
    killed = whole = 0
    while killed < KILLS:
        if killed % 2:
            process = start(settings, folders, chance.randrange(1, event_count))
            process.join()
        else:
            process = start(settings, folders)
            process.join(timeout=chance.uniform(0, seconds))
            process.kill()
            process.join()
        assert process.exitcode in (0, -signal.SIGKILL), (SEED, killed)
        killed += process.exitcode != 0
        assert_whole(settings)
        if process.exitcode == 0:
            # A later load has less to do and may end before it is cut: then all begins anew.
            whole += 1
            with connection.connect(settings, autocommit=True) as owner:
                assert contents(owner, *ALL) == wanted, (SEED, killed)
                empty(owner, *ALL)
    process = start(settings, folders)
    process.join()
    assert process.exitcode == 0
    with connection.connect(settings, autocommit=True) as owner:
        assert contents(owner, *ALL) == wanted, SEED
    print(f"seed {SEED}: killed {killed} times, {whole} times whole in between")


def test_load__two_loaders_at_once_load_each_file_once(settings, folders, uninterrupted, monkeypatch):
    wanted, _, _ = uninterrupted
    monkeypatch.setattr(loading, "LARGE_BYTES", LARGE_BYTES)
    for folder in folders:
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(lambda _, here=folder: load.load_folder(settings, here, ALL), range(2))
        assert {a.is_new + b.is_new for a, b in zip(first, second, strict=True)} == {1}
    with connection.connect(settings, autocommit=True) as owner:
        assert contents(owner, *ALL) == wanted
    assert_whole(settings)


def test_load__by_many_workers_equals_one_after_the_other(settings, folders, uninterrupted):
    wanted, _, _ = uninterrupted
    found = [load.load_folder(settings, folder, ALL, workers=2) for folder in folders]
    assert all(one.is_new for deliveries in found for one in deliveries)
    small = {name: rows for name, rows in wanted.items() if name not in {"raw", "confirmation"}}
    with connection.connect(settings, autocommit=True) as owner:
        assert small.items() <= contents(owner, *ALL).items()
    assert_whole(settings)


def test_load__the_one_that_waited_for_the_lock_is_known_later_than_the_one_that_had_it(
    settings, owner, tmp_path, monkeypatch
):
    """A loader that began first and got the lock last loads last: its moment and its number say so."""
    lock, may_go_on = ledger.lock, threading.Event()
    waiting = threading.Event()

    def lock_late(*arguments):
        if threading.current_thread() is not threading.main_thread():
            waiting.set()
            assert may_go_on.wait(30)
        lock(*arguments)

    monkeypatch.setattr(ledger, "lock", lock_late)
    first, second = write(tmp_path, DAYS[0], row("V1", "A")), write(tmp_path, DAYS[1], row("V1", "B"))
    with connection.connect(settings, autocommit=True) as other, ThreadPoolExecutor(1) as pool:
        late = pool.submit(load.load_file, other, VISIT, first)
        assert waiting.wait(30)
        on_time = load.load_file(owner, VISIT, second)
        may_go_on.set()
        waited = late.result()
    assert (waited.loaded_at, waited.delivery_id) > (on_time.loaded_at, on_time.delivery_id)
    assert waited.delivery_id > on_time.delivery_id
    received = owner.execute("select received_at from raw.delivery order by delivery_id").fetchall()
    assert received == sorted(received)
