"""The delivery ledger as an asset: its days and sources show what is loaded, and can be loaded from Dagster's page."""

import warnings
from collections.abc import Iterator, Sequence

import dagster as dg

from orchestration import intake
from orchestration.assets import announcement, faults, loading, partitions, raw
from orchestration.assets.warehouse import Warehouse
from orchestration.extract.contract import Contract
from orchestration.extract.folder import Arrival


def delivery_asset(contracts: Sequence[Contract]) -> dg.AssetsDefinition:
    """Return the ledger, partitioned by extract day and source.

    To materialize partitions is to load the files of those days, and nothing else; what is known already costs no more
    than a look. A backfill takes neighbouring partitions in one run. There is no job of it on purpose: a backfill of a
    job gives such a run its first partition alone (dagster issue 28861), and then the days after it would be missing.
    """

    def load_deliveries(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
        """Load the files that the sources of these partitions extracted on their days."""
        asked = {partitions.read(partition) for partition in context.partition_keys}

        def takes(arrival: Arrival) -> bool:
            return (intake.extract_day(arrival), arrival.contract.source) in asked

        found = loading.load(context, warehouse, warehouse.settings, contracts, takes)
        for contract in contracts:
            if mine := [d for d in found if (d.source_name, d.table_name) == (contract.source, contract.table)]:
                context.log_event(dg.AssetMaterialization(raw.key(contract.name), metadata=loading.counts(mine)))
        yield dg.MaterializeResult(metadata=loading.counts(found))

    with warnings.catch_warnings():
        # Backfill policies are beta; whoever runs `cpw` can do nothing about it.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.asset(
            key=announcement.LEDGER,
            partitions_def=partitions.of(contracts),
            backfill_policy=dg.BackfillPolicy.single_run(),
            group_name=raw.GROUP,
            kinds={"postgres"},
            retry_policy=faults.RETRY,
            description="One row per delivery: loaded, refused, held or rejected. Materialize days to load them.",
        )(load_deliveries)
