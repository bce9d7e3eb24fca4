"""The weekly job in Dagster: it tells what it did, fails at its end where somebody got none, and writes no password."""

from collections.abc import Callable
from datetime import date

import dagster as dg
import pytest

from orchestration.assets.notices import weekly_digest
from orchestration.notice.send import NO_SERVER
from tests.installations import BuiltWarehouse
from tests.mail_server import Mailbox

Run = Callable[[], tuple[bool, str]]


@pytest.fixture
def run(
    own_small_warehouse: BuiltWarehouse,
    mail_environment: Callable[[BuiltWarehouse], dict[str, str]],
) -> Run:
    """Run the job as Dagster does; return whether it succeeded, and all that it wrote."""
    mail_environment(own_small_warehouse)

    def run() -> tuple[bool, str]:
        with dg.DagsterInstance.ephemeral() as instance:
            result = weekly_digest.execute_in_process(instance=instance, raise_on_error=False)
            written = [str(entry) for entry in instance.all_logs(result.run_id)]
        return result.success, "\n".join(written)

    return run


def test_job__sends_and_says_so(mailbox: Mailbox, week: date, run: Run) -> None:
    is_done, written = run()
    assert is_done and f"{len(mailbox.letters)} notices sent for the week of {week}." in written
    assert len(mailbox.letters) > 10
    assert run()[0] and len(mailbox.addresses) == len(set(mailbox.addresses)) == len(mailbox.letters)


def test_job__fails_at_its_end_where_somebody_got_none(mailbox: Mailbox, week: date, run: Run) -> None:
    run_before = iter(range(10**6))

    def refuse_third(address: str) -> None:
        if next(run_before) == 2:
            mailbox.refused[address] = "550 no such person"

    mailbox.on_address = refuse_third
    is_done, written = run()
    (refused,) = mailbox.refused
    assert not is_done and "1 failed." in written and "550 no such person" in written
    assert len(mailbox.addresses) > 10 and refused not in mailbox.addresses


def test_job__without_a_server_ends_well(
    mailbox: Mailbox, week: date, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CPW_SMTP_URL")
    is_done, written = run()
    assert is_done and NO_SERVER in written and not mailbox.letters


def test_password__is_in_no_log(mailbox: Mailbox, week: date, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that knows no log-in makes the job fail with the password at hand."""
    monkeypatch.setenv("CPW_SMTP_URL", f"smtp://warehouse@127.0.0.1:{mailbox.port}")
    monkeypatch.setenv("CPW_SMTP_PASSWORD", "hunter2")
    is_done, written = run()
    assert not is_done and "does not offer a log-in" in written
    assert "hunter2" not in written and not mailbox.letters
