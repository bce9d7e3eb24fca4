"""Reads the specs in YAML: datasets, charts, dashboards, roles. An unknown or missing key is an error."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from dashboards.errors import SpecError

ROOM = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Dataset:
    """A served report model, shown under the names that readers know. Its columns come from the model's contract."""

    name: str
    labels: dict[str, str] = field(default_factory=dict)
    time_column: str | None = None
    metrics: dict[str, dict[str, str]] = field(default_factory=dict)
    is_cached: bool = True


@dataclass(frozen=True)
class Chart:
    """One chart: its kind (see `chart_params`), its dataset and what the kind needs, in `show`."""

    name: str
    title: str
    kind: str
    dataset: str
    show: dict[str, Any]
    description: str = ""


@dataclass(frozen=True)
class Filter:
    """A choice on top of a page. It narrows every chart of the page that is not listed under `spares`."""

    name: str
    dataset: str
    column: str
    order_by: str
    is_ascending: bool = True
    is_first_chosen: bool = False
    is_multiple: bool = False
    depends_on: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()
    description: str = ""


Row = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Tab:
    """A part of a page that is drawn once it is opened."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Dashboard:
    """One page: who may open it, its filters, and rows of parts (a chart, or a text) with width (of 12) and height.

    `rows` stand on top, whichever of the `tabs` is open. `links` are pages that all who may open this one may open too.
    """

    name: str
    title: str
    level: str
    roles: tuple[str, ...]
    rows: tuple[Row, ...]
    tabs: tuple[Tab, ...] = ()
    filters: tuple[Filter, ...] = ()
    links: tuple[str, ...] = ()
    description: str = ""

    @property
    def charts(self) -> tuple[str, ...]:
        """Names of the charts of the page, from top to bottom, from the first tab to the last."""
        rows = [*self.rows, *(row for tab in self.tabs for row in tab.rows)]
        return tuple(part["chart"] for row in rows for part in row if "chart" in part)


@dataclass(frozen=True)
class Role:
    """A level of the hierarchy in Superset, and the page on which it lands."""

    name: str
    level: str
    landing: str


@dataclass(frozen=True)
class Specs:
    """All specs, by name."""

    datasets: dict[str, Dataset]
    charts: dict[str, Chart]
    dashboards: dict[str, Dashboard]
    roles: dict[str, Role]
    permissions: tuple[tuple[str, str], ...]


Spec = TypeVar("Spec", Dataset, Chart, Filter, Tab, Dashboard, Role)


def load(room: Path = ROOM) -> Specs:
    """Read every spec below `room`. Raises `SpecError` for a file that does not say what its kind needs."""
    security = room / "security" / "roles.yaml"
    declared = _read(security)
    roles = [_build(Role, entry, security) for entry in declared["roles"]]
    permissions = tuple((action, entry["view"]) for entry in declared["permissions"] for action in entry["may"])
    return Specs(
        datasets={s.name: s for s in _folder(Dataset, room / "datasets")},
        charts={s.name: s for s in _folder(Chart, room / "charts")},
        dashboards={s.name: s for s in _folder(Dashboard, room / "dashboards")},
        roles={role.name: role for role in roles},
        permissions=permissions,
    )


def _folder(kind: type[Spec], folder: Path) -> list[Spec]:
    """One spec per file; its name is the file's."""
    return [_build(kind, _read(path) | {"name": path.stem}, path) for path in sorted(folder.glob("*.yaml"))]


def _build(kind: type[Spec], values: dict[str, Any], path: Path) -> Spec:
    known = {item.name for item in fields(kind)}
    if unknown := sorted(values.keys() - known):
        raise SpecError(f"{path}: {', '.join(unknown)} is no key of a {kind.__name__.lower()}.")
    converted = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    if kind in (Dashboard, Tab):
        converted["rows"] = tuple(tuple(row) for row in values.get("rows", []))
    if kind is Dashboard:
        converted["tabs"] = tuple(_build(Tab, entry, path) for entry in values.get("tabs", []))
        converted["filters"] = tuple(_build(Filter, entry, path) for entry in values.get("filters", []))
    try:
        return kind(**converted)
    except TypeError as error:
        raise SpecError(f"{path}: {str(error).split('__init__() ')[-1]}.") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise SpecError(f"{path} cannot be read: {error}.") from None
    if not isinstance(values, dict):
        raise SpecError(f"{path} must hold keys and values.")
    return values
