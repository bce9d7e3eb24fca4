"""Makes Superset's roles and accounts those of the specs and of the served list of people."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from dashboards.client import Client, can_log_in
from dashboards.errors import DeployError
from dashboards.specs import Specs

_ENTROPY = 32
# Superset takes a tenth of a second to hash a password: with several at a time it uses all its workers.
_AT_A_TIME = 4


class Person(Protocol):
    """Somebody who may log in, as the mart `person` names them."""

    @property
    def user_name(self) -> str:
        """Name to log in with."""
        ...

    @property
    def person_name(self) -> str:
        """Name to be called by."""
        ...

    @property
    def leadership_level(self) -> str:
        """Level of the hierarchy: the `level` of one of the roles."""
        ...

    @property
    def levels(self) -> Sequence[str]:
        """All levels whose pages are opened, where that is more than the one."""
        ...


def apply_roles(client: Client, specs: Specs) -> tuple[dict[str, int], int]:
    """Make the roles and give each exactly the declared permissions; return role -> id, and how many changed."""
    known = {
        (row["permission"]["name"], row["view_menu"]["name"]): row["id"]
        for row in client.list_all("security/permissions-resources/")
    }
    missing = [f"{action} on {view}" for action, view in specs.permissions if (action, view) not in known]
    if missing:
        raise DeployError(f"Superset knows no permission {', '.join(missing)}: run `superset init`.")
    wanted = {known[pair] for pair in specs.permissions}
    ids = {row["name"]: row["id"] for row in client.list_all("security/roles/", ["id", "name"])}
    changed = 0
    for name in specs.roles:
        if name not in ids:
            ids[name] = client.call("POST", "security/roles/", json={"name": name})["id"]
        held = client.call("GET", f"security/roles/{ids[name]}/permissions/")["result"]
        if {row["id"] for row in held} != wanted:
            client.call(
                "POST", f"security/roles/{ids[name]}/permissions", json={"permission_view_menu_ids": sorted(wanted)}
            )
            changed += 1
    return {name: ids[name] for name in specs.roles}, changed


def apply_accounts(
    client: Client,
    *,
    base_url: str,
    deployer: str,
    specs: Specs,
    role_ids: Mapping[str, int],
    people: Iterable[Person],
    passwords: Mapping[str, str],
) -> int:
    """Make an account for each person, with the roles of their levels; return how many accounts changed.

    A person of whom `passwords` knows nothing gets a password that nobody knows, to be replaced by single sign-on or an
    administrator. An account with one of our roles whose person is gone is closed, not deleted: logs refer to it.
    """
    role_of = {role.level: role_ids[role.name] for role in specs.roles.values()}
    columns = ["id", "username", "first_name", "last_name", "active", "roles.id"]
    held = {row["username"]: row for row in client.list_all("security/users/", columns)}
    expected = {person.user_name: person for person in people}
    changed = 0
    new: list[dict[str, Any]] = []
    for person in expected.values():
        if person.user_name.lower() == deployer.lower():
            raise DeployError(
                f"The user name {person.user_name} is the deploying account's own: give the person another."
            )
        levels = person.levels or (person.leadership_level,)
        if unknown := sorted(set(levels) - role_of.keys()):
            raise DeployError(f"{person.user_name} is at the level {unknown[0]!r}, which has no role.")
        account = _account(person, sorted(role_of[level] for level in levels))
        password = passwords.get(person.user_name)
        found = held.get(person.user_name)
        if found is None:
            new.append(account | {"password": password or secrets.token_urlsafe(_ENTROPY)})
            continue
        difference = _difference(account, found)
        if password and not (found["active"] and can_log_in(base_url, person.user_name, password)):
            difference["password"] = password
        if difference:
            client.call("PUT", f"security/users/{found['id']}", json=difference)
            changed += 1
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        changed += len([*pool.map(lambda account: client.call("POST", "security/users/", json=account), new)])
    ours = set(role_ids.values())
    for name, row in held.items():
        if name not in expected and row["active"] and ours.intersection(role["id"] for role in row["roles"]):
            client.call("PUT", f"security/users/{row['id']}", json={"active": False})
            changed += 1
    return changed


def _account(person: Person, roles: list[int]) -> dict[str, Any]:
    *first, last = person.person_name.split() or [person.user_name]
    return {
        "username": person.user_name,
        "first_name": " ".join(first) or last,
        "last_name": last,
        "email": f"{person.user_name}@warehouse.invalid",
        "active": True,
        "roles": roles,
    }


def _difference(account: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    held = found | {"roles": sorted(role["id"] for role in found["roles"])}
    return {key: value for key, value in account.items() if key in held and held[key] != value}
