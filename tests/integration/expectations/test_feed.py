"""Rules that every feed has: deliveries that are refused, short, faulty or late, and rows past the ledger."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from expectations.results import GateResult
from orchestration.extract.contracts import Contract
from tests.integration.expectations import clean_trust
from tests.integration.expectations.conftest import failed

Ask = Callable[..., GateResult]
EPISODE, CASE = "pas__consultant_episode", "theatre__theatre_case"

# Deliveries after the clean one: feed, (days later, keywords of the delivery) each, rows put in, rules that fail.
DELIVERIES = [
    ("pas__patient", [(1, {"state": "refused"})], {"latest_delivery_loaded"}),
    ("pas__patient", [(1, {"state": "refused"}), (1, {"received": 10})], set()),
    ("pas__patient", [(1, {"received": 300, "quarantined": 4})], {"quarantine_share"}),
    (
        "pas__patient",
        [(1, {"received": 300, "quarantined": 16})],
        {"quarantine_share", "quarantine_share_critical"},
    ),
    ("pas__patient", [(1, {"received": 300, "quarantined": 3})], set()),
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
    deliveries: list[tuple[int, dict]],
    rules: set[str],
) -> None:
    contract = next(c for c in all_contracts if c.name == feed)
    for number, (days, keywords) in enumerate(deliveries, start=100):
        at = clean_trust.EXTRACTED_AT + timedelta(days=days)
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
