"""Raw assets: one table for each declared extract, loaded from the folder of extracts."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg

from orchestration.assets.warehouse import Warehouse
from orchestration.extract import load
from orchestration.extract.contracts import Contract
from orchestration.extract.folder import match

GROUP = "raw"


class Extracts(dg.Config):
    """Where the extracts lie; blank for the folder of this installation."""

    folder: str = ""


def key(contract_name: str) -> dg.AssetKey:
    """Return the key of the raw table `<source>__<table>`."""
    return dg.AssetKey([GROUP, contract_name])


def raw_assets(contracts: Sequence[Contract]) -> dg.AssetsDefinition:
    """Return the raw tables as one operation: files are loaded in the order of their extract times."""
    specs = [
        dg.AssetSpec(
            key(contract.name),
            group_name=GROUP,
            description=contract.description,
            kinds={"csv", "postgres"},
            metadata={
                "file pattern": contract.file_pattern,
                "business key": ", ".join(contract.business_key),
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

    @dg.multi_asset(specs=specs, can_subset=True, name="load_extracts")
    def load_extracts(
        context: dg.AssetExecutionContext, config: Extracts, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult]:
        """Load new files; each ends whole in the ledger, or refused with a sentence."""
        settings = warehouse.settings
        folder = Path(config.folder) if config.folder else settings.extracts
        chosen = [c for c in contracts if key(c.name) in context.selected_asset_keys]
        announced: set[str] = set()

        def announce(at: load.Progress) -> None:
            """Name each file once, and a large one again with each million of rows."""
            millions = f", {at.row_count // 1_000_000} million rows" if at.row_count >= 1_000_000 else ""
            text = f"file {at.file_number}/{at.file_count} {at.file_name}{millions}"
            if text not in announced:
                announced.add(text)
                context.log.info(text)

        deliveries = [d for d in load.load_folder(settings, folder, chosen, on_progress=announce) if d.is_new]
        for delivery in deliveries:
            if delivery.reason or delivery.quarantined_count:
                context.log.info(delivery.sentence)
        for stray in match(folder, contracts).unmatched:
            context.log.info(f"{stray.path.name} was left alone: {stray.reason}.")
        for contract in chosen:
            mine = [d for d in deliveries if d.source_name == contract.source and d.table_name == contract.table]
            yield dg.MaterializeResult(
                asset_key=key(contract.name),
                metadata={
                    "new deliveries": len(mine),
                    "refused": sum(d.state == "refused" for d in mine),
                    "received": sum(d.received_count for d in mine),
                    "loaded": sum(d.loaded_count for d in mine),
                    "unchanged": sum(d.unchanged_count for d in mine),
                    "quarantined": sum(d.quarantined_count for d in mine),
                },
            )

    return load_extracts
