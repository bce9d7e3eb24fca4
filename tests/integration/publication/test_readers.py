"""Twenty readers during ten publications: each statement, and each transaction, sees the whole of one of them."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest
from psycopg import IsolationLevel

from orchestration.postgres import connection
from orchestration.publication import exchange, publish
from orchestration.settings import Settings
from tests.integration.publication import hand_made

READERS, PUBLICATIONS = 20, 10


def publish_ten(owner: psycopg.Connection) -> None:
    """Publish what was built before anybody read: so it is in a run, long before the exchange."""
    for number in range(2, PUBLICATIONS + 2):
        with owner.transaction():
            owner.execute(f"alter schema ready_{number} rename to marts_next")
            owner.execute(f"comment on schema marts_next is '{hand_made.made_from(owner, number).note}'")
        publish.publish(owner, hand_made.MODELS, run_id=f"run {number}")


def read(settings: Settings, role: str, ended: threading.Event) -> list[tuple[object, ...]]:
    """Read until all is published, in one statement and in one transaction by turns; return what was seen."""
    seen: list[tuple[object, ...]] = []
    with connection.connect(settings, role) as reader:
        reader.isolation_level = IsolationLevel.REPEATABLE_READ
        while True:
            is_last = ended.is_set()
            seen.append(reader.execute(hand_made.WITNESS).fetchone())
            reader.rollback()
            seen.append(tuple(reader.execute(part).fetchone()[0] for part in hand_made.PARTS))
            reader.rollback()
            if is_last:
                return seen


def test_readers__see_one_whole_publication_each_time(laid: Settings, owner: psycopg.Connection) -> None:
    for number in range(2, PUBLICATIONS + 2):
        owner.execute(f"create schema ready_{number}")
        hand_made.build(owner, number, f"ready_{number}")
    ended = threading.Event()
    with ThreadPoolExecutor(READERS) as pool:
        reading = [pool.submit(read, laid, role, ended) for role in ("reader", "analyst") for _ in range(READERS // 2)]
        try:
            publish_ten(owner)
        finally:
            ended.set()
        seen = [answer for one in reading for answer in one.result()]
    mixed = [answer for answer in seen if len(set(answer)) != 1]
    assert not mixed, (len(seen), mixed[:5])
    numbers = {int(answer[0]) for answer in seen}
    # The last is seen by all, and those between were published while somebody read.
    assert max(numbers) == PUBLICATIONS + 1
    assert len(numbers) > PUBLICATIONS // 2, numbers


def test_reader_who_does_not_end__holds_up_nothing(
    laid: Settings, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "PATIENCE", 0.2)
    monkeypatch.setattr(exchange, "unless_read", lambda *_: None)
    with connection.connect(laid, "analyst") as analyst:
        analyst.execute("select * from marts.performance")
        hand_made.publish_number(owner, 50)
        assert hand_made.served(owner) == 50


def test_reader_who_ends__is_waited_for(laid: Settings, owner: psycopg.Connection) -> None:
    """The exchange waits for the transaction, and the transaction for no more than a turn."""
    with connection.connect(laid, "analyst") as analyst, ThreadPoolExecutor(1) as pool:
        first = analyst.execute("select number from marts.reporting_period").fetchone()
        hand_made.make_ready(owner, 60)
        publishing = pool.submit(publish.publish, owner, hand_made.MODELS, run_id="run 60")
        _until_waiting(laid, analyst, publishing)
        assert analyst.execute("select sum(numerator) / 1000 from marts.measure_record").fetchone() == first
        analyst.rollback()
        publishing.result()
        assert analyst.execute("select number from marts.reporting_period").fetchone() == (60,)


def _until_waiting(settings: Settings, analyst: psycopg.Connection, publishing: Future) -> None:
    """Return once the exchange waits for the analyst's locks."""
    blocked = "select count(*) from pg_stat_activity where %s = any (pg_blocking_pids(pid))"
    with connection.connect(settings, autocommit=True) as watcher:
        while not watcher.execute(blocked, [analyst.info.backend_pid]).fetchone()[0]:
            assert not publishing.done(), "nobody was waited for"
