"""Tell Dagster what the delivery ledger holds and its pages do not show yet, however it came in."""

from collections.abc import Sequence

import dagster as dg
import psycopg

from orchestration.assets import feeds, partitions
from orchestration.extract.contract import Contract
from orchestration.extract.data_types import ZONE

LEDGER = dg.AssetKey(["raw", "delivery"])
_NEWEST = """
select source_name || '__' || table_name, max(delivery_id) from raw.delivery where state = 'loaded' group by 1
"""
_DAYS = """
select distinct (extracted_at at time zone %s)::date, source_name from raw.delivery where state = 'loaded'
"""


def announce(owner: psycopg.Connection, instance: dg.DagsterInstance, contracts: Sequence[Contract]) -> None:
    """Mark each feed as come whose newest delivery is not known to Dagster, and each day of which a file is loaded.

    These are events of no run: a file may have been loaded by the command line, or released there.
    """
    names = {contract.name for contract in contracts}
    for name, newest in owner.execute(_NEWEST).fetchall():
        if name in names and newest != _told(instance, feeds.key(name)):
            event = dg.AssetMaterialization(feeds.key(name), metadata={"delivery": int(newest)})
            instance.report_runless_asset_event(event)
    shown = instance.get_materialized_partitions(LEDGER)
    known = partitions.of(contracts)
    for day, source in owner.execute(_DAYS, [ZONE.key]).fetchall():
        partition = partitions.key(day, source)
        if partition not in shown and known.has_partition_key(partition):
            instance.report_runless_asset_event(dg.AssetMaterialization(LEDGER, partition=partition))


def _told(instance: dg.DagsterInstance, feed: dg.AssetKey) -> object:
    """Return the number of the delivery by which Dagster last heard of `feed`, or None."""
    event = instance.get_latest_materialization_event(feed)
    if event is None or event.asset_materialization is None:
        return None
    told = event.asset_materialization.metadata.get("delivery")
    return told.value if told else None
