"""A run that is killed between two letters, and run again, sends nobody a second one and forgets nobody."""

import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from tests.installations import CPW, BuiltWarehouse, environment
from tests.mail_server import Mailbox

Environment = Callable[[BuiltWarehouse], dict[str, str]]


def start(built: BuiltWarehouse, variables: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(CPW), "notices"],
        env={**environment(built.settings), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_at(count: int, killed: "list[subprocess.Popen[str]]") -> Callable[[str], None]:
    """Return what kills the sender as the server hears the `count`-th of something."""
    heard = []

    def hear(address: str) -> None:
        heard.append(address)
        if len(heard) == count:
            os.kill(killed[0].pid, signal.SIGKILL)

    return hear


def test_killed_twice__everybody_has_one_letter_in_the_end(
    own_small_warehouse: BuiltWarehouse, mailbox: Mailbox, mail_environment: Environment
) -> None:
    """First before the third letter is handed over, then after the server took the sixth and before that is known."""
    variables = mail_environment(own_small_warehouse)
    for moment, count in (("on_address", 3), ("on_message", 4)):
        running: list[subprocess.Popen[str]] = []
        setattr(mailbox, moment, kill_at(count, running))
        running.append(start(own_small_warehouse, variables))
        running[0].communicate(timeout=120)
        assert running[0].returncode == -signal.SIGKILL
        setattr(mailbox, moment, lambda address: None)
    assert len(mailbox.addresses) == 2 + 4

    last = start(own_small_warehouse, variables)
    said, news = last.communicate(timeout=120)
    assert last.returncode == 0, news
    assert len(mailbox.addresses) == len(set(mailbox.addresses)) > 10
    waiting = own_small_warehouse.query(
        "select distinct s.user_name from access.user_scope as s"
        " inner join marts.performance as f on s.org_unit_key = f.org_unit_key"
        " where s.role not in ('auditor', 'analyst', 'coder') and s.state = 'in force' and f.record_count > 0"
    )
    assert set(mailbox.addresses) == {f"{user}@staff.trust.example" for user in waiting["user_name"]}
    # The sixth is told: nobody but the mail server knows that it arrived.
    assert ", 5 before, 1 before or never." in said
    assert f"{mailbox.addresses[5].split('@')[0]}: was handed over when a run broke off" in news


@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
def test_week_that_is_done__is_told_from_the_ledger(
    own_small_warehouse: BuiltWarehouse, mailbox: Mailbox, mail_environment: Environment, arguments: list[str]
) -> None:
    result = subprocess.run(
        [str(CPW), "notices", *arguments],
        env={**environment(own_small_warehouse.settings), **mail_environment(own_small_warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0 and not mailbox.letters
    assert ("0 notices sent" if not arguments else " 0 of ") in result.stdout
