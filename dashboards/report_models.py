"""What the dbt manifest says of the report models: columns of their contracts, access, and exposures of the pages."""

import json
from dataclasses import dataclass
from pathlib import Path

from dashboards.errors import SpecError


@dataclass(frozen=True)
class Column:
    """One column of a model's contract."""

    name: str
    data_type: str
    description: str

    @property
    def is_time(self) -> bool:
        """Whether Superset may use it as a time axis."""
        return self.data_type.startswith(("date", "timestamp"))


@dataclass(frozen=True)
class ReportModel:
    """One served mart: its contract's columns by name, and who may read its rows.

    `further_units` are its columns of other units, which must be granted to the reader of a row too.
    """

    name: str
    description: str
    access: str | None
    columns: dict[str, Column]
    further_units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exposure:
    """A page as dbt knows it: the models it depends on."""

    name: str
    depends_on: frozenset[str]


@dataclass(frozen=True)
class Manifest:
    """Served marts and exposures of one dbt project, and what its measures that are ratios are of."""

    models: dict[str, ReportModel]
    exposures: dict[str, Exposure]
    ratios: frozenset[str] = frozenset()


def load(path: Path) -> Manifest:
    """Read the manifest that dbt wrote at `path`. Raises `SpecError` when there is none."""
    try:
        manifest = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise SpecError(f"The dbt manifest {path} cannot be read ({error}): run `dbt parse` first.") from None
    models = {
        node["name"]: ReportModel(
            name=node["name"],
            description=node["description"],
            access=node["config"].get("meta", {}).get("access"),
            columns={
                name: Column(name, (column.get("data_type") or "").lower(), column["description"])
                for name, column in node["columns"].items()
            },
            further_units=tuple(node["config"].get("meta", {}).get("further_units", ())),
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    }
    exposures = {
        node["name"]: Exposure(
            node["name"], frozenset(unique_id.split(".")[-1] for unique_id in node["depends_on"]["nodes"])
        )
        for node in manifest["exposures"].values()
    }
    measures = [node["config"].get("meta", {}).get("measure", {}) for node in manifest["nodes"].values()]
    return Manifest(
        models, exposures, frozenset(measure["unit_name"] for measure in measures if "unit_name" in measure)
    )
