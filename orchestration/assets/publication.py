"""The publication asset: the marts that passed the gates become the marts that are served."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from orchestration.assets.warehouse import Warehouse
from orchestration.publication import gates, ledger, publish, served

KEY = dg.AssetKey(["publication", "marts"])


def publication_asset(manifest: Path, marts: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """Return the asset that publishes the marts of the manifest."""

    @dg.asset(
        key=KEY,
        deps=list(marts),
        group_name="publication",
        kinds={"postgres"},
        description="The served marts: one whole publication, exchanged for the former one in one moment.",
    )
    def publish_marts(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        """Publish, if all gates of this run were passed."""
        with warehouse.connect() as owner:
            made_from = publish.made_from(owner)
            missing = gates.not_passed(owner, context.run_id)
            if missing:
                reason = f"the gates {', '.join(missing)} were not passed in this run"
                ledger.record_refused(owner, made_from.fingerprint, context.run_id, reason)
                raise dg.Failure(f"Nothing was published: {reason}.", allow_retries=False)
            data_to_on = publish.publish(owner, served.load(manifest), run_id=context.run_id)
            published = ledger.of_run(owner, context.run_id)
        content_hash = published.content_hash if published else None
        return dg.MaterializeResult(
            metadata={
                "data to": str(data_to_on),
                "fingerprint": made_from.fingerprint[:12],
                "content hash": (content_hash or "")[:12],
            }
        )

    return publish_marts
