"""All that Dagster knows of this house: assets, checks, jobs, schedules, sensors. Nothing is read at import."""

import dagster as dg

from expectations import rules
from orchestration import settings, transform
from orchestration.assets import deliveries, feeds, identity, publication, quality, raw, reconciliation, triggers
from orchestration.assets.statistics import statistic_assets
from orchestration.assets.transform import dbt_resource, transform_assets
from orchestration.assets.warehouse import Warehouse
from orchestration.extract import contracts
from orchestration.progress import progress


@dg.definitions
def definitions() -> dg.Definitions:
    """Collect the house from its two registries: the contracts of the extracts and the dbt manifest."""
    manifest = transform.manifest(settings.load())
    declared = contracts.load()
    checked = rules.load(declared)
    raw_tables = raw.raw_assets(declared)
    built, shown = transform_assets(manifest)
    later = [*statistic_assets(manifest), shown]
    marts = sorted(key for asset in (built, *later) for key in asset.keys if key.path[0] == "marts")
    read_later = frozenset(key for asset in later for deps in asset.asset_deps.values() for key in deps)
    return dg.Definitions(
        assets=[
            *feeds.feed_assets(declared, checked),
            raw_tables,
            deliveries.delivery_asset(declared),
            identity.pseudonym_asset(declared),
            built,
            *later,
            reconciliation.reconciliation_asset(manifest, declared, marts),
            publication.publication_asset(manifest, [*marts, reconciliation.KEY]),
        ],
        asset_checks=[
            quality.gate_checks("raw", checked, declared, sorted(raw_tables.keys)),
            quality.gate_checks("marts", checked, declared, marts, read_later),
        ],
        jobs=[triggers.refresh],
        schedules=[triggers.daily],
        sensors=[triggers.new_extracts],
        loggers={"progress": progress},
        resources={"dbt": dbt_resource(), "warehouse": Warehouse()},
        # One process: a step of its own would import Dagster and dbt again, for seconds, to do what takes one.
        executor=dg.in_process_executor,
    )
