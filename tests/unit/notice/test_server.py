"""What is said to a mail server, to a real one: encrypted or local, logged in, each message once or certainly not."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.notice import server
from orchestration.settings import Mail
from tests import mail_server
from tests.mail_server import PASSWORD, USER, Mailbox

LETTER = b"Subject: what waits\r\n\r\n.A line that begins with a dot.\r\n"


def mail_of(mailbox: Mailbox, **more: object) -> Mail:
    values = {"host": "127.0.0.1", "port": mailbox.port, "is_tls": False, "user": None, "password": None}
    return Mail(**{**values, "sender": "warehouse@trust.example", "domain": "trust.example", **more})


def send(mail: Mail, *addresses: str) -> tuple[list[str], dict[str, Exception]]:
    """Send the letter to each address on one line; return to whom it was handed over, and what went wrong."""
    handed, wrong = [], {}
    line = server.Line(mail)
    for address in addresses:
        try:
            line.deliver(address, LETTER, lambda address=address: handed.append(address))
        except server.ServerError:
            raise
        except Exception as error:
            wrong[address] = error
    line.close()
    return handed, wrong


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server.running() as mailbox:
        yield mailbox


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return mail_server.certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def context(files: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


@pytest.fixture
def guarded(context: ssl.SSLContext) -> Iterator[Mailbox]:
    """A server that takes nothing before STARTTLS and a log-in."""
    options = {"tls_context": context, "require_starttls": True, "auth_required": True}
    with mail_server.running(authenticator=mail_server.check_password, **options) as mailbox:
        yield mailbox


def test_letter__arrives_whole_on_this_machine(mailbox: Mailbox) -> None:
    handed, wrong = send(mail_of(mailbox), "a@trust.example", "b@trust.example")
    assert (handed, wrong, mailbox.addresses) == (
        ["a@trust.example", "b@trust.example"], {}, ["a@trust.example", "b@trust.example"]
    )  # fmt: skip
    assert mailbox.letters[0][1].get_content().strip() == ".A line that begins with a dot."


def test_address_that_is_refused__keeps_no_other_from_theirs(mailbox: Mailbox) -> None:
    mailbox.refused["b@trust.example"] = "550 no such\tperson"
    handed, wrong = send(mail_of(mailbox), "a@trust.example", "b@trust.example", "c@trust.example")
    assert handed == mailbox.addresses == ["a@trust.example", "c@trust.example"]
    assert isinstance(wrong["b@trust.example"], server.RefusedError)
    assert str(wrong["b@trust.example"]) == "refused (550 no such person)."


def test_server_that_goes_away_over_a_letter__leaves_that_one_in_doubt_and_is_called_again(mailbox: Mailbox) -> None:
    mailbox.hung_up_on.add("b@trust.example")
    handed, wrong = send(mail_of(mailbox), "a@trust.example", "b@trust.example", "c@trust.example")
    assert handed == ["a@trust.example", "b@trust.example", "c@trust.example"]
    assert mailbox.addresses == ["a@trust.example", "c@trust.example"]
    assert isinstance(wrong["b@trust.example"], server.DoubtError) and len(wrong) == 1


def test_nobody_who_answers__is_told_in_one_sentence(mailbox: Mailbox) -> None:
    with pytest.raises(server.ServerError, match=r"^The mail server 127.0.0.1:1 cannot be reached: .*refused\.$"):
        send(mail_of(mailbox, port=1), "a@trust.example")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_starttls_and_log_in__come_before_the_letter(guarded: Mailbox, files: tuple[Path, Path], host: str) -> None:
    """0.0.0.0 is this machine, and does not look like it: what another machine would be asked, it is asked."""
    mail = mail_of(guarded, host=host, user=USER, password=PASSWORD, ca_file=files[0])
    assert send(mail, "a@trust.example") == (["a@trust.example"], {})
    assert (guarded.was_encrypted, guarded.logged_in) == ([True], [True])


def test_smtps__is_encrypted_from_the_first_byte(context: ssl.SSLContext, files: tuple[Path, Path]) -> None:
    with mail_server.running(ssl_context=context) as mailbox:
        send(mail_of(mailbox, is_tls=True, ca_file=files[0]), "a@trust.example")
    assert mailbox.addresses == ["a@trust.example"]


def test_another_machine_without_starttls__is_sent_nothing(mailbox: Mailbox) -> None:
    with pytest.raises(server.ServerError, match="does not offer STARTTLS"):
        send(mail_of(mailbox, host="0.0.0.0"), "a@trust.example")
    assert not mailbox.letters


def test_certificate_of_nobody_we_know__is_not_trusted(guarded: Mailbox) -> None:
    with pytest.raises(server.ServerError, match=r"cannot be trusted .*CPW_SMTP_CA_FILE"):
        send(mail_of(guarded, host="0.0.0.0", user=USER, password=PASSWORD), "a@trust.example")
    assert not guarded.letters


def test_wrong_password__is_told_without_it(guarded: Mailbox, files: tuple[Path, Path]) -> None:
    mail = mail_of(guarded, user=USER, password="hunter2", ca_file=files[0])
    with pytest.raises(server.ServerError, match=f"does not let {USER} in") as told:
        send(mail, "a@trust.example")
    assert "hunter2" not in f"{told.value}{told.value.__context__}{mail}"
    assert not guarded.letters


def test_log_in_that_nobody_asks_for__is_told(mailbox: Mailbox) -> None:
    """A server without log-ins would take the letter of anybody: it is not the one that the settings mean."""
    with pytest.raises(server.ServerError, match="does not offer a log-in"):
        send(mail_of(mailbox, user=USER, password=PASSWORD), "a@trust.example")


def test_answers__are_written_down_as_one_short_line(mailbox: Mailbox) -> None:
    mailbox.refused["a@trust.example"] = "550 " + "far too long " * 30
    refused: Callable[[str], str] = lambda address: str(send(mail_of(mailbox), address)[1][address])  # noqa: E731
    assert len(refused("a@trust.example")) < 230
