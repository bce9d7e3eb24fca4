"""Raw assets: one table for each declared extract, loaded from where the extracts arrive."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg

from orchestration.assets import faults, feeds, loading
from orchestration.assets.warehouse import Warehouse
from orchestration.extract.contract import Contract
from orchestration.extract.folder import Arrival

GROUP = "raw"


class Extracts(dg.Config):
    """Which extracts: `folder` is where they lie (blank: that of this installation), `files` are names (none: all)."""

    folder: str = ""
    files: list[str] = []  # noqa: RUF012 - a field of pydantic


def key(contract_name: str) -> dg.AssetKey:
    """Return the key of the raw table `<source>__<table>`."""
    return dg.AssetKey([GROUP, contract_name])


def raw_assets(contracts: Sequence[Contract]) -> dg.AssetsDefinition:
    """Return the raw tables as one operation: the files of each are loaded in the order of their extract times."""
    specs = [
        dg.AssetSpec(
            key(contract.name),
            deps=[feeds.key(contract.name)],
            group_name=GROUP,
            description=contract.description,
            kinds={contract.format, "postgres"},
            metadata={
                "file pattern": contract.file_pattern,
                "business key": ", ".join(contract.business_key),
                "delivery kind": contract.delivery_kind,
                "dagster/column_schema": dg.TableSchema(
                    [
                        dg.TableColumn(column.name, column.data_type, description=column.description)
                        for column in contract.columns
                    ]
                ),
            },
        )
        for contract in contracts
    ]

    # can_subset: somebody may load one table from its page.
    @dg.multi_asset(specs=specs, can_subset=True, name="load_extracts", retry_policy=faults.RETRY)
    def load_extracts(
        context: dg.AssetExecutionContext, config: Extracts, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult]:
        """Load new files; each ends whole in the ledger, or refused or held with a sentence."""
        chosen = [contract for contract in contracts if key(contract.name) in context.selected_asset_keys]
        names = frozenset(config.files)

        def takes(arrival: Arrival) -> bool:
            return arrival.contract in chosen and (not names or arrival.path.name in names)

        settings = warehouse.settings
        if config.folder:
            settings = dataclasses.replace(settings, extracts=Path(config.folder), extracts_url=None)
        # Files that were seen to come are no reason to ask a database.
        asked = () if names else chosen
        deliveries = loading.load(context, warehouse, settings, contracts, takes, databases_of=asked)
        for contract in chosen:
            mine = [d for d in deliveries if (d.source_name, d.table_name) == (contract.source, contract.table)]
            yield dg.MaterializeResult(asset_key=key(contract.name), metadata=loading.counts(mine))

    return load_extracts
