"""The kinds of chart: each turns a short spec into Superset's parameters, and says which columns it reads.

Every metric is an aggregate of one column and every filter a comparison of one column; there is no free SQL in a
chart, so what a chart reads can be proven from the contract of its model.
"""

from collections.abc import Callable, Iterator
from typing import Any

from dashboards import theme
from dashboards.errors import SpecError
from dashboards.specs import Chart

Params = dict[str, Any]
_MIXED, _BAR, _TABLE = "mixed_timeseries", "echarts_timeseries_bar", "table"
# 93.4, 3,600, 19: measures of any unit share a chart, so one format must fit all.
_NUMBER = ",.1~f"
_NO_GRID = "{ xAxis: { splitLine: { show: false } } }"


def params(chart: Chart) -> Params:
    """Return Superset's form data of `chart`, `viz_type` included. Raises `SpecError` for an unknown kind or key."""
    try:
        build = KINDS[chart.kind]
    except KeyError:
        raise SpecError(f"Chart {chart.name}: {chart.kind} is no kind of chart; known: {', '.join(KINDS)}.") from None
    try:
        return build(**chart.show)
    except TypeError as error:
        raise SpecError(f"Chart {chart.name} ({chart.kind}): {str(error).split('() ')[-1]}.") from None


def columns_read(form_data: Params) -> set[str]:
    """Return every column of the dataset that a chart with these parameters reads."""
    return set(_columns(form_data))


def _columns(form_data: Params) -> Iterator[str]:
    for key in ("all_columns", "groupby", "groupby_b", "groupbyRows", "groupbyColumns"):
        yield from form_data.get(key, [])
    if form_data.get("x_axis"):
        yield form_data["x_axis"]
    for key in ("metrics", "metrics_b"):
        yield from (metric["column"]["column_name"] for metric in form_data.get(key, []))
    for key in ("adhoc_filters", "adhoc_filters_b"):
        yield from (clause["subject"] for clause in form_data.get(key, []))
    for order in form_data.get("order_by_cols", []):
        yield order[2:].split('"')[0]


def _table(
    *,
    columns: list[str],
    order: list[str],
    rows: int = 1000,
    page: int = 0,
    widths: dict[str, int] | None = None,
    right: list[str] | None = None,
    whole: list[str] | None = None,
    where: dict[str, Any] | None = None,
    pages_on_server: bool = False,
    search: bool = False,
    times: list[str] | None = None,
) -> Params:
    """Rows as they are, `order` first to last ("-column" descends); cells may hold the HTML that our models built.

    `right` are texts set to the right, `whole` are whole numbers, `times` are dates with a time of day.
    """
    config: dict[str, dict[str, Any]] = {name: {"columnWidth": width} for name, width in (widths or {}).items()}
    for name in right or []:
        config.setdefault(name, {})["horizontalAlign"] = "right"
    for name in whole or []:
        config.setdefault(name, {})["d3NumberFormat"] = ",d"
    for name in times or []:
        config.setdefault(name, {})["d3TimeFormat"] = "%d %b %Y %H:%M"
    return {
        "viz_type": _TABLE,
        "query_mode": "raw",
        "all_columns": list(columns),
        "order_by_cols": [f'["{name.lstrip("-")}",{str(not name.startswith("-")).lower()}]' for name in order],
        "adhoc_filters": _where(where),
        "row_limit": rows,
        "page_length": page,
        "server_pagination": pages_on_server,
        **({"server_page_length": page} if pages_on_server else {}),
        "include_search": search,
        "allow_render_html": True,
        "show_cell_bars": False,
        "color_pn": False,
        "table_timestamp_format": "%d %b %Y",
        "column_config": config,
    }


def _html(*, column: str, where: dict[str, Any] | None = None) -> Params:
    """One cell of HTML that a model built, without table furniture (the page style hides that of `.cpw-block`)."""
    # A limit equal to the rows found shows a warning, so it is one more than a block ever has.
    return _table(columns=[column], order=[], rows=20, where=where)


