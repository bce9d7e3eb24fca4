"""A page small enough to see through: one dataset, chart, filter and role, and the dbt manifest they stand on."""

from dashboards.report_models import Column, Exposure, Manifest, ReportModel
from dashboards.specs import Chart, Dashboard, Dataset, Filter, Role, Specs

COLUMNS = {
    "org_unit_key": "text",
    "unit_label": "text",
    "unit_order": "integer",
    "month_on": "date",
    "value": "numeric(28, 12)",
}


def worked_manifest() -> Manifest:
    columns = {name: Column(name, data_type, f"{name} in words") for name, data_type in COLUMNS.items()}
    return Manifest(
        models={"rpt_worked": ReportModel("rpt_worked", "One row per unit and month.", "org_unit", columns)},
        exposures={"worked_page": Exposure("worked_page", frozenset({"rpt_worked"}))},
    )


def worked_specs(columns: list[str] | None = None) -> Specs:
    chart = Chart(
        name="worked_table",
        title="Worked table",
        kind="table",
        dataset="rpt_worked",
        show={"columns": columns or ["unit_label", "value"], "order": ["-month_on"]},
    )
    dataset = Dataset(
        name="rpt_worked",
        labels={"unit_label": "Unit"},
        time_column="month_on",
        metrics={"first_place": {"aggregate": "min", "column": "unit_order"}},
    )
    page = Dashboard(
        name="worked-page",
        title="Worked page",
        level="clinician",
        roles=("Reader",),
        rows=(({"chart": "worked_table", "width": 12, "height": 20},),),
        filters=(Filter("Unit", "rpt_worked", "unit_label", order_by="first_place", spares=("worked_table",)),),
    )
    return Specs(
        datasets={dataset.name: dataset},
        charts={chart.name: chart},
        dashboards={page.name: page},
        roles={"Reader": Role("Reader", "clinician", "worked-page")},
        permissions=(("can_read", "Dashboard"),),
    )
