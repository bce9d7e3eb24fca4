"""The settings of the mail server: what is read, what is refused in one sentence; the password is never shown."""

from pathlib import Path

import pytest

from orchestration import settings
from orchestration.settings import Mail, SettingsError

WHOLE = {
    "CPW_SMTP_URL": "smtp://cpw%40trust@mail.trust.example",
    "CPW_SMTP_PASSWORD": "hunter2",
    "CPW_MAIL_FROM": "performance@trust.example",
    "CPW_MAIL_DOMAIN": "staff.trust.example",
    "CPW_PUBLIC_URL": "https://performance.trust.example",
}
ALONE = {**WHOLE, "CPW_SMTP_URL": "smtp://mail.trust.example", "CPW_SMTP_PASSWORD": ""}
WRONG = [
    ({"CPW_SMTP_URL": "smtp://cpw:hunter2@mail.trust.example"}, "give it in CPW_SMTP_PASSWORD"),
    ({"CPW_SMTP_URL": "mail.trust.example"}, "must read smtp://"),
    ({"CPW_SMTP_URL": "https://mail.trust.example"}, "must read smtp://"),
    ({"CPW_SMTP_URL": "smtp://cpw@mail.trust.example:none"}, "must read smtp://"),
    ({"CPW_SMTP_URL": "smtp://mail.trust.example"}, "needs both"),
    ({"CPW_SMTP_PASSWORD": ""}, "needs both"),
    ({"CPW_MAIL_FROM": ""}, "CPW_MAIL_FROM"),
    ({"CPW_MAIL_FROM": "", "CPW_PUBLIC_URL": ""}, "CPW_MAIL_FROM and CPW_PUBLIC_URL"),
    ({"CPW_MAIL_FROM": "a@trust.example\r\nBcc: b@elsewhere.example"}, "give one address"),
    ({"CPW_MAIL_FROM": "a@trust.example, b@elsewhere.example"}, "give one address"),
    ({"CPW_MAIL_DOMAIN": "trust.example\nBcc: b"}, "what follows the @"),
    ({"CPW_MAIL_DOMAIN": "@trust.example"}, "what follows the @"),
]


def read(**changed: str) -> Mail:
    mail = settings.load({**WHOLE, **changed}).mail
    assert mail is not None
    return mail


def test_mail__is_read_whole() -> None:
    assert read() == Mail(
        "mail.trust.example", 587, False, "cpw@trust", "hunter2", "performance@trust.example", "staff.trust.example"
    )
    over_tls = read(CPW_SMTP_URL="smtps://cpw@mail.trust.example", CPW_SMTP_CA_FILE="/etc/trust.pem")
    assert (over_tls.port, over_tls.is_tls, over_tls.ca_file) == (465, True, Path("/etc/trust.pem"))


def test_no_server__is_no_mail() -> None:
    assert settings.load({"CPW_MAIL_FROM": "performance@trust.example"}).mail is None


@pytest.mark.parametrize(("changed", "said"), WRONG)
def test_what_cannot_be_used__is_said_in_one_sentence(changed: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.load({**WHOLE, **changed})
    assert said in str(refused.value) and "hunter2" not in str(refused.value)


def test_password__is_in_no_text_of_the_settings() -> None:
    whole = settings.load(WHOLE)
    assert "hunter2" not in f"{whole!r}{whole}{whole.mail!r}{whole.mail}"


@pytest.mark.parametrize(
    ("url", "needs"),
    [
        ("smtp://mail.trust.example", True),
        ("smtp://10.1.2.3", True),
        ("smtp://127.0.0.1.trust.example", True),
        ("smtp://localhost.trust.example", True),
        ("smtp://127.0.0.1:25", False),
        ("smtp://127.9.9.9", False),
        ("smtp://[::1]", False),
        ("smtp://localhost", False),
        ("smtps://mail.trust.example", False),
    ],
)
def test_starttls__is_demanded_of_every_other_machine(url: str, needs: bool) -> None:
    mail = settings.load({**ALONE, "CPW_SMTP_URL": url}).mail
    assert mail is not None and mail.needs_starttls is needs


def test_authority_that_is_named__makes_this_machine_be_asked_too() -> None:
    mail = settings.load({**ALONE, "CPW_SMTP_URL": "smtp://localhost", "CPW_SMTP_CA_FILE": "/etc/trust.pem"}).mail
    assert mail is not None and mail.needs_starttls
