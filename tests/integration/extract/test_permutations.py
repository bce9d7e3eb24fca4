"""Any order of arrival ends in the same state, and what was known at each moment is what the reference says."""

import dataclasses
import itertools
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from orchestration.extract import delivery as loading
from orchestration.extract import load
from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import SEED
from tests.integration.extract.hard_cases import HARD_CASES
from tests.integration.extract.replay import Replay
from tests.integration.extract.stays import CONTRACTS, FOREIGN, File, any_file
from tests.integration.extract.ward import empty
from tests.reference.sent import read
from tests.reference.state import Loaded, current

TABLES = sorted(CONTRACTS)


@pytest.fixture(scope="module")
def new_replay(installation: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Replay]]:
    """Begin replays of an extract, each with nothing loaded."""
    folder = tmp_path_factory.mktemp("arrivals")
    with connection.connect(installation, autocommit=True) as owner:
        load.prepare(owner, list(CONTRACTS.values()))

        def new(table: str) -> Replay:
            empty(owner, CONTRACTS[table])
            return Replay(installation, owner, folder, CONTRACTS[table])

        yield new


def replay_in_every_order(new_replay: Callable[[str], Replay], files: tuple[File, ...]) -> Replay:
    """Load `files` in every order of arrival; where their times differ, all orders must end in one state.

    Returns the last replay.
    """
    made = files[0].contract
    is_one_state = len({file.day for file in files}) == len(files) and not made.has_time_in_rows
    from_scratch = current(
        made, [Loaded(read(made, one.name, one.data), number, None) for number, one in enumerate(files)]
    )
    for order in itertools.permutations(files):
        replay = new_replay(made.table)
        for file in order:
            replay.deliver(file)
        replay.check_every_moment()
        if is_one_state:
            assert replay.staged() == from_scratch, order
        if replay.is_in_order:
            replay.check_versions()
    return replay


@pytest.mark.parametrize("case", HARD_CASES)
def test_every_order__of_a_hard_case(new_replay, case):
    replay_in_every_order(new_replay, HARD_CASES[case])


@pytest.mark.parametrize("table", TABLES)
def test_every_order__of_four_deliveries(new_replay, table):
    chance = random.Random(f"{SEED} {table}")
    replay_in_every_order(new_replay, tuple(any_file(table, chance, day) for day in (1, 2, 3, 4)))


@pytest.mark.parametrize(
    "case",
    [
        "append: confirmed, changed, confirmed",
        "append: a confirmation that is not the last of its file",
        "change: deleted and inserted in one file, and the other way round",
        "snapshot: a key more than once in a file",
        "bulk: a key that moved to another sender is taken away by it",
    ],
)
def test_every_order__of_large_deliveries(new_replay, monkeypatch, case):
    """Each is a segment of its own where it can be."""
    monkeypatch.setattr(loading, "LARGE_BYTES", 1)
    last = replay_in_every_order(new_replay, HARD_CASES[case])
    segments = last.owner.execute(
        "select from pg_inherits where inhparent = to_regclass(%s)", [last.contract.raw_table]
    )
    assert segments.rowcount > 1


@pytest.mark.parametrize("table", TABLES)
def test_any_arrivals__repeated_corrected_held_released_and_rejected(new_replay, table):
    @seed(SEED)
    @settings(max_examples=40, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
    @given(chance=st.randoms(use_true_random=False))
    def arrive(chance: random.Random) -> None:
        replay = new_replay(table)
        files = [any_file(table, chance, chance.randint(1, 4)) for _ in range(chance.randint(2, 5))]
        files += [dataclasses.replace(file, provider=FOREIGN) for file in files if chance.random() < 0.3]
        for _ in range(chance.randint(3, 6)):
            replay.deliver(chance.choice(files))
            if replay.held and chance.random() < 0.5:
                decide = chance.choice((replay.release, replay.release, replay.reject))
                decide(chance.choice(sorted(replay.held)))
        replay.check_every_moment()
        if replay.is_in_order:
            replay.check_versions()

    arrive()
