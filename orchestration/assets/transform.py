"""Transform assets: every dbt model with its tests as checks, in one call of dbt before statistics and one after."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtCliRuntimeError,
    DagsterDbtTranslator,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)

from orchestration import settings as settings_module
from orchestration.assets.warehouse import Warehouse
from orchestration.postgres import connection
from orchestration.publication import fingerprint, ledger, origin, publish
from orchestration.transform import DBT, DBT_PROJECT

# What stands on the tables that the statistics assets make, as dbt's words choose it.
SHOWN = "source:statistics+"


class HouseTranslator(DagsterDbtTranslator):
    """Names assets as their tables are named, and groups them by layer."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Return layer and name; a source is a table that Python makes, or a mart of the last publication."""
        if dbt_resource_props["resource_type"] == "source":
            schema = dbt_resource_props["schema"]
            layers = {publish.SERVED: dbt_resource_props["source_name"], publish.READY: publish.SERVED}
            return dg.AssetKey([layers.get(schema, schema), dbt_resource_props["identifier"]])
        return dg.AssetKey([_layer(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return the layer."""
        return _layer(dbt_resource_props)


def _layer(properties: Mapping[str, Any]) -> str:
    """Return the folder under models/ (staging, intermediate, measures, marts), or the kind of a seed or source."""
    if properties["resource_type"] == "model":
        return str(properties["fqn"][1])
    return str(properties["resource_type"])


def transform_assets(manifest: Path) -> list[dg.AssetsDefinition]:
    """Return every model of the manifest as an asset: first those below statistics, then those that show them."""
    return [
        _models(manifest, "build_models", begins=True, exclude=SHOWN),
        _models(manifest, "build_shown", begins=False, select=SHOWN),
    ]


def _models(manifest: Path, name: str, *, begins: bool, **choice: str) -> dg.AssetsDefinition:
    project = DbtProject(project_dir=DBT_PROJECT, profiles_dir=DBT_PROJECT, target_path=manifest.parent)

    @dbt_assets(manifest=manifest, project=project, dagster_dbt_translator=HouseTranslator(), name=name, **choice)
    def build(context: dg.AssetExecutionContext, dbt: DbtCliResource, warehouse: Warehouse) -> Iterator[Any]:
        """Build and test the models; when dbt fails, the attempt to publish is recorded as refused."""
        if begins and not context.is_subset:
            with warehouse.connect() as owner:
                publish.begin(owner, origin.now(owner))
        settings_module.export(connection.dbt_environment(warehouse.settings))
        try:
            # Unit tests hold definitions, not data: they run with the tests of the project.
            command = ["build", "--exclude-resource-type", "unit_test"]
            # One folder, in which dbt finds what it parsed with this installation's address: it parses but once.
            yield from dbt.cli(command, context=context, target_path=manifest.parent / "refresh").stream()
        except DagsterDbtCliRuntimeError as error:
            with warehouse.connect() as owner:
                # Named, not quoted: dbt's words may hold values of a row, and the reason is shown on pages.
                failed = sorted(set(re.findall(r"\bin (?:model|test|seed) (\w+)", str(error))))
                reason = f"dbt could not build {', '.join(failed) or 'the marts'}: see the log of the run"
                ledger.record_refused(owner, fingerprint.of(owner), context.run_id, reason)
            raise

    return build


def dbt_resource() -> DbtCliResource:
    """Return the dbt of this environment."""
    return DbtCliResource(project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=str(DBT))
