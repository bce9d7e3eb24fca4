"""A delivery that looks wrong as a whole is held with its reason, changes nothing, and keeps nobody else waiting."""

import dataclasses
import stat
from pathlib import Path

import pytest

from orchestration.extract import decision, held, load
from orchestration.extract.contract import Contract, Guards
from orchestration.extract.errors import DecisionError
from orchestration.extract.ledger import Delivery
from tests.integration.extract.replay import Replay
from tests.integration.extract.stays import AUGUST, CONTRACTS, FOREIGN, OWN, SEPTEMBER, File, line

# The bounds that a contract has when it says nothing of them.
GUARDED = {name: dataclasses.replace(made, guards=Guards()) for name, made in CONTRACTS.items()}
SNAPSHOT, BULK, APPEND = (GUARDED[name] for name in ("snapshot", "bulk", "append"))


def stays(*keys: int, table: str = "snapshot", ward: str = "A") -> tuple[str, ...]:
    """Return a line for each of `keys`."""
    return tuple(line(table, key, ward) for key in keys)


def send(settings, folder: Path, *files: File) -> dict[str, Delivery]:
    """Load a folder that holds just `files`; return what became of each."""
    for old in folder.iterdir():
        old.unlink()
    for file in files:
        (folder / file.name).write_bytes(file.data)
    return {one.file_name: one for one in load.load_folder(settings, folder, list(GUARDED.values()))}