def _spc(
    *, x: str, lines: dict[str, str], limits: list[str], points: dict[str, str], marks: dict[str, str] | None = None
) -> Params:
    """An SPC chart by month: `lines` and coloured `points` (column -> label) on a band between the two `limits`.

    The first of `limits` is the lower. Superset shades between two lines whose names end as theirs do here. `marks`
    (column -> label) are pins that stand on their months and leave the points to be seen.
    """
    band = [
        _metric(column, f"{theme.BAND}__yhat_{end}") for column, end in zip(limits, ("lower", "upper"), strict=True)
    ]
    points = points | (marks or {})
    return {
        "viz_type": _MIXED,
        "x_axis": x,
        "time_grain_sqla": "P1M",
        "metrics": [*[_metric(column, label) for column, label in lines.items()], *band],
        "groupby": [],
        "adhoc_filters": [],
        "seriesType": "line",
        "markerEnabled": False,
        "metrics_b": [_metric(column, label) for column, label in points.items()],
        "groupby_b": [],
        "adhoc_filters_b": [],
        "seriesTypeB": "scatter",
        "markerEnabledB": True,
        "markerSizeB": 9,
        # All series are there, in the order of their names, whether they have a point or not: pins go by their place.
        "show_empty_columns": True,
        "show_empty_columns_b": True,
        "sort_series_type": "name",
        "sort_series_type_b": "name",
        "sort_series_ascending": True,
        "sort_series_ascending_b": False,
        "row_limit": 1000,
        "row_limit_b": 1000,
        "x_axis_time_format": "%b %y",
        "tooltipTimeFormat": "%B %Y",
        "rich_tooltip": True,
        "truncateYAxis": True,
        "y_axis_bounds": [None, None],
        "y_axis_format": _NUMBER,
        "show_legend": True,
        "legendType": "plain",
        "legendOrientation": "bottom",
        "echart_options": _with_pins([*points.values()], [*(marks or {}).values()], after=len(lines) + len(band)),
    }


def _with_pins(points: list[str], marks: list[str], *, after: int) -> str:
    """Return the options of a chart that draw some of its point series as pins: Superset itself has one sign for all.

    A series has its number alone: those of lines and limits (`after`) come first, then those of points by their names,
    from the last to the first: in the legend special causes stand before what people said of them.
    """
    drawn = sorted(points, key=str.casefold, reverse=True)
    pins = [
        f"{{ type: 'continuous', show: false, seriesIndex: {after + drawn.index(mark)}, dimension: 1, min: -1000000000,"
        f" max: 1000000000, inRange: {{ symbol: '{symbol}', symbolSize: [{size}, {size}] }} }}"
        for mark, (symbol, size) in zip(marks, theme.PINS, strict=False)
    ]
    grid = _NO_GRID.removesuffix(" }")
    return f"{grid}, visualMap: [{', '.join(pins)}] }}" if pins else _NO_GRID


def _counts(*, x: str, count: str, label: str) -> Params:
    """Bars of one count by month: the n that belongs under a chart of values."""
    return {
        "viz_type": _BAR,
        "orientation": "vertical",
        "x_axis": x,
        "time_grain_sqla": "P1M",
        "metrics": [_metric(count, label)],
        "groupby": [],
        "adhoc_filters": [],
        "row_limit": 1000,
        "x_axis_time_format": "%b %y",
        "tooltipTimeFormat": "%B %Y",
        "rich_tooltip": True,
        "y_axis_bounds": [0, None],
        "y_axis_format": ",d",
        "show_legend": True,
        "legendType": "plain",
        "legendOrientation": "top",
        "echart_options": _NO_GRID,
    }


