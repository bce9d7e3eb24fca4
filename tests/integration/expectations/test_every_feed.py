"""Each rule that feeds get from their contracts, of every feed at once: one fault fails its rule of them all."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql

from expectations.results import GateResult
from expectations.rules import Rule
from orchestration.extract.contract import Contract
from tests.integration.expectations import clean_trust
from tests.integration.expectations.conftest import failed

Ask = Callable[..., GateResult]
Contracts = Sequence[Contract]


def deliver_each(owner: psycopg.Connection, contracts: Contracts, *deliveries: dict) -> None:
    """Give each feed one delivery a day."""
    for place, contract in enumerate(contracts):
        for day, keywords in enumerate(deliveries, start=1):
            at = clean_trust.EXTRACTED_AT + timedelta(days=day)
            clean_trust.deliver(owner, 100 + 10 * place + day, contract, at, **keywords)


def empty(owner: psycopg.Connection, contracts: Contracts) -> None:
    owner.execute("truncate raw.quarantine, raw.confirmation, raw.key_filter, raw.delivery")
    for contract in contracts:
        owner.execute(sql.SQL("truncate {}").format(sql.Identifier("raw", contract.name)))


def quarantine_past_the_ledger(owner: psycopg.Connection, contracts: Contracts) -> None:
    deliver_each(owner, contracts, {"received": 10})
    owner.execute(
        "insert into raw.quarantine (delivery_id, row_number, raw_text, reason)"
        " select delivery_id, 9, 't', 'r' from raw.delivery where delivery_id > 100"
    )


def be_late(owner: psycopg.Connection, contracts: Contracts) -> None:
    """All feeds come, and 130 days later one that no measure stands on comes again."""
    deliver_each(owner, contracts, {"received": 10})
    at = clean_trust.EXTRACTED_AT + timedelta(days=131)
    clean_trust.deliver(owner, 1000, next(c for c in contracts if c.name == NEWEST), at, received=10)


NEWEST = "outcome__complication"
# Names of rules that fail together -> what is done to every feed.
FAULTS: dict[tuple[str, ...], Callable[[psycopg.Connection, Contracts], None]] = {
    ("latest_delivery_loaded",): lambda owner, feeds: deliver_each(owner, feeds, {"state": "refused"}),
    ("no_delivery_held",): lambda owner, feeds: deliver_each(
        owner, feeds, {"state": "held", "received": 10}, {"received": 10}
    ),
    ("quarantine_share", "quarantine_share_critical"): lambda owner, feeds: deliver_each(
        owner, feeds, {"received": 300, "quarantined": 16}
    ),
    ("volume",): lambda owner, feeds: deliver_each(owner, feeds, *[{"received": 100}] * 3, {"received": 49}),
    ("rows_accounted",): quarantine_past_the_ledger,
    ("has_rows",): empty,
    ("up_to_date", "up_to_date_critical"): be_late,
}


def name(rule: Rule) -> str:
    return rule.rule_id.removeprefix(f"{rule.table_name}__")


def test_every_feed__each_kind_of_rule_has_its_fault(all_rules: dict[str, Rule]) -> None:
    assert {name(rule) for rule in all_rules.values() if rule.kind == "feed"} == {n for names in FAULTS for n in names}


@pytest.mark.parametrize("names", FAULTS, ids=" and ".join)
def test_every_feed__a_fault_in_all_fails_its_rule_of_all_and_no_other(
    owner: psycopg.Connection, ask: Ask, all_contracts: Contracts, all_rules: dict[str, Rule], names: tuple[str, ...]
) -> None:
    FAULTS[names](owner, all_contracts)
    expected = {rule.rule_id for rule in all_rules.values() if rule.kind == "feed" and name(rule) in names}
    # Lateness is told against the newest feed, which is not late itself.
    assert failed(ask("raw", is_of_feed=True)) == expected - {f"{NEWEST}__up_to_date"}
