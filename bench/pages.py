"""How long charts take beside one of `select 1`, and what many viewers at once meet: `python -m bench.pages`.

Needs a running installation with log-ins (`cpw up`), in CPW_HOME.
"""

import itertools
import random
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from bench import questions
from dashboards import specs as spec_files
from dashboards.client import Client
from dashboards.deploy import deployed_numbers
from dashboards.errors import DeployError
from dashboards.specs import Specs
from orchestration import demonstration
from orchestration import settings as settings_module
from orchestration.postgres import connection
from orchestration.services import superset
from orchestration.settings import Settings

SEED = 20_260_930
FLOOR = "select 1"


@dataclass(frozen=True)
class Viewer:
    """Somebody logged in, the page of their level, and what its charts ask while a unit and measure are chosen."""

    client: Client
    page: str
    asked: dict[str, dict[str, Any]]


@click.command()
@click.option(
    "--rounds", default=20, show_default=True, help="Times that each chart is asked, without a cache; 0 leaves it out."
)
@click.option("--viewers", default=50, show_default=True, help="People at once in the second part.")
@click.option("--minutes", default=5.0, show_default=True, help="How long they view; 0 leaves the second part out.")
def main(rounds: int, viewers: int, minutes: float) -> None:
    """Ask every chart of every level, alone and then as many viewers at once; print milliseconds and errors."""
    settings, specs = settings_module.load(), spec_files.load()
    people = log_in(settings, specs)
    administrator = Client(
        superset.address(settings), superset.ADMINISTRATOR, superset.administrator_password(settings)
    )
    if rounds:
        with _floor(administrator, people[-1], specs) as floor:
            _alone(people, people[-1].client, floor, rounds)
    if minutes:
        _together(people, viewers, minutes)


def log_in(settings: Settings, specs: Specs) -> list[Viewer]:
    """Return one viewer for each level."""
    with connection.connect(settings) as owner:
        log_ins = demonstration.log_ins(settings, owner)
    administrator = Client(
        superset.address(settings), superset.ADMINISTRATOR, superset.administrator_password(settings)
    )
    numbers = deployed_numbers(administrator, specs)
    landing = {role.level: role.landing for role in specs.roles.values()}
    found = []
    for person, password in log_ins:
        page = landing[person.leadership_level]
        client = Client(superset.address(settings), person.user_name, password)
        found.append(Viewer(client, page, _asked(settings, person.user_name, page, specs, numbers)))
    return found


def _asked(
    settings: Settings, user: str, page: str, specs: Specs, numbers: dict[str, dict[str, int]]
) -> dict[str, dict[str, Any]]:
    """Return chart -> what a browser posts of it, with the first unit, its busiest measure and last month chosen."""
    with connection.connect(settings) as owner:
        chosen = owner.execute(
            "select line.unit_label, line.measure_title, line.month_label from marts.rpt_measure_summary as line"
            " inner join marts.access_grant as granted using (org_unit_key, audience)"
            " where granted.user_name = %s order by line.unit_order, line.record_count_12m desc nulls last limit 1",
            [user],
        ).fetchone()
    labels = dict(zip(("unit_label", "measure_title", "month_label"), chosen or (), strict=False))
    return {
        name: {
            "datasource": {"id": numbers["dataset"][specs.charts[name].dataset], "type": "table"},
            "form_data": {
                "dashboardId": numbers["dashboard"][page],
                "slice_id": numbers["chart"][name],
            },
            "queries": asked,
            "result_format": "json",
            "result_type": "full",
        }
        for name, asked in questions.of_page(specs.dashboards[page], specs, labels).items()
    }