def _bars(*, x: str, value: str, series: str, rows: int = 200, where: dict[str, Any] | None = None) -> Params:
    """Horizontal bars in the order of their names, never of their values: a comparison is no league table."""
    return {
        "viz_type": _BAR,
        "orientation": "horizontal",
        "x_axis": x,
        "xAxisForceCategorical": True,
        # Rows come in the order of their names; a horizontal axis of names counts from below unless it is turned.
        "echart_options": "{ yAxis: { inverse: true } }",
        "metrics": [_metric(value, "value")],
        "groupby": [series],
        "adhoc_filters": _where(where),
        "stack": "Stack",
        "only_total": True,
        "show_value": True,
        "row_limit": rows,
        "truncate_metric": True,
        "rich_tooltip": False,
        "y_axis_format": _NUMBER,
        "show_legend": True,
        "legendType": "plain",
        "legendOrientation": "top",
        "y_axis_bounds": [0, None],
    }


def _stack(*, x: str, values: dict[str, str]) -> Params:
    """Horizontal bars of sums, one colour per column of `values` (column -> label), in the order of their names."""
    return {
        **_bars(x=x, value="", series=""),
        "metrics": [_metric(column, label, "SUM") for column, label in values.items()],
        "groupby": [],
        "show_value": False,
        "y_axis_format": ",d",
        "rich_tooltip": True,
    }


def _funnel(
    *, x: str, x_title: str, kind: str, limits: dict[str, str], limits_are: str, points: dict[str, str]
) -> Params:
    """Points (column -> label) over size `x`, between limits (column -> label).

    The column `kind` says what a row is: a point by its label, or `limits_are`. No label says whose a point is.
    """
    return {
        "viz_type": _MIXED,
        "x_axis": x,
        "metrics": [_metric(column, label) for column, label in limits.items()],
        "groupby": [],
        "adhoc_filters": _where({kind: limits_are}),
        "seriesType": "line",
        "markerEnabled": False,
        "metrics_b": [_metric(column, label) for column, label in points.items()],
        "groupby_b": [],
        "adhoc_filters_b": _where({kind: [*points.values()]}),
        "seriesTypeB": "scatter",
        "markerEnabledB": True,
        "markerSizeB": 11,
        "row_limit": 1000,
        "row_limit_b": 1000,
        "rich_tooltip": False,
        "truncateXAxis": False,
        "x_axis_number_format": _NUMBER,
        "x_axis_title": x_title,
        "x_axis_title_margin": 30,
        "truncateYAxis": True,
        "y_axis_bounds": [None, None],
        "y_axis_format": _NUMBER,
        "show_legend": True,
        "legendType": "plain",
        "legendOrientation": "top",
        "echart_options": _NO_GRID,
    }


def _matrix(*, rows: list[str], columns: list[str], cell: str, where: dict[str, Any] | None = None) -> Params:
    """A table of `rows` by `columns`, each in the order of names, with one cell of HTML that a model built."""
    return {
        "viz_type": "pivot_table_v2",
        "groupbyRows": list(rows),
        "groupbyColumns": list(columns),
        "metrics": [_metric(cell, "cell")],
        "metricsLayout": "COLUMNS",
        "adhoc_filters": _where(where),
        "aggregateFunction": "First",
        "valueFormat": "SMART_NUMBER",
        "rowOrder": "key_a_to_z",
        "colOrder": "key_a_to_z",
        "rowTotals": False,
        "colTotals": False,
        "row_limit": 5000,
        "allow_render_html": True,
    }


def _metric(column: str, label: str, aggregate: str = "MAX") -> Params:
    """An aggregate of one column; MAX where the rows are already one per mark."""
    return {
        "expressionType": "SIMPLE",
        "column": {"column_name": column},
        "aggregate": aggregate,
        "label": label,
        "hasCustomLabel": True,
        "optionName": f"metric_{column}_{aggregate.lower()}",
    }


def _where(conditions: dict[str, Any] | None) -> list[Params]:
    return [
        {
            "expressionType": "SIMPLE",
            "clause": "WHERE",
            "subject": column,
            "operator": "IN",
            "comparator": value if isinstance(value, list) else [value],
        }
        for column, value in (conditions or {}).items()
    ]


KINDS: dict[str, Callable[..., Params]] = {
    "table": _table,
    "html": _html,
    "spc": _spc,
    "counts": _counts,
    "bars": _bars,
    "stack": _stack,
    "funnel": _funnel,
    "matrix": _matrix,
}
