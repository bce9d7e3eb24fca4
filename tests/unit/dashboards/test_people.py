"""Accounts follow the list of people: made, mended, closed; and a second time nothing changes."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from dashboards import people
from dashboards.errors import DeployError
from tests.unit.dashboards.worked_page import worked_specs

ROLE_IDS = {"Reader": 5}
KNOWN = "known-password"


@dataclass(frozen=True)
class Somebody:
    user_name: str
    person_name: str = "Dr A Example"
    leadership_level: str = "clinician"
    levels: tuple[str, ...] = ()


class FakeSuperset:
    """Holds accounts as Superset does, and remembers what was asked of it."""

    def __init__(self) -> None:
        self.users: dict[int, dict[str, Any]] = {}
        self.passwords: dict[str, str] = {}

    def list_all(self, path: str, columns: list[str]) -> list[dict[str, Any]]:
        assert path == "security/users/" and "password" not in columns
        return [{**user, "roles": [{"id": role} for role in user["roles"]]} for user in self.users.values()]

    def call(self, method: str, path: str, json: dict[str, Any]) -> dict[str, Any]:
        user_id = len(self.users) + 1 if method == "POST" else int(path.rsplit("/", 1)[1])
        password = json.get("password")
        user = self.users.get(user_id, {"id": user_id}) | {key: json[key] for key in json if key != "password"}
        self.users[user_id] = user
        if password:
            self.passwords[user["username"]] = password
        return {"id": user_id}


@pytest.fixture
def superset(monkeypatch: pytest.MonkeyPatch) -> FakeSuperset:
    fake = FakeSuperset()
    monkeypatch.setattr(people, "can_log_in", lambda _, user, password: fake.passwords.get(user) == password)
    return fake


def apply(superset: FakeSuperset, *persons: Somebody, **passwords: str) -> int:
    return people.apply_accounts(
        superset,  # type: ignore[arg-type]
        deployer="administrator",
        base_url="http://superset",
        specs=worked_specs(),
        role_ids=ROLE_IDS,
        people=persons,
        passwords=passwords,
    )


def test_second_time__changes_nothing(superset: FakeSuperset) -> None:
    persons = [Somebody("alice"), Somebody("bob")]
    assert apply(superset, *persons, alice=KNOWN) == 2
    assert apply(superset, *persons, alice=KNOWN) == 0


def test_password__is_the_given_one_or_one_that_nobody_knows(superset: FakeSuperset) -> None:
    apply(superset, Somebody("alice"), Somebody("bob"), Somebody("carol"), alice=KNOWN)
    assert superset.passwords["alice"] == KNOWN
    assert len(superset.passwords["bob"]) > 30
    assert superset.passwords["bob"] != superset.passwords["carol"]


def test_lost_password__is_set_again(superset: FakeSuperset) -> None:
    apply(superset, Somebody("alice"), alice="an older one")
    assert apply(superset, Somebody("alice"), alice=KNOWN) == 1
    assert superset.passwords["alice"] == KNOWN


def test_person_who_left__is_closed_and_one_who_returns_is_opened(superset: FakeSuperset) -> None:
    apply(superset, Somebody("alice"), Somebody("bob"))
    assert apply(superset, Somebody("alice")) == 1
    assert {user["username"]: user["active"] for user in superset.users.values()} == {"alice": True, "bob": False}
    assert apply(superset, Somebody("alice"), Somebody("bob")) == 1
    assert all(user["active"] for user in superset.users.values())


def test_account_of_another_role__is_left_alone(superset: FakeSuperset) -> None:
    superset.users[1] = {"id": 1, "username": "administrator", "active": True, "roles": [1]}
    apply(superset, Somebody("alice"))
    assert superset.users[1]["active"]


def test_new_name__is_written(superset: FakeSuperset) -> None:
    apply(superset, Somebody("alice", "Dr A Example"))
    assert apply(superset, Somebody("alice", "Dr A Married")) == 1
    assert superset.users[1]["last_name"] == "Married"


def test_unknown_level__is_refused_in_one_sentence(superset: FakeSuperset) -> None:
    with pytest.raises(DeployError, match="alice is at the level 'guest', which has no role"):
        apply(superset, Somebody("alice", leadership_level="guest"))


def test_name_of_the_deploying_account__is_refused(superset: FakeSuperset) -> None:
    with pytest.raises(DeployError, match="deploying account"):
        apply(superset, Somebody("Administrator"))


def test_several_levels__are_several_roles(superset: FakeSuperset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who covers for a lead opens the pages of both; in whatever order the roles are held."""
    specs = worked_specs()
    second = replace(next(iter(specs.roles.values())), name="Second", level="second")
    monkeypatch.setattr("tests.unit.dashboards.test_people.worked_specs", lambda: replace(
        specs, roles={**specs.roles, "Second": second}
    ))  # fmt: skip
    monkeypatch.setitem(ROLE_IDS, "Second", 3)
    both = Somebody("alice", levels=("clinician", "second"))
    assert apply(superset, both) == 1
    assert superset.users[1]["roles"] == [3, 5]
    superset.users[1]["roles"] = [5, 3]
    assert apply(superset, both) == 0
    assert apply(superset, Somebody("alice", levels=("clinician",))) == 1
    assert superset.users[1]["roles"] == [5]
