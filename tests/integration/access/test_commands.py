"""`cpw access` decides, lists what was decided, and says in one sentence what is wrong and what to do."""

from datetime import date, timedelta

import psycopg
import pytest

from tests.installations import BuiltWarehouse

BY = ["--by", "dr.chair", "--reason", "cover for leave"]
WRONG = [
    (["grant", "nobody.here", "D110", "clinical lead", *BY], "Nobody has the user name 'nobody.here'"),
    (["grant", "auditer", "D110", "clinical lead", *BY], "Nearest: auditor"),
    (["grant", "auditor", "Orthopedics", "clinical lead", *BY], "department:D110 (Trauma and Orthopaedics)"),
    (["grant", "auditor", "D110", "clinician", *BY], "is a unit of level department; the role 'clinician' is held on"),
    (["grant", "auditor", "D110", "king", *BY], "There is no role 'king'"),
    (
        ["grant", "auditor", "D110", "clinical lead", *BY, "--from", "2027-02-01", "--to", "2027-01-01"],
        "is before --from",
    ),
    (["grant", "auditor", "D110", "clinical lead", *BY, "--from", "2020-01-01", "--to", "2020-02-01"], "is past"),
    (["grant", "auditor", "D110", "clinical lead", "--by", "x", "--reason", " "], "--reason is empty"),
    (["grant", "auditor", "D110", "clinical lead", "--by", "x"], "Missing option '--reason'"),
    (["end", "999999", *BY], "There is no scope 999999"),
    (["suspend", "nobody.here", *BY], "Nobody has the user name"),
    (["restore", "auditor", *BY], "auditor is not suspended"),
]


@pytest.mark.parametrize(
    ("arguments", "said"), WRONG, ids=lambda value: " ".join(value[:4]) if isinstance(value, list) else ""
)
def test_what_cannot_be_decided__is_said_in_one_sentence(
    small_warehouse: BuiltWarehouse, arguments: list[str], said: str
) -> None:
    result = small_warehouse.cpw("access", *arguments)
    assert result.returncode == 2, result.stdout
    assert said in result.stderr and len(result.stderr.strip().splitlines()) == 1


def test_scope__is_granted_listed_and_ended(small_warehouse: BuiltWarehouse, owner: psycopg.Connection) -> None:
    last = date.today() + timedelta(days=30)
    granted = small_warehouse.cpw(
        "access", "grant", "visitor.command", "D110", "clinical lead", "--to", str(last), "--name", "Dr V Command", *BY
    )
    assert granted.returncode == 0, granted.stderr
    number = granted.stdout.split(":")[0].removeprefix("Scope ")
    listed = small_warehouse.cpw("access", "list", "visitor.command").stdout
    assert all(
        word in listed for word in (number, "clinical lead", "department:D110", str(last), "in force", "dr.chair")
    )
    assert "because: cover for leave" in listed
    assert small_warehouse.cpw("access", "end", number, *BY).returncode == 0
    assert "ended by dr.chair: cover for leave" in small_warehouse.cpw("access", "list", "visitor.command").stdout
    again = small_warehouse.cpw("access", "end", number, *BY)
    assert (again.returncode, "was ended before" in again.stderr) == (2, True)


def test_list__of_all_tells_feed_and_hand_apart(small_warehouse: BuiltWarehouse) -> None:
    lines = small_warehouse.cpw("access", "list").stdout.splitlines()
    assert sum("workforce feed" in line for line in lines) > 20
    assert "visitor.command" in "\n".join(lines)
