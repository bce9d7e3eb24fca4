"""Pseudonyms as an asset: behind the raw tables that hold identifiers, before the models that do without them."""

from collections.abc import Sequence

import dagster as dg

from orchestration.assets import faults, raw
from orchestration.assets.warehouse import Warehouse
from orchestration.extract.contract import Contract
from orchestration.identity import pseudonym

KEY = dg.AssetKey(["identity", "pseudonym"])


def pseudonym_asset(contracts: Sequence[Contract]) -> dg.AssetsDefinition:
    """Return the asset that keeps a pseudonym for each identifier of the `contracts`."""
    holders = [contract for contract in contracts if any(column.identifies for column in contract.columns)]

    @dg.asset(
        key=KEY,
        deps=[raw.key(contract.name) for contract in holders],
        group_name="identity",
        kinds={"postgres"},
        retry_policy=faults.RETRY,
        description="One row per identifier that an extract ever held: the pseudonym that stands for it in models.",
    )
    def keep_pseudonyms(warehouse: Warehouse) -> dg.MaterializeResult:
        """Give new identifiers their pseudonyms."""
        with faults.told_once(), warehouse.connect() as owner:
            given = pseudonym.keep(owner, warehouse.settings.secrets, contracts)
        return dg.MaterializeResult(metadata={f"new {purpose}s": count for purpose, count in given.items()})

    return keep_pseudonyms
