"""Deploys the dashboards to a running Superset: proves the specs, writes what differs, prunes what is gone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dashboards import compile as compiler
from dashboards import drift, identifiers, report_models, rules, validate
from dashboards import specs as spec_files
from dashboards.client import Client
from dashboards.errors import DeployError, SpecError
from dashboards.people import Person, apply_accounts, apply_roles
from dashboards.specs import Specs

__all__ = ["DeployError", "DeployReport", "deploy_dashboards"]

# Dashboards refer to charts and charts to datasets, so this is the order in which assets can go; by their titles.
_PRUNED = {"dashboard": "dashboard_title", "chart": "slice_name", "dataset": "table_name"}


@dataclass(frozen=True)
class DeployReport:
    """What a deploy changed; all zeros when Superset held everything already."""

    dashboards: tuple[str, ...]
    written: int
    pruned: int
    rules: int
    roles: int
    accounts: int

    @property
    def changed(self) -> int:
        """How many things were changed."""
        return self.written + self.pruned + self.rules + self.roles + self.accounts

    def __str__(self) -> str:
        """Say it in one line."""
        what = "nothing to change"
        if self.changed:
            what = f"{self.written} assets written, {self.pruned} removed"
            what += f", {self.rules} rules, {self.roles} roles and {self.accounts} accounts changed"
        return f"Dashboards: {len(self.dashboards)} ({', '.join(self.dashboards)}); {what}"


def deploy_dashboards(
    *,
    base_url: str,
    admin_user: str,
    admin_password: str,
    reader_url: str,
    people: Iterable[Person],
    passwords: Mapping[str, str],
    manifest: Path,
    rows_of_reader: rules.Rows,
) -> DeployReport:
    """Make Superset's dashboards, roles and accounts those of the specs; a second call changes nothing.

    `reader_url` is the warehouse's address for the role that may read served marts only. `people` are all who may
    log in, `passwords` those of the few whose password we know (user name -> password). `manifest` is dbt's,
    and `rows_of_reader` says what each access that it declares lets a reader see.
    Raises `DeployError` with one sentence when a spec is broken, or Superset does not answer or refuses.
    """
    try:
        specs, models = spec_files.load(), report_models.load(manifest)
        validate.check(specs, models)
    except SpecError as error:
        raise DeployError(str(error)) from error
    client = Client(base_url, admin_user, admin_password)
    role_ids, roles = apply_roles(client, specs)
    assets = compiler.bundle(specs, models, reader_url)
    written = _write(client, assets, reader_url)
    written += _open_to_roles(client, specs, role_ids)
    clauses = rules.clauses(specs, models, rows_of_reader)
    # Before the datasets of former rules go.
    ruled = rules.apply(client, clauses, deployed_numbers(client, specs)["dataset"])
    return DeployReport(
        dashboards=tuple(dashboard.title for dashboard in specs.dashboards.values()),
        written=written,
        pruned=_prune(client, assets),
        rules=ruled,
        roles=roles,
        accounts=apply_accounts(
            client,
            base_url=base_url,
            deployer=admin_user,
            specs=specs,
            role_ids=role_ids,
            people=people,
            passwords=passwords,
        ),
    )


def deployed_numbers(client: Client, specs: Specs) -> dict[str, dict[str, int]]:
    """Return kind -> name of a spec -> Superset's own number of the asset, which its API asks for."""
    numbers: dict[str, dict[str, int]] = {}
    for kind, named in (("dataset", specs.datasets), ("chart", specs.charts), ("dashboard", specs.dashboards)):
        by_uuid = {row["uuid"]: row["id"] for row in client.list_all(f"{kind}/", ["id", "uuid"], order=_PRUNED[kind])}
        numbers[kind] = {name: by_uuid[str(identifiers.identify(kind, name))] for name in named}
    return numbers


def _write(client: Client, assets: compiler.Bundle, reader_url: str) -> int:
    """Import the whole bundle when any asset differs: assets refer to each other, and the import is one transaction."""
    differing = drift.differing(assets, drift.read_export(client.download("assets/export/")))
    if differing:
        password = unquote(urlsplit(reader_url).password or "")
        client.upload("assets/import/", compiler.archive(assets), {"databases/warehouse.yaml": password})
    return len(differing)


def _open_to_roles(client: Client, specs: Specs, role_ids: Mapping[str, int]) -> int:
    """Let each page's roles open it; the bundle cannot say so. Return how many pages changed."""
    changed = 0
    for dashboard in specs.dashboards.values():
        uuid = identifiers.identify("dashboard", dashboard.name)
        found = client.call("GET", f"dashboard/{uuid}")["result"]
        wanted = sorted(role_ids[name] for name in dashboard.roles)
        if sorted(role["id"] for role in found["roles"]) != wanted:
            client.call("PUT", f"dashboard/{found['id']}", json={"roles": wanted})
            changed += 1
    return changed


def _prune(client: Client, assets: compiler.Bundle) -> int:
    """Delete our own assets that no spec asks for any more; hand-made ones are not ours."""
    wanted = {asset["uuid"] for asset in assets.values()}
    pruned = 0
    for kind, title in _PRUNED.items():
        for row in [*client.list_all(f"{kind}/", ["id", "uuid"], order=title)]:
            if identifiers.is_ours(row["uuid"]) and row["uuid"] not in wanted:
                client.call("DELETE", f"{kind}/{row['id']}")
                pruned += 1
    return pruned
