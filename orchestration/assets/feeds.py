"""Feeds as external assets: what each source sends, and for how long it may be silent before Dagster says so."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from expectations.rules import Rule
from orchestration.extract.contract import Contract

GROUP = "feed"


def key(contract_name: str) -> dg.AssetKey:
    """Return the key of the feed `<source>__<table>`."""
    return dg.AssetKey([GROUP, contract_name])


def feed_assets(contracts: Sequence[Contract], rules: Sequence[Rule]) -> list[dg.AssetSpec]:
    """Return the feed of every contract, with the lag that its rules allow as its freshness policy.

    The policy is the feed's and not the raw table's: a refresh that finds nothing new makes every table anew, and says
    nothing about the source.
    """
    limits = {rule.rule_id: rule.arguments.get("maximum") for rule in rules}
    return [
        dg.AssetSpec(
            key(contract.name),
            group_name=GROUP,
            description=f"What {contract.source} sends: {contract.description}",
            kinds={contract.format},
            freshness_policy=_freshness(
                limits[f"{contract.name}__up_to_date"], limits.get(f"{contract.name}__up_to_date_critical")
            ),
        )
        for contract in contracts
    ]


def _freshness(warning_days: float, critical_days: float | None) -> dg.FreshnessPolicy:
    """Return the policy; a feed on which no measure stands has one limit, and is late beyond it."""
    if critical_days is None:
        return dg.FreshnessPolicy.time_window(fail_window=timedelta(days=warning_days))
    return dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=critical_days), warn_window=timedelta(days=warning_days)
    )
