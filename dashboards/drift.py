"""Compares what the specs ask for with what Superset holds, so that a deploy writes only what differs."""

import io
import zipfile
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import yaml

from dashboards.compile import Asset, Bundle

Held = dict[str, Asset]
# Superset numbers these itself, or writes them when it imports or shows a page.
_OWN_TO_SUPERSET = {
    "map_label_colors", "shared_label_colors", "chartId", "version", "datasource", "annotation_layers",
}  # fmt: skip


def read_export(archive: bytes) -> Held:
    """Return id -> asset of an export of everything that Superset holds."""
    held: Held = {}
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        for path in file.namelist():
            if len(PurePosixPath(path).parts) > 2 and path.endswith(".yaml"):
                asset = yaml.safe_load(file.read(path))
                if isinstance(asset, dict) and "uuid" in asset:
                    held[asset["uuid"]] = asset
    return held


def differing(assets: Bundle, held: Held) -> tuple[str, ...]:
    """Return the paths of the assets that Superset does not hold as they are, in order."""
    return tuple(path for path, asset in sorted(assets.items()) if not _is_held(asset, held.get(asset["uuid"])))


def _is_held(asset: Asset, found: Asset | None) -> bool:
    if found is None:
        return False
    wanted, found = _normal(asset), _normal(found)
    return _covers(wanted, found) and not _too_many(wanted, found)


def _normal(asset: Asset) -> Asset:
    """Return the asset without what Superset rewrites: its numbers of charts, the hidden password, orders of lists."""
    numbers = {
        part["meta"]["chartId"]: part["meta"]["uuid"]
        for part in asset.get("position", {}).values()
        if isinstance(part, dict) and part.get("type") == "CHART"
    }
    normal = dict(asset)
    if "sqlalchemy_uri" in asset:
        parts = urlsplit(asset["sqlalchemy_uri"])
        normal["sqlalchemy_uri"] = (parts.username, parts.hostname, parts.port, parts.path)
    for key, name in (("columns", "column_name"), ("metrics", "metric_name")):
        if key in asset:
            normal[key] = {item[name]: item for item in asset[key]}
    if "metadata" in asset:
        filters = asset["metadata"].get("native_filter_configuration", [])
        normal["metadata"] = asset["metadata"] | {
            "native_filter_configuration": [_with_ids(item, numbers) for item in filters]
        }
    return normal


def _with_ids(item: Asset, numbers: dict[int, str]) -> Asset:
    excluded = sorted(numbers.get(number, str(number)) for number in item["scope"]["excluded"])
    return item | {"scope": item["scope"] | {"excluded": excluded}}


def _too_many(wanted: Asset, found: Asset) -> bool:
    """A column, a metric or a part of the page that no spec asks for is drift too."""
    return any(
        found.get(key, {}).keys() - wanted[key].keys() - _OWN_TO_SUPERSET
        for key in ("columns", "metrics", "position", "params")
        if isinstance(wanted.get(key), dict)
    )


def _covers(wanted: Any, found: Any) -> bool:  # noqa: ANN401 - any part of an asset
    """Tell whether `found` says all that `wanted` says; what is null or empty on both sides is the same."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            key in _OWN_TO_SUPERSET or _covers(value, found.get(key)) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        same_length = isinstance(found, list) and len(wanted) == len(found)
        return same_length and all(_covers(*pair) for pair in zip(wanted, found, strict=True))
    return wanted == found or (not wanted and not found)
