"""The bundle: the same specs give the same bytes, names give ids, colours come from one place."""

import re
from dataclasses import replace
from pathlib import Path

import yaml

from dashboards import chart_params, compile, identifiers, layout, specs, theme
from tests.unit.dashboards.worked_page import worked_manifest, worked_specs

READER = "postgresql://cpw_reader:p%40ss@127.0.0.1:5432/cpw"
REPORT_MACROS = Path(__file__).parents[3] / "dbt_project" / "macros" / "report"


def test_archive__is_the_same_bytes_every_time() -> None:
    first, second = (compile.archive(compile.bundle(worked_specs(), worked_manifest(), READER)) for _ in range(2))
    assert first == second


def test_identify__is_fixed_for_a_name() -> None:
    """A changed namespace would make every deployed page a stranger: this id may never change."""
    assert str(identifiers.identify("dashboard", "my-practice")) == "3db5ebef-7f21-549b-a0cd-0a71e546be9d"
    assert identifiers.identify("chart", "trend") != identifiers.identify("dataset", "trend")


def test_is_ours__spares_what_people_made_by_hand() -> None:
    assert identifiers.is_ours(str(identifiers.identify("chart", "trend")))
    assert not identifiers.is_ours("8f14e45f-ceea-467f-a8f0-0e4d3f8b2c11")


def test_dataset__takes_its_columns_from_the_contract() -> None:
    dataset = compile.bundle(worked_specs(), worked_manifest(), READER)["datasets/warehouse/rpt_worked.yaml"]
    columns = {column["column_name"]: column for column in dataset["columns"]}
    assert columns.keys() == worked_manifest().models["rpt_worked"].columns.keys()
    assert columns["month_on"]["is_dttm"] and not columns["value"]["is_dttm"]
    assert columns["unit_label"]["verbose_name"] == "Unit"
    assert dataset["schema"] == "marts"


def test_database__caches_by_user_and_opens_no_sql_lab() -> None:
    database = compile.bundle(worked_specs(), worked_manifest(), READER)["databases/warehouse.yaml"]
    assert database["extra"]["per_user_caching"] is True
    assert not any(database[name] for name in ("expose_in_sqllab", "allow_dml", "allow_ctas", "allow_cvas"))
    assert database["sqlalchemy_uri"].startswith("postgresql+psycopg2://")


def test_dashboard__refers_to_charts_and_datasets_by_id() -> None:
    page = compile.bundle(worked_specs(), worked_manifest(), READER)["dashboards/worked-page.yaml"]
    charts = [part for part in page["position"].values() if isinstance(part, dict) and part["type"] == "CHART"]
    assert [chart["meta"]["uuid"] for chart in charts] == [str(identifiers.identify("chart", "worked_table"))]
    (unit,) = page["metadata"]["native_filter_configuration"]
    assert unit["targets"][0]["datasetUuid"] == str(identifiers.identify("dataset", "rpt_worked"))
    assert unit["scope"]["excluded"] == [charts[0]["meta"]["chartId"]]


def test_records__are_never_cached() -> None:
    """Rows of patients do not lie about in the cache's folder."""
    house = specs.load()
    assert not house.datasets["rpt_record"].is_cached
    assert not house.datasets["rpt_dispute"].is_cached


def test_what_people_said__is_never_cached() -> None:
    """Who has just said something finds it on the page."""
    house = specs.load()
    said = {"rpt_comment", "rpt_decision", "rpt_objective", "rpt_validation_month", "rpt_validation_unit"}
    assert not {name for name in said | {"rpt_validation_work"} if house.datasets[name].is_cached}


def test_pins__are_drawn_for_the_series_of_their_marks() -> None:
    """Superset numbers series: lines and limits, then points by name from the last to the first."""
    chart = specs.load().charts["trend"]
    options = str(chart_params.params(chart)["echart_options"])
    drawn = re.findall(r"seriesIndex: (\d+).*?symbol: '(\w+)'", options)
    # After five lines: three special causes, Several comments, Limits calculated anew, Comment, As other months.
    assert drawn == [("10", "pin"), ("8", "pin"), ("9", "diamond")]
    unmarked = {name: shown for name, shown in chart.show.items() if name != "marks"}
    assert "visualMap" not in chart_params.params(replace(chart, show=unmarked))["echart_options"]


def test_every_metric__is_an_aggregate_of_one_column() -> None:
    """No chart holds SQL: that is what makes its columns provable."""
    for chart in specs.load().charts.values():
        form_data = chart_params.params(chart)
        parts = [form_data.get(key, []) for key in ("metrics", "metrics_b", "adhoc_filters", "adhoc_filters_b")]
        assert all(part["expressionType"] == "SIMPLE" for group in parts for part in group), chart.name


def test_every_row__fits_the_page() -> None:
    house = specs.load()
    for dashboard in house.dashboards.values():
        assert layout.positions(dashboard, house)["GRID_ID"]["children"]


def test_comparison__is_ordered_by_name_and_never_by_value() -> None:
    form_data = chart_params.params(specs.load().charts["comparison"])
    assert not any("sort" in key and value for key, value in form_data.items())
    assert not form_data.get("timeseries_limit_metric")
    assert specs.load().charts["comparison_table"].show["order"] == ["unit_order"]


def test_small_pictures__have_the_colours_of_the_theme() -> None:
    written = re.search(r"return\((\{.*?\})", (REPORT_MACROS / "colour.sql").read_text(), re.DOTALL).group(1)
    colours = yaml.safe_load(written)
    assert colours == {name: theme.read_theme()["series"][name] for name in colours}


def test_series_labels__of_charts_and_models_all_have_a_colour() -> None:
    """A label without a colour would be painted by chance."""
    comparison = (REPORT_MACROS.parents[1] / "models/marts/report/rpt_comparison.sql").read_text()
    of_units = re.findall(r"'([A-Z][^']*) \('", comparison)
    coloured = theme.label_colours(["cases per list"])
    assert len(of_units) == 3
    assert all(f"{label} ({unit})" in coloured for label in of_units for unit in ("%", "cases per list"))
    drawn = {
        metric["label"]
        for chart in specs.load().charts.values()
        if chart.kind not in {"matrix", "bars"}
        for key in ("metrics", "metrics_b")
        for metric in chart_params.params(chart).get(key, [])
    }
    assert len(drawn) > 20
    assert drawn <= coloured.keys()


def test_tabs__hold_their_rows_and_links_lead_to_pages() -> None:
    house = specs.load()
    page = house.dashboards["my-practice"]
    tree = layout.positions(page, house)
    (tabs,) = [part for part in tree.values() if isinstance(part, dict) and part["type"] == "TABS"]
    assert tree["GRID_ID"]["children"][-1] == tabs["id"]
    assert [tree[tab]["meta"]["text"] for tab in tabs["children"]] == [tab.title for tab in page.tabs]
    for part in tree.values():
        for child in part.get("children", []) if isinstance(part, dict) else []:
            assert child == "GRID_ID" or tree[child]["parents"][-1] == part["id"]
    (links,) = [part["meta"]["code"] for part in tree.values() if isinstance(part, dict) and part["type"] == "MARKDOWN"]
    assert "[Measure catalogue](/superset/dashboard/measure-catalogue/)" in links


def test_page_style__names_no_unknown_colour() -> None:
    assert "$" not in theme.page_style()