def keys(owner, contract: Contract = SNAPSHOT) -> list[str]:
    """Return the keys that are current."""
    found = owner.execute(
        f"""
        select stay_number from (
            select distinct on (stay_number) stay_number, _is_deleted from {contract.raw_table}
            order by stay_number, _extracted_at desc, _delivery_id desc, _loaded_at desc, _row_number desc
        ) as latest where not _is_deleted order by 1
        """
    )
    return [key for (key,) in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "extracts"
    made.mkdir()
    return made


@pytest.fixture
def waiting(settings, owner, folder) -> Delivery:
    """Load ten stays, then hold a snapshot of the next day that has lost five of them."""
    send(settings, folder, File("snapshot", 1, stays(*range(10))))
    (found,) = send(settings, folder, File("snapshot", 2, stays(*range(5)))).values()
    assert found.state == "held"
    return found


HELD = {
    "deleted share of a snapshot": (
        (File("snapshot", 1, stays(*range(10))),),
        File("snapshot", 2, stays(*range(7))),
        "it would delete 3 of 10 rows (30%), where the contract allows 20%",
    ),
    "an empty snapshot": (
        (File("snapshot", 1, stays(*range(10))),),
        File("snapshot", 2),
        "it would delete 10 of 10 rows (100%), where the contract allows 20%",
    ),
    "deleted share of a period": (
        (
            File("bulk", 1, stays(*range(4), table="bulk"), period=AUGUST),
            File("bulk", 1, tuple(line("bulk", key, on="2026-09-05") for key in range(4, 30)), period=SEPTEMBER),
        ),
        File("bulk", 2, stays(0, 1, table="bulk"), period=AUGUST),
        "it would delete 2 of 4 rows (50%), where the contract allows 20%",
    ),
    "a period too long": (
        (),
        File("bulk", 2, stays(1, table="bulk"), period=("20250101", "20261231")),
        "it replaces 730 days, 1 January 2025 to 31 December 2026, where the contract expects at most 366",
    ),
    "a foreign provider": (
        (),
        File("append", 2, stays(1, table="append"), provider=FOREIGN),
        f"it has rows of provider {FOREIGN}, where the contract expects {OWN}",
    ),
    "far more rows than usual": (
        tuple(File("append", day, stays(*range(20), table="append")) for day in (1, 2, 3)),
        File("append", 4, stays(*range(1100), table="append")),
        "it has 1,100 rows, where the latest deliveries had about 20",
    ),
    "changed identifiers": (
        (File("snapshot", 1, stays(*range(10))),),
        File("snapshot", 2, stays(*range(100, 110))),
        "its identifiers look changed: 10 of its 10 keys are new, and 10 of the 10 known ones are gone",
    ),
}
PASSED = {
    "a share of deletions that is allowed": (
        (File("snapshot", 1, stays(*range(10))),),
        File("snapshot", 2, stays(*range(8))),
    ),
    "keys of broken rows are not deleted": (
        (File("snapshot", 1, stays(*range(10))),),
        File("snapshot", 2, (*stays(*range(5)), *(line("snapshot", key, bed="x") for key in range(5, 10)))),
    ),
    "a change without deletions": (
        (File("append", 1, stays(*range(10), table="append")),),
        File("append", 2, stays(*range(100, 110), table="append")),
    ),
    "another period": (
        (File("bulk", 1, stays(*range(10), table="bulk"), period=AUGUST),),
        File("bulk", 2, (line("bulk", 50, on="2026-09-05"),), period=SEPTEMBER),
    ),
    "a period of a leap year": ((), File("bulk", 2, stays(1, table="bulk"), period=("20240101", "20241231"))),
}


@pytest.mark.parametrize("case", HELD)
def test_guard__holds_with_a_reason_and_lets_everything_else_go_on(settings, owner, folder, case):
    before, suspicious, reason = HELD[case]
    for file in before:
        assert {one.state for one in send(settings, folder, file).values()} == {"loaded"}
    rows = owner.execute(f"select * from {suspicious.contract.raw_table}").fetchall() if before else []
    other = File("change", 6, (line("change", 1),))
    found = send(settings, folder, suspicious, other)
    wrong, right = found[suspicious.name], found[other.name]
    assert (wrong.state, right.state) == ("held", "loaded")
    assert wrong.reason == f"{suspicious.name} was held, since {reason}."
    assert (wrong.received_count, wrong.held_count) == (len(suspicious.lines), len(suspicious.lines))
    assert owner.execute(f"select * from {suspicious.contract.raw_table}").fetchall() == rows
    assert owner.execute("select count(*) from raw.quarantine").fetchone() == (0,)
    copy = held.path(settings, wrong)
    assert (copy.read_bytes(), stat.S_IMODE(copy.stat().st_mode)) == (suspicious.data, 0o600)


@pytest.mark.parametrize("case", PASSED)
def test_guard__lets_a_usual_delivery_pass(settings, owner, folder, case):
    before, file = PASSED[case]
    for one in (*before, file):
        found = send(settings, folder, one)
    assert found[file.name].state == "loaded", found[file.name].sentence


def test_guard__gives_every_reason_at_once(settings, owner, folder):
    send(settings, folder, File("bulk", 1, stays(*range(4), table="bulk")))
    (found,) = send(
        settings, folder, File("bulk", 2, stays(0, table="bulk"), period=("20200101", "20261231"), provider=FOREIGN)
    ).values()
    assert found.reason.count(" and it ") == 2
    assert found.reason.endswith(".") and "\n" not in found.reason


def test_held__stays_one_delivery_however_often_it_comes(settings, owner, folder, waiting):
    again = send(settings, folder, File("snapshot", 2, stays(*range(5))))
    assert [(one.delivery_id, one.is_new, one.state) for one in again.values()] == [
        (waiting.delivery_id, False, "held")
    ]
    assert keys(owner) == [f"K{key}" for key in range(10)]


def test_held__later_files_of_the_feed_go_on_and_it_takes_its_place_before_them_when_released(
    settings, owner, folder, waiting
):
    """Released last, it is older than what came after it: its deletions are undone by the later file."""
    (later,) = send(settings, folder, File("snapshot", 3, (*stays(*range(8)),), "S1")).values()
    assert later.state == "loaded"
    released = decision.release(settings, waiting.delivery_id, [SNAPSHOT], by="Ada", because="Ward B has closed.")
    assert (released.state, released.delivery_id, released.held_count) == ("loaded", waiting.delivery_id, 0)
    assert (released.decided_by, released.decision_reason) == ("Ada", "Ward B has closed.")
    assert (released.received_count, released.unchanged_count, released.deleted_count) == (5, 5, 5)
    assert keys(owner) == [f"K{key}" for key in range(8)]
    as_of_second = owner.execute(
        "select count(*) filter (where _is_deleted) from raw.ward__snapshot where _extracted_at = %s",
        [released.extracted_at],
    ).fetchone()
    assert as_of_second == (5,)
    assert not held.path(settings, waiting).exists()


def test_release__applies_the_file_as_if_it_had_arrived_now(settings, owner, folder, waiting):
    before = owner.execute("select max(_loaded_at) from raw.ward__snapshot").fetchone()[0]
    released = decision.release(settings, waiting.delivery_id, [SNAPSHOT], by="Ada", because="Ward B has closed.")
    assert released.loaded_at > before
    assert keys(owner) == [f"K{key}" for key in range(5)]
    moments = owner.execute(
        "select distinct _loaded_at from raw.ward__snapshot where _delivery_id = %s", [waiting.delivery_id]
    ).fetchall()
    assert moments == [(released.loaded_at,)], "known from its release on, not from its arrival"
    (again,) = send(settings, folder, File("snapshot", 2, stays(*range(5)))).values()
    assert (again.delivery_id, again.is_new, again.state) == (waiting.delivery_id, False, "loaded")


def test_reject__leaves_the_file_out_for_good(settings, owner, folder, waiting):
    rejected = decision.reject(settings, waiting.delivery_id, by="Ada", because="The ward sent half of it.")
    assert (rejected.state, rejected.held_count, rejected.decision_reason) == (
        "rejected", 5, "The ward sent half of it.",
    )  # fmt: skip
    assert rejected.reason == waiting.reason
    (again,) = send(settings, folder, File("snapshot", 2, stays(*range(5)))).values()
    assert (again.delivery_id, again.is_new, again.state) == (waiting.delivery_id, False, "rejected")
    assert keys(owner) == [f"K{key}" for key in range(10)]
    assert not held.path(settings, waiting).exists()


def test_decision__can_be_taken_once(settings, owner, folder, waiting):
    decision.release(settings, waiting.delivery_id, [SNAPSHOT], by="Ada", because="It is right.")
    with pytest.raises(DecisionError, match=f"Delivery {waiting.delivery_id} .* is loaded, not held"):
        decision.release(settings, waiting.delivery_id, [SNAPSHOT], by="Ada", because="It is right.")
    with pytest.raises(DecisionError, match="is loaded, not held"):
        decision.reject(settings, waiting.delivery_id, by="Ada", because="It is wrong.")
    with pytest.raises(DecisionError, match="There is no delivery 4711"):
        decision.reject(settings, 4711, by="Ada", because="It is wrong.")


def test_decision__of_two_people_at_once_the_second_is_told(settings, owner, folder, waiting, monkeypatch):
    """The second has read that the delivery is held just before the first releases it."""
    path, released = held.path, []

    def release_first(*arguments):
        if not released:
            released.append(None)
            released[0] = decision.release(settings, waiting.delivery_id, [SNAPSHOT], by="Ada", because="It is right.")
            held.keep(settings, waiting, folder / waiting.file_name)
        return path(*arguments)

    monkeypatch.setattr(held, "path", release_first)
    with pytest.raises(DecisionError, match="is loaded, not held"):
        decision.release(settings, waiting.delivery_id, [SNAPSHOT], by="Bob", because="It is right.")
    found = owner.execute(
        "select decided_by, unchanged_count, deleted_count from raw.delivery where delivery_id = %s",
        [waiting.delivery_id],
    ).fetchone()
    assert found == ("Ada", 5, 5)


def test_release__of_a_copy_that_was_changed_in_between_is_not_what_was_held(settings, owner, folder, waiting):
    held.path(settings, waiting).write_bytes(File("snapshot", 2).data)
    with pytest.raises(DecisionError, match=waiting.file_name):
        decision.release(settings, waiting.delivery_id, [SNAPSHOT], by="Ada", because="It is right.")
    assert keys(owner) == [f"K{key}" for key in range(10)]
    state = owner.execute("select state from raw.delivery where delivery_id = %s", [waiting.delivery_id]).fetchone()
    assert state == ("held",)


def test_release__without_its_file_says_what_to_do(settings, owner, folder, waiting):
    held.forget(settings, waiting)
    with pytest.raises(DecisionError, match=r"no longer at .*: reject the delivery and have the source send it again"):
        decision.release(settings, waiting.delivery_id, [SNAPSHOT], by="Ada", because="It is right.")
    send(settings, folder, File("snapshot", 2, stays(*range(5))))
    assert held.path(settings, waiting).exists(), "the same file again is kept again"


def test_held__a_correction_under_the_same_name_is_a_delivery_of_its_own(settings, owner, folder, waiting):
    (corrected,) = send(settings, folder, File("snapshot", 2, stays(*range(9)))).values()
    assert (corrected.is_new, corrected.state) == (True, "loaded")
    decision.release(settings, waiting.delivery_id, [SNAPSHOT], by="Ada", because="By mistake.")
    assert keys(owner) == [f"K{key}" for key in range(9)], "of one extract time, the later arrival stands last"


def test_held__its_quarantine_comes_with_its_release(settings, owner, folder):
    send(settings, folder, File("snapshot", 1, stays(*range(10))))
    file = File("snapshot", 2, (line("snapshot", 0, bed="x"), *stays(*range(1, 5))))
    (found,) = send(settings, folder, file).values()
    assert (found.state, found.received_count, found.held_count) == ("held", 5, 5)
    released = decision.release(settings, found.delivery_id, [SNAPSHOT], by="Ada", because="It is right.")
    assert (released.quarantined_count, released.unchanged_count, released.deleted_count) == (1, 4, 5)
    assert owner.execute("select row_number from raw.quarantine").fetchall() == [(2,)]
    assert keys(owner) == [f"K{key}" for key in range(5)]


def test_held_and_released__agree_with_the_reference_at_every_moment(settings, owner, folder):
    load.prepare(owner, list(CONTRACTS.values()))
    replay = Replay(settings, owner, folder, CONTRACTS["bulk"])
    replay.deliver(File("bulk", 1, stays(1, 2, table="bulk"), period=AUGUST))
    first = replay.deliver(File("bulk", 2, stays(3, table="bulk"), period=AUGUST, provider=FOREIGN))
    second = replay.deliver(File("bulk", 3, stays(4, table="bulk"), period=AUGUST, provider=FOREIGN))
    replay.deliver(File("bulk", 4, (line("bulk", 2, on="2026-09-05"),), period=SEPTEMBER))
    replay.deliver(File("bulk", 5, stays(1, 3, table="bulk"), period=AUGUST))
    replay.release(second.delivery_id)
    replay.release(first.delivery_id)
    third = replay.deliver(File("bulk", 6, stays(5, table="bulk"), period=AUGUST, provider=FOREIGN))
    replay.reject(third.delivery_id)
    replay.check_every_moment()