@contextmanager
def _floor(administrator: Client, viewer: Viewer, specs: Specs) -> Iterator[dict[str, Any]]:
    """Give the question of a chart of `select 1` on a page that the viewer may open, while it is measured."""
    (database,) = administrator.list_all("database/", order="database_name")
    roles = {row["name"]: row["id"] for row in administrator.list_all("security/roles/", ["id", "name"])}
    of_viewer = [roles[role.name] for role in specs.roles.values() if role.landing == viewer.page]
    made: list[str] = []

    def make(kind: str, **what: Any) -> int:  # noqa: ANN401 - whatever the API takes
        number = administrator.call("POST", f"{kind}/", json=what)["id"]
        made.append(f"{kind}/{number}")
        return int(number)

    try:
        dataset = make("dataset", database=database["id"], table_name="bench_floor", sql="select 1 as one")
        page = make("dashboard", dashboard_title="Bench", published=True, roles=of_viewer)
        source = {"datasource_id": dataset, "datasource_type": "table"}
        chart = make("chart", slice_name="Bench", viz_type="table", dashboards=[page], **source)
        yield {
            "datasource": {"id": dataset, "type": "table"},
            "form_data": {"dashboardId": page, "slice_id": chart},
            "queries": [{"columns": ["one"], "row_limit": 1}],
            "result_format": "json",
            "result_type": "full",
        }
    finally:
        for asset in reversed(made):
            administrator.call("DELETE", asset)


def _alone(people: list[Viewer], floor_viewer: Client, floor: dict[str, Any], rounds: int) -> None:
    """Ask one chart at a time, the floor between them, and print both."""
    took: dict[str, list[float]] = {}
    for _ in range(rounds):
        for viewer in people:
            for name, asked in viewer.asked.items():
                took.setdefault(FLOOR, []).append(_time(floor_viewer, floor))
                took.setdefault(f"{viewer.page}: {name}", []).append(_time(viewer.client, asked))
    floors = took.pop(FLOOR)
    click.echo(f"{'chart, uncached':<40} {'median':>8} {'p95':>8} ms   over {FLOOR}")
    for name, times in sorted(took.items(), key=lambda item: -statistics.median(item[1])):
        click.echo(
            f"{name:<40} {statistics.median(times):8.0f} {_p95(times):8.0f}"
            f"      {statistics.median(times) / statistics.median(floors):5.2f}"
        )
    every = [*itertools.chain(*took.values())]
    click.echo(f"{FLOOR:<40} {statistics.median(floors):8.0f} {_p95(floors):8.0f}")
    click.echo(
        f"{len(every):,} chart queries: p95 {_p95(every):.0f} ms, that of {FLOOR} {_p95(floors):.0f} ms,"
        f" ratio {_p95(every) / _p95(floors):.2f}"
    )


def _time(client: Client, asked: dict[str, Any]) -> float:
    """Return the milliseconds of one question that no cache answers."""
    began = time.perf_counter()
    client.call("POST", "chart/data", json=asked | {"force": True})
    return 1000 * (time.perf_counter() - began)


def _together(people: list[Viewer], viewers: int, minutes: float) -> None:
    """Have many people read: each opens a page, its charts one by one, and reads for some seconds before the next."""
    until = time.monotonic() + 60 * minutes
    with ThreadPoolExecutor(viewers) as pool:
        found = [*pool.map(lambda number: _view(people[number % len(people)], number, until), range(viewers))]
    times = [took for one, _ in found for took in one]
    errors = [error for _, some in found for error in some]
    click.echo(
        f"{viewers} viewers for {minutes:g} minutes: {len(times):,} answers, {len(errors)} errors,"
        f" median {statistics.median(times):.0f} ms, p95 {_p95(times):.0f} ms"
    )
    for error in sorted(set(errors))[:10]:
        click.echo(f"  {error}")
    if errors:
        raise SystemExit(1)


def _view(viewer: Viewer, number: int, until: float) -> tuple[list[float], list[str]]:
    """Open charts as a person does until the time is over; return what each took in milliseconds, and the errors."""
    choice = random.Random(SEED + number)  # noqa: S311 - how long a person reads
    took: list[float] = []
    errors: list[str] = []
    time.sleep(choice.uniform(0, 20))
    while time.monotonic() < until:
        for name, asked in _tab(viewer, choice):
            began = time.perf_counter()
            try:
                viewer.client.call("POST", "chart/data", json=asked)
            except DeployError as error:
                errors.append(f"{viewer.page}: {name}: {error}")
            took.append(1000 * (time.perf_counter() - began))
        time.sleep(choice.uniform(10, 30))
    return took, errors


def _tab(viewer: Viewer, choice: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the charts that somebody looks at together: six of the page, as many as a tab has."""
    yield from choice.sample(sorted(viewer.asked.items()), min(6, len(viewer.asked)))


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    main()
