"""The partitions of the delivery ledger: the local day on which a source extracted a file, and the source."""

from collections.abc import Iterable
from datetime import date

import dagster as dg

from orchestration.extract.contract import Contract
from orchestration.extract.data_types import ZONE

FIRST_DAY = date(2020, 4, 1)
_DAY, _SOURCE = "day", "source"


def of(contracts: Iterable[Contract]) -> dg.MultiPartitionsDefinition:
    """Return the partitions: each day from the first to today, and each source that a contract names."""
    return dg.MultiPartitionsDefinition(
        {
            _DAY: dg.DailyPartitionsDefinition(FIRST_DAY.isoformat(), timezone=ZONE.key, end_offset=1),
            _SOURCE: dg.StaticPartitionsDefinition(sorted({contract.source for contract in contracts})),
        }
    )


def key(day: date, source: str) -> dg.MultiPartitionKey:
    """Return the partition of what `source` extracted on `day`."""
    return dg.MultiPartitionKey({_DAY: day.isoformat(), _SOURCE: source})


def read(partition: str) -> tuple[date, str]:
    """Return the day and the source of a partition."""
    day, source = partition.split("|")
    return date.fromisoformat(day), source
