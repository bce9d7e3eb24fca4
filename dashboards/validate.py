"""Proves the chain dashboard -> chart -> dataset -> column from the specs and the dbt manifest, without a server."""

from collections.abc import Iterator

from dashboards import chart_params
from dashboards.errors import SpecError
from dashboards.report_models import Manifest
from dashboards.specs import Chart, Dashboard, Dataset, Specs

SERVED = ("org_unit", "inside", "audience", "scope", "reader", "everyone")
# Columns by which it is known whose a row is, where an access gives a reader some of the rows.
_GIVEN_BY = {
    "org_unit": ("org_unit_key",),
    "inside": ("org_unit_key",),
    "audience": ("org_unit_key", "audience"),
    "scope": ("scope_org_unit_key",),
}


def check(specs: Specs, manifest: Manifest) -> None:
    """Raise `SpecError` that lists every broken link, one per line, when there is any."""
    if problems := [*find_problems(specs, manifest)]:
        raise SpecError("The dashboards cannot be deployed:\n" + "\n".join(f"- {problem}" for problem in problems))


def find_problems(specs: Specs, manifest: Manifest) -> Iterator[str]:
    """Yield a sentence for every link of the chain that leads nowhere, and for every spec that nothing uses."""
    for dataset in specs.datasets.values():
        yield from _dataset(dataset, manifest)
    for chart in specs.charts.values():
        yield from _chart(chart, specs, manifest)
    for dashboard in specs.dashboards.values():
        yield from _dashboard(dashboard, specs, manifest)
    for role in specs.roles.values():
        page = specs.dashboards.get(role.landing)
        if page is None or role.name not in page.roles:
            yield f"Role {role.name} lands on {role.landing}, which is no page that it may open."
    shown = {name for dashboard in specs.dashboards.values() for name in dashboard.charts}
    for name in sorted(specs.charts.keys() - shown):
        yield f"Chart {name} is on no dashboard: remove it."
    used = {chart.dataset for chart in specs.charts.values()}
    used |= {item.dataset for dashboard in specs.dashboards.values() for item in dashboard.filters}
    for name in sorted(specs.datasets.keys() - used):
        yield f"Dataset {name} is used by no chart and no filter: remove it."


def _dataset(dataset: Dataset, manifest: Manifest) -> Iterator[str]:
    model = manifest.models.get(dataset.name)
    if model is None:
        yield f"Dataset {dataset.name}: dbt has no served mart of this name."
        return
    if model.access not in SERVED:
        yield f"Dataset {dataset.name}: its model's access is {model.access!r}, so no reader would see a row."
    given_by = {*_GIVEN_BY.get(model.access or "", ()), *model.further_units}
    for name in sorted(given_by - model.columns.keys()):
        yield f"Dataset {dataset.name}: its model's rows are given by {name}, no column of the contract."
    if model.access == "org_unit" and "audience" in model.columns:
        yield f"Dataset {dataset.name}: its model has rows for an audience; declare access `audience`, not `org_unit`."
    for column in model.columns.values():
        if not column.data_type:
            yield f"Dataset {dataset.name}: the contract gives no data type for {column.name}."
    named = [*dataset.labels, *([dataset.time_column] if dataset.time_column else [])]
    named += [metric["column"] for metric in dataset.metrics.values()]
    for column in sorted(set(named) - model.columns.keys()):
        yield f"Dataset {dataset.name}: {column} is no column of the model's contract."


def _chart(chart: Chart, specs: Specs, manifest: Manifest) -> Iterator[str]:
    try:
        form_data = chart_params.params(chart)
    except SpecError as error:
        yield str(error)
        return
    if chart.dataset not in specs.datasets:
        yield f"Chart {chart.name}: there is no dataset {chart.dataset}."
    elif model := manifest.models.get(chart.dataset):
        for column in sorted(chart_params.columns_read(form_data) - model.columns.keys()):
            yield f"Chart {chart.name}: {column} is no column of {chart.dataset}."


def _dashboard(dashboard: Dashboard, specs: Specs, manifest: Manifest) -> Iterator[str]:
    here = f"Dashboard {dashboard.name}"
    for role in sorted(set(dashboard.roles) - specs.roles.keys()):
        yield f"{here}: there is no role {role}."
    for name in dashboard.charts:
        if name not in specs.charts:
            yield f"{here}: there is no chart {name}."
    yield from _links(dashboard, specs)
    names = {item.name for item in dashboard.filters}
    read = {specs.charts[name].dataset for name in dashboard.charts if name in specs.charts}
    for item in dashboard.filters:
        read.add(item.dataset)
        dataset, model = specs.datasets.get(item.dataset), manifest.models.get(item.dataset)
        if dataset is None or model is None:
            yield f"{here}: filter {item.name} asks for dataset {item.dataset}, which does not exist."
            continue
        if item.column not in model.columns:
            yield f"{here}: filter {item.name} asks for {item.column}, no column of {item.dataset}."
        if item.order_by not in dataset.metrics:
            yield f"{here}: filter {item.name} is ordered by {item.order_by}, no metric of {item.dataset}."
        for chart in sorted(set(item.spares) - set(dashboard.charts)):
            yield f"{here}: filter {item.name} spares {chart}, which is not on the page."
        for parent in sorted(set(item.depends_on) - names):
            yield f"{here}: filter {item.name} depends on {parent}, no filter of the page."
    exposure = manifest.exposures.get(exposure_name(dashboard))
    if exposure is None:
        yield f"{here}: dbt has no exposure {exposure_name(dashboard)}."
    elif exposure.depends_on != read:
        wrong = ", ".join(sorted(exposure.depends_on ^ read))
        yield f"{here}: its exposure in dbt and its charts differ in {wrong}."


def _links(dashboard: Dashboard, specs: Specs) -> Iterator[str]:
    for name in dashboard.links:
        page = specs.dashboards.get(name)
        if page is None:
            yield f"Dashboard {dashboard.name}: it links to {name}, which is no page."
        elif unable := sorted(set(dashboard.roles) - set(page.roles)):
            yield f"Dashboard {dashboard.name}: it links to {name}, which {', '.join(unable)} may not open."


def exposure_name(dashboard: Dashboard) -> str:
    """Return the name under which dbt knows the page."""
    return dashboard.name.replace("-", "_")
