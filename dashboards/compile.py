"""Compiles specs into the bundle that Superset imports: the same specs give the same bytes."""

import io
import zipfile
from typing import Any
from urllib.parse import urlsplit

import yaml

from dashboards import chart_params, identifiers, layout, theme
from dashboards.report_models import Manifest
from dashboards.specs import Chart, Dashboard, Dataset, Filter, Specs

DATABASE = "Clinician performance warehouse"
SCHEMA = "marts"
VERSION = "1.0.0"
_FILE_TIME = (2000, 1, 1, 0, 0, 0)
# Superset's way to say "do not keep the answers of this dataset".
_NEVER_CACHED = -1

Asset = dict[str, Any]
Bundle = dict[str, Asset]


def bundle(specs: Specs, manifest: Manifest, reader_url: str) -> Bundle:
    """Return path within the bundle -> asset. `reader_url` is the warehouse's address for the reader.

    The specs must have been proven (see `validate`); a name that leads nowhere is a `KeyError` here.
    """
    assets: Bundle = {"databases/warehouse.yaml": _database(reader_url)}
    for dataset in specs.datasets.values():
        assets[f"datasets/warehouse/{dataset.name}.yaml"] = _dataset(dataset, manifest)
    for chart in specs.charts.values():
        assets[f"charts/{chart.name}.yaml"] = _chart(chart)
    for dashboard in specs.dashboards.values():
        assets[f"dashboards/{dashboard.name}.yaml"] = _dashboard(dashboard, specs, manifest)
    return assets


def archive(assets: Bundle) -> bytes:
    """Return the zip file of `assets`, with the notice of what it is that Superset asks for."""
    notice = {"version": VERSION, "type": "assets", "timestamp": "2000-01-01T00:00:00+00:00"}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for path, asset in [("metadata.yaml", notice), *sorted(assets.items())]:
            entry = zipfile.ZipInfo(f"bundle/{path}", _FILE_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, yaml.safe_dump(asset, sort_keys=True, allow_unicode=True))
    return buffer.getvalue()


def _database(reader_url: str) -> Asset:
    parts = urlsplit(reader_url)
    return {
        "database_name": DATABASE,
        "uuid": str(identifiers.identify("database", DATABASE)),
        "sqlalchemy_uri": parts._replace(scheme="postgresql+psycopg2").geturl(),
        "expose_in_sqllab": False,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        # Without it, and without CACHE_QUERY_BY_USER, the cache would serve one person's rows to another.
        "extra": {"per_user_caching": True, "allows_virtual_table_explore": False},
        "version": VERSION,
    }


def _dataset(dataset: Dataset, manifest: Manifest) -> Asset:
    model = manifest.models[dataset.name]
    return {
        "table_name": dataset.name,
        "uuid": str(identifiers.identify("dataset", dataset.name)),
        "database_uuid": str(identifiers.identify("database", DATABASE)),
        "schema": SCHEMA,
        "description": model.description,
        "main_dttm_col": dataset.time_column,
        "cache_timeout": None if dataset.is_cached else _NEVER_CACHED,
        "filter_select_enabled": True,
        "columns": [
            {
                "column_name": column.name,
                "verbose_name": dataset.labels.get(column.name),
                "type": column.data_type.upper(),
                "description": column.description,
                "is_dttm": column.is_time,
                "groupby": True,
                "filterable": True,
                "is_active": True,
            }
            for column in model.columns.values()
        ],
        "metrics": [
            {
                "metric_name": name,
                "expression": f"{metric['aggregate'].upper()}({metric['column']})",
                "verbose_name": metric.get("label"),
            }
            for name, metric in dataset.metrics.items()
        ],
        "version": VERSION,
    }


def _chart(chart: Chart) -> Asset:
    params = chart_params.params(chart)
    return {
        "slice_name": chart.title,
        "uuid": str(identifiers.identify("chart", chart.name)),
        "dataset_uuid": str(identifiers.identify("dataset", chart.dataset)),
        "description": chart.description,
        "viz_type": params["viz_type"],
        "params": params,
        "version": VERSION,
    }


def _dashboard(dashboard: Dashboard, specs: Specs, manifest: Manifest) -> Asset:
    colours = theme.label_colours(manifest.ratios)
    return {
        "dashboard_title": dashboard.title,
        "uuid": str(identifiers.identify("dashboard", dashboard.name)),
        "slug": dashboard.name,
        "description": dashboard.description,
        "css": theme.page_style(),
        "published": True,
        "position": layout.positions(dashboard, specs),
        "metadata": {
            "label_colors": colours,
            "shared_label_colors": [],
            "map_label_colors": {},
            "color_scheme": "clinician_performance",
            "color_scheme_domain": [],
            "cross_filters_enabled": False,
            "filter_bar_orientation": "HORIZONTAL",
            "refresh_frequency": 0,
            "native_filter_configuration": [_filter(item, dashboard) for item in dashboard.filters],
        },
        "version": VERSION,
    }


def filter_id(dashboard: Dashboard, name: str) -> str:
    """Return the id of the filter `name` of a page."""
    return identifiers.position("NATIVE_FILTER", dashboard.name, name)


def _filter(item: Filter, dashboard: Dashboard) -> Asset:
    numbers = layout.chart_numbers(dashboard)
    return {
        "id": filter_id(dashboard, item.name),
        "name": item.name,
        "description": item.description,
        "type": "NATIVE_FILTER",
        "filterType": "filter_select",
        "targets": [
            {"datasetUuid": str(identifiers.identify("dataset", item.dataset)), "column": {"name": item.column}}
        ],
        "sortMetric": item.order_by,
        # Without it the first value is shown in the filter and not applied to the charts.
        "requiredFirst": item.is_first_chosen,
        "controlValues": {
            "multiSelect": item.is_multiple,
            "enableEmptyFilter": item.is_first_chosen,
            "defaultToFirstItem": item.is_first_chosen,
            "inverseSelection": False,
            "searchAllOptions": False,
            "sortAscending": item.is_ascending,
        },
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [filter_id(dashboard, parent) for parent in item.depends_on],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": sorted(numbers[chart] for chart in item.spares)},
    }
