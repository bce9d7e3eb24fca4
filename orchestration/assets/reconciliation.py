"""The reconciliation asset: where a row is not accounted for on its way, nothing is published."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from orchestration.assets.warehouse import Warehouse
from orchestration.extract.contract import Contract
from orchestration.publication import fingerprint, ledger
from orchestration.reconciliation import declaration
from orchestration.reconciliation import ledger as lines

# Not the key of the source that pages read: as views, those are made before there are lines.
KEY = dg.AssetKey(["publication", "reconciliation"])


def reconciliation_asset(
    manifest: Path, contracts: Sequence[Contract], marts: Sequence[dg.AssetKey]
) -> dg.AssetsDefinition:
    """Return the asset that counts the rows of every step up to the `marts` that are ready."""

    @dg.asset(
        key=KEY,
        deps=list(marts),
        group_name="publication",
        kinds={"postgres"},
        description="What came in at each step of the way, from delivered file to figure, and what became of it.",
    )
    def reconcile(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        """Count, keep the lines, and refuse publication where a whole is not the sum of its parts."""
        with warehouse.connect() as owner:
            missing = lines.write(owner, declaration.load(manifest, contracts), run_id=context.run_id)
            if missing:
                reason = f"reconciliation: {'; '.join(missing)}"
                ledger.record_refused(owner, fingerprint.of(owner), context.run_id, reason)
                raise dg.Failure(f"Nothing is published: {reason}.", allow_retries=False)
        return dg.MaterializeResult()

    return reconcile
