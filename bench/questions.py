"""What the charts of a page ask the server: the questions that a browser posts, made from the specs without one."""

from collections.abc import Mapping
from typing import Any

from dashboards import chart_params
from dashboards.specs import Chart, Dashboard, Specs

Question = dict[str, Any]
Chosen = Mapping[str, str]


def of_page(dashboard: Dashboard, specs: Specs, chosen: Chosen) -> dict[str, list[Question]]:
    """Return chart -> the queries that it posts while `chosen` (column -> value) is chosen on top of the page."""
    return {name: _of_chart(specs.charts[name], _applied(dashboard, name, chosen)) for name in dashboard.charts}


def _applied(dashboard: Dashboard, chart: str, chosen: Chosen) -> list[dict[str, Any]]:
    """Return the filters of the page that reach a chart."""
    columns = [item.column for item in dashboard.filters if chart not in item.spares and item.column in chosen]
    return [{"col": column, "op": "IN", "val": [chosen[column]]} for column in columns]


def _of_chart(chart: Chart, filters: list[dict[str, Any]]) -> list[Question]:
    params = chart_params.params(chart)
    if params.get("query_mode") == "raw":
        order = [[entry[2:].split('"')[0], entry.endswith("true]")] for entry in params["order_by_cols"]]
        rows = params.get("server_page_length") or params["row_limit"]
        return [
            {
                # No metrics at all: with a list of none the server would take the rows together.
                "columns": params["all_columns"],
                "orderby": order,
                "filters": [*filters, *_where(params, "adhoc_filters")],
                "row_limit": rows,
            }
        ]
    if params["viz_type"] == "pivot_table_v2":
        columns = [[*params["groupbyRows"], *params["groupbyColumns"]]]
    else:
        axis = _axis(params)
        columns = [[axis, *params["groupby"]], *([[axis, *params["groupby_b"]]] if "metrics_b" in params else [])]
    return [
        {
            "columns": asked,
            "metrics": params[f"metrics{end}"],
            "orderby": [],
            "filters": [*filters, *_where(params, f"adhoc_filters{end}")],
            "row_limit": params[f"row_limit{end}"],
        }
        for asked, end in zip(columns, ("", "_b"), strict=False)
    ]


def _axis(params: dict[str, Any]) -> str | dict[str, Any]:
    """Return the axis as a browser asks for it: a time by its grain, anything else by its name."""
    if "time_grain_sqla" not in params:
        return str(params["x_axis"])
    return {
        "timeGrain": params["time_grain_sqla"],
        "columnType": "BASE_AXIS",
        "sqlExpression": params["x_axis"],
        "label": params["x_axis"],
        "expressionType": "SQL",
    }


def _where(params: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [{"col": one["subject"], "op": one["operator"], "val": one["comparator"]} for one in params.get(key, [])]
