"""All that Dagster knows of this house: assets, checks, jobs, schedules, sensors. Nothing is read at import."""

import dagster as dg

from expectations import rules
from expectations.rules import endangered
from orchestration import settings, transform
from orchestration.assets import (
    deliveries,
    feeds,
    identity,
    notices,
    publication,
    quality,
    raw,
    reconciliation,
    triggers,
)
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
    doubtful = endangered.by_rule(checked, manifest)
    raw_tables = raw.raw_assets(declared)
    built, shown = transform_assets(manifest)
    asked = quality.asked("entities", checked)
    later = [*statistic_assets(manifest, asked), shown]
    marts = sorted(key for asset in (built, *later) for key in asset.keys if key.path[0] == "marts")
    entities = sorted(key for key in built.keys if key.path[0] == "intermediate")
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
            # No mart is served that stands on entities which a gate refused, though dbt builds both at once.
            publication.publication_asset(manifest, [*marts, reconciliation.KEY, *asked]),
        ],
        asset_checks=[
            quality.gate_checks("raw", checked, declared, sorted(raw_tables.keys), endangered=doubtful),
            quality.gate_checks("entities", checked, declared, entities, endangered=doubtful),
            quality.gate_checks("marts", checked, declared, marts, endangered=doubtful, read_before=read_later),
        ],
        jobs=[triggers.refresh, notices.weekly_digest],
        schedules=[triggers.daily, notices.weekly],
        sensors=[triggers.new_extracts],
        loggers={"progress": progress},
        resources={"dbt": dbt_resource(), "warehouse": Warehouse()},
        # One process: a step of its own would import Dagster and dbt again, for seconds, to do what takes one.
        executor=dg.in_process_executor,
    )
