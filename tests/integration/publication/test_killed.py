"""Publishing killed (-9) at fifty moments, from its beginning to the clearing up: always a whole publication."""

import multiprocessing
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing.connection import Connection

import psycopg

from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import SEED
from tests.integration.publication import hand_made

KILLS = 50
# Long enough for some publications one after the other.
LONGEST = 0.4


def publish_on(settings: Settings, number: int, told: Connection) -> None:
    """Publish one publication after the other, each with later data, until somebody ends it."""
    with connection.connect(settings, autocommit=True) as owner:
        told.send(owner.info.backend_pid)
        while True:
            publish_next(owner, number)
            number += 1


def publish_next(owner: psycopg.Connection, number: int) -> None:
    hand_made.publish_number(owner, number, hand_made.DAY + timedelta(days=5 * number))


def kill_at(settings: Settings, number: int, seconds: float) -> int:
    """Kill who publishes after so many seconds, and return the server's process that served him."""
    told, tells = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=publish_on, args=(settings, number, tells))
    process.start()
    backend = told.recv()
    process.join(timeout=seconds)
    assert process.is_alive(), "publishing ended by itself"
    process.kill()
    process.join()
    return backend


def until_gone(owner: psycopg.Connection, backend: int) -> None:
    """Return once the server knows that nobody is there any more."""
    while owner.execute("select 1 from pg_stat_activity where pid = %s", [backend]).fetchone():
        pass


def left(owner: psycopg.Connection) -> Iterator[str]:
    """Yield what a kill left behind, to tell at which moment it came."""
    for (name,) in owner.execute(
        "select nspname from pg_namespace where nspname ~ '^marts_(next|previous)'"
    ).fetchall():
        yield name[:14]


def test_fifty_kills__leave_a_whole_publication_and_the_next_try_publishes(
    laid: Settings, owner: psycopg.Connection
) -> None:
    choice, came = random.Random(SEED), Counter[str]()
    print(f"seed {SEED}")
    for kill in range(KILLS):
        before = hand_made.served(owner)
        until_gone(owner, kill_at(laid, before + 1, choice.uniform(0, LONGEST)))
        after = hand_made.served(owner)
        assert after >= before
        came[" and ".join(sorted(left(owner))) or "nothing left"] += 1
        publish_next(owner, after + 1)
        assert hand_made.served(owner) == after + 1, kill
        assert not set(left(owner)), kill
    print(dict(came))
    # Some came while a publication was made ready, and months went by meanwhile.
    assert came["marts_next"]
    assert len(hand_made.kept(owner)) >= 8
