"""Rules that every feed has: deliveries that are refused, short, faulty or late, and rows past the ledger."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from expectations.results import GateResult
from orchestration.extract.contract import Contract
from tests.integration.expectations import clean_trust
from tests.integration.expectations.conftest import failed

Ask = Callable[..., GateResult]
EPISODE, CASE = "pas__consultant_episode", "theatre__theatre_case"

# Deliveries after the clean one: feed, (days later, keywords of the delivery) each, rows put in, rules that fail.
DELIVERIES = [
    ("pas__patient", [(1, {"state": "refused"})], {"latest_delivery_loaded"}),
    ("pas__patient", [(1, {"state": "refused"}), (1, {"received": 10})], set()),
    # A file that cannot be read does not say when it was extracted: the next one comes after it all the same.
    ("pas__patient", [(None, {"state": "refused"})], {"latest_delivery_loaded"}),
    ("pas__patient", [(None, {"state": "refused"}), (1, {"received": 10})], set()),
    ("pas__patient", [(1, {"state": "held", "received": 10})], {"latest_delivery_loaded", "no_delivery_held"}),
    ("pas__patient", [(1, {"state": "held", "received": 10}), (2, {"received": 10})], {"no_delivery_held"}),
    # Somebody has decided about one that is rejected; what came before it is the newest again.
    ("pas__patient", [(1, {"state": "rejected", "received": 10})], set()),
    (
        "pas__patient",
        [(1, {"state": "refused"}), (2, {"state": "rejected", "received": 9})],
        {"latest_delivery_loaded"},
    ),
    ("pas__patient", [(1, {"received": 300, "quarantined": 4})], {"quarantine_share"}),
    (
        "pas__patient",
        [(1, {"received": 300, "quarantined": 16})],
        {"quarantine_share", "quarantine_share_critical"},
    ),
    ("pas__patient", [(1, {"received": 300, "quarantined": 3})], set()),
    # What is held or rejected brought no good rows, and no bad ones.
    (
        EPISODE,
        [(1, {"received": 300, "quarantined": 4}), (2, {"received": 300, "state": "rejected"})],
        {"quarantine_share"},
    ),
    (EPISODE, [(1, {"received": 300, "quarantined": 100, "state": "rejected"})], set()),
    # A few good corrections do not make a faulty extract good; a file of its size does.
    (EPISODE, [(1, {"received": 300, "quarantined": 4}), (2, {"received": 149})], {"quarantine_share"}),
    (EPISODE, [(1, {"received": 300, "quarantined": 4}), (2, {"received": 150})], set()),
    ("pas__patient", [(1, {"received": 4})], {"volume"}),
    ("pas__patient", [(1, {"received": 5})], set()),
    # An appended file may be short until there are enough to know what is usual.
    (EPISODE, [(1, {"received": 100}), (2, {"received": 4})], set()),
    (EPISODE, [(1, {"received": 100}), (2, {"received": 100}), (3, {"received": 49})], {"volume"}),
    (EPISODE, [(1, {"received": 100}), (2, {"received": 100}), (3, {"received": 50})], set()),
    ("outcome__complication", [(1, {"received": 300, "quarantined": 100})], {"quarantine_share"}),
]


@pytest.mark.parametrize(("feed", "deliveries", "rules"), DELIVERIES)
def test_feed__a_delivery_that_is_refused_short_or_faulty_fails_its_rule(
    owner: psycopg.Connection,
    ask: Ask,
    all_contracts: tuple[Contract, ...],
    feed: str,
    deliveries: list[tuple[int | None, dict]],
    rules: set[str],
) -> None:
    contract = next(c for c in all_contracts if c.name == feed)
    for number, (days, keywords) in enumerate(deliveries, start=100):
        at = clean_trust.EXTRACTED_AT + timedelta(days=days) if days else None
        clean_trust.deliver(owner, number, contract, at, **keywords)
    assert failed(ask("raw", {feed}, is_of_feed=True)) == {f"{feed}__{rule}" for rule in rules}


@pytest.mark.parametrize(
    ("days", "rules"), [(8, set()), (9, {"up_to_date"}), (36, {"up_to_date", "up_to_date_critical"})]
)
def test_feed__a_feed_that_stays_behind_the_newest_is_late(
    owner: psycopg.Connection, ask: Ask, all_contracts: tuple[Contract, ...], days: int, rules: set[str]
) -> None:
    other = next(c for c in all_contracts if c.name == CASE)
    at = clean_trust.EXTRACTED_AT + timedelta(days=days)
    clean_trust.deliver(owner, 100, other, at, received=10)
    found = failed(ask("raw", {EPISODE}, is_of_feed=True))
    assert found == {f"{EPISODE}__{rule}" for rule in rules}


def test_feed__that_need_never_come_passes_without_rows(
    owner: psycopg.Connection, ask: Ask, all_contracts: tuple[Contract, ...]
) -> None:
    merge = next(c for c in all_contracts if c.name == "pas__patient_merge")
    assert failed(ask("raw", {merge.name}, is_of_feed=True)) == set()
    clean_trust.deliver(owner, 100, merge, clean_trust.EXTRACTED_AT, state="held", received=1)
    assert f"{merge.name}__no_delivery_held" in failed(ask("raw", {merge.name}, is_of_feed=True))


def test_feed__deletions_are_accounted_for_by_delivery(
    owner: psycopg.Connection, ask: Ask, all_contracts: tuple[Contract, ...]
) -> None:
    contract = next(c for c in all_contracts if c.name == "outcome__complication")
    rows, at = clean_trust.rows()[contract.name], clean_trust.EXTRACTED_AT + timedelta(days=1)
    clean_trust.deliver(owner, 100, contract, at, received=9, loaded=1, deleted=1)
    clean_trust.insert(owner, 100, contract, rows[:1], at)
    clean_trust.insert(owner, 100, contract, rows[3:4], at, is_deleted=True)
    assert failed(ask("raw", {contract.name}, is_of_feed=True)) == set()
    # As many rows in the table as before, but one is said to be of another delivery.
    owner.execute("update raw.outcome__complication set _delivery_id = 100 where complication_identifier = 'X7'")
    assert failed(ask("raw", {contract.name}, is_of_feed=True)) == {f"{contract.name}__rows_accounted"}


def test_feed__without_rows_the_feed_fails(owner: psycopg.Connection, ask: Ask) -> None:
    owner.execute("delete from raw.delivery where table_name = 'complication'")
    owner.execute("truncate raw.outcome__complication")
    assert failed(ask("raw", {"outcome__complication"})) == {"outcome__complication__has_rows"}


@pytest.mark.parametrize(
    "change",
    [
        "delete from raw.outcome__complication where complication_identifier = 'X3'",
        "insert into raw.quarantine (delivery_id, row_number, raw_text, reason)"
        " select delivery_id, 9, 't', 'r' from raw.delivery where table_name = 'complication'",
    ],
)
def test_feed__a_row_lost_or_put_in_past_the_ledger_is_found(owner: psycopg.Connection, ask: Ask, change: str) -> None:
    owner.execute(change)
    assert failed(ask("raw", {"outcome__complication"})) == {"outcome__complication__rows_accounted"}
