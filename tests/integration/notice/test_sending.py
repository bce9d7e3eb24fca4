"""Notices reach everybody for whom something waits, once a week, and tell nothing about anybody."""

import dataclasses
import re
from datetime import date

import psycopg
import pytest

from orchestration.access import decision
from orchestration.access.decision import Scope
from orchestration.notice import preview, send
from orchestration.notice.send import NoticeError
from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import BuiltWarehouse
from tests.mail_server import Mailbox

# All that a notice may say, line by line.
LINES = [
    r"What waits for you, week of \d+ \w+ \d{4}",
    r"- [\d,]+ records? waits? for you to confirm or dispute(, until \d+ \w+ \d{4})?",
    r"- [\d,]+ disputes? waits? for your decision",
    r"- [\d,]+ disputes? of yours (was|were) decided last week",
    r"- [\d,]+ measures? asks? for a look",
    r"- [\d,]+ feeds? (is|are) held until somebody decides",
    r"- [\d,]+ objectives? (is|are) due within four weeks, or overdue",
    r"- \w+ \d{4} is to be signed off by \d+ \w+ \d{4}",
    r"- \d+ more months? (is|are) to be signed off, the last by \d+ \w+ \d{4}",
    r"Open your page: https://performance\.trust\.example/",
    r"This message holds no names and no figures\. It comes once a week, and only when something waits for you\.",
    r"Nobody reads what you answer to it\.",
    r"",
]


def run(settings: Settings) -> tuple[str, list[str]]:
    """Send; return the last sentence, an error's too, and what was told on the way."""
    news: list[str] = []
    try:
        return send.send(settings, news.append), news
    except NoticeError as error:
        return str(error), news


def steps(owner: psycopg.Connection, week: date) -> list[tuple[str, str]]:
    query = "select user_name, state from review.notice where week_on = %s order by notice_id"
    return owner.execute(query, [week]).fetchall()


def leaders(owner: psycopg.Connection) -> list[str]:
    rows = owner.execute(
        "select distinct user_name from access.user_scope"
        " where role = 'clinical lead' and state = 'in force' order by user_name"
    )
    return [user for (user,) in rows]


def test_everybody_for_whom_something_waits__is_told_once(
    settings: Settings, mailbox: Mailbox, owner: psycopg.Connection, week: date
) -> None:
    """Months wait to be signed off by whoever holds a unit in which something happened; an auditor holds none."""
    holders = {
        f"{user}@staff.trust.example"
        for (user,) in owner.execute(
            "select distinct s.user_name from access.user_scope as s"
            " inner join marts.performance as f on s.org_unit_key = f.org_unit_key"
            " where s.role in ('clinician', 'clinical lead', 'divisional director', 'executive')"
            " and s.state = 'in force' and f.record_count > 0"
        )
    }
    said, news = run(settings)
    assert said == f"{len(holders)} notices sent for the week of {week}." and not news
    assert len(mailbox.addresses) == len(holders) > 10
    assert set(mailbox.addresses) == {letter["To"] for _, letter in mailbox.letters} == holders
    assert len({letter["Message-ID"] for _, letter in mailbox.letters}) == len(holders)
    again, news = run(settings)
    assert again == f"0 notices sent for the week of {week}, {len(holders)} before." and not news
    assert len(mailbox.addresses) == len(holders)


def test_letters__name_nobody_no_unit_and_no_figure(
    settings: Settings, mailbox: Mailbox, owner: psycopg.Connection, week: date
) -> None:
    run(settings)
    queries = [
        "select person_name from access.named_person",
        "select user_name from access.named_person",
        "select clinician_name from marts.dim_clinician",
        # The family name alone, and a unit by its key or code.
        "select split_part(clinician_name, ' ', -1) from marts.dim_clinician",
        "select clinician_key from marts.dim_clinician",
        "select org_unit_name from marts.dim_org_unit",
        "select org_unit_key from marts.dim_org_unit",
        "select org_unit_code from marts.dim_org_unit",
        "select unit_label from marts.rpt_unit",
        "select title from marts.dim_measure",
        "select measure_id from marts.dim_measure",
    ]
    names = {str(name).casefold() for query in queries for (name,) in owner.execute(query)}
    assert len(names) > 150 and "general surgery" in names
    for _, letter in mailbox.letters:
        plain, html = letter.get_body(("plain",)).get_content(), letter.get_body(("html",)).get_content()
        for text in (plain.casefold(), html.casefold(), str(letter["Subject"]).casefold()):
            assert not [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
        assert not [line for line in plain.splitlines() if not any(re.fullmatch(known, line) for known in LINES)]
        assert not re.search(r"<img|<link|<script|<style|src=|url\(", html) and html.count("http") == 1
    assert len(mailbox.letters) > 10


def test_address_that_is_refused__is_told_and_sent_again_alone(
    settings: Settings, mailbox: Mailbox, owner: psycopg.Connection, week: date
) -> None:
    user = leaders(owner)[0]
    mailbox.refused[f"{user}@staff.trust.example"] = "550 no such person"
    said, news = run(settings)
    assert f"1 failed. '{user}': refused (550 no such person). Send them again with `cpw notices`" in said
    assert news == [f"'{user}': refused (550 no such person)."]
    others = list(mailbox.addresses)
    assert len(others) > 10 and f"{user}@staff.trust.example" not in others
    mailbox.refused.clear()
    said, news = run(settings)
    assert said == f"1 notice sent for the week of {week}, {len(others)} before." and not news
    assert mailbox.addresses == [*others, f"{user}@staff.trust.example"]
    assert [state for name, state in steps(owner, week) if name == user] == ["refused", "handed over", "sent"]


def test_letter_over_which_the_server_went_away__is_not_sent_again(
    settings: Settings, mailbox: Mailbox, owner: psycopg.Connection, week: date
) -> None:
    user = leaders(owner)[0]
    mailbox.hung_up_on.add(f"{user}@staff.trust.example")
    said, _ = run(settings)
    assert f"1 failed. '{user}': sent or not, nobody can know" in said
    others = list(mailbox.addresses)
    mailbox.hung_up_on.clear()
    said, news = run(settings)
    assert said == f"0 notices sent for the week of {week}, {len(others)} before, 1 before or never."
    assert (
        len(news) == 1 and news[0].startswith(f"{user}: was handed over when a run broke off") and "<notice." in news[0]
    )
    assert mailbox.addresses == others


def test_server_that_is_not_there__is_one_sentence_and_nothing_is_noted(
    settings: Settings, mailbox: Mailbox, owner: psycopg.Connection, week: date
) -> None:
    gone = dataclasses.replace(settings, mail=dataclasses.replace(settings.mail, port=1))
    said, news = run(gone)
    assert "1 failed. The mail server 127.0.0.1:1 cannot be reached" in said and len(news) == 1
    assert not steps(owner, week)
    run(settings)
    assert len(mailbox.addresses) == len(set(mailbox.addresses)) > 10


@pytest.mark.parametrize("odd", ["odd\r\nBcc: someone@elsewhere.example", "odd name", "a@elsewhere.example"])
def test_odd_user_name__is_refused_and_keeps_no_other_from_theirs(
    settings: Settings, mailbox: Mailbox, owner: psycopg.Connection, week: date, odd: str
) -> None:
    unit = owner.execute("select min(org_unit_key) from access.user_scope where role = 'clinical lead'").fetchone()[0]
    said = decision.grant(owner, Scope(odd, unit, "clinical lead", None, None, "a test", "a test", "Somebody"))
    number = int(said.split(":")[0].removeprefix("Scope "))
    try:
        said, news = run(settings)
    finally:
        decision.end(owner, number, by="a test", reason="the test is over")
    assert "1 failed." in said and len(said.splitlines()) == 1
    assert len(news) == 1 and "cannot stand before the @ of an address" in news[0]
    assert len(mailbox.addresses) > 10
    assert all(re.fullmatch(r"[\w.]+@staff\.trust\.example", address) for address in mailbox.addresses)


def test_dry_run__says_to_whom_and_how_much_and_sends_nothing(
    settings: Settings, mailbox: Mailbox, owner: psycopg.Connection, week: date
) -> None:
    drawn = preview.draw(settings)
    assert not mailbox.letters and not steps(owner, week)
    user = leaders(owner)[0]
    (line,) = [line.split() for line in drawn.splitlines() if line.startswith(f"{user}@staff.trust.example ")]
    assert line[1:] == ["3", "to", "send"]  # months; those before are history
    run(settings)
    lines = preview.draw(settings).splitlines()
    assert all(line.endswith(" sent") for line in lines[1:-1])
    assert lines[-1] == f"Week of {week}: 0 of {len(mailbox.letters)} notices would be sent."


def test_without_a_server__it_says_so_and_ends_well(own_small_warehouse: BuiltWarehouse) -> None:
    assert send.send(own_small_warehouse.settings, pytest.fail) == send.NO_SERVER
    said = own_small_warehouse.cpw("notices")
    assert (said.returncode, said.stdout.strip(), said.stderr) == (0, send.NO_SERVER, "")
    dry = own_small_warehouse.cpw("notices", "--dry-run")
    assert dry.returncode == 0 and dry.stdout.strip().endswith(f"notices would be sent. {send.NO_SERVER}")


def test_two_at_once__only_one_sends(settings: Settings, mailbox: Mailbox, week: date) -> None:
    with connection.connect(settings, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", [send._LOCK])
        said, _ = run(settings)
    assert said == "Another run sends the notices just now: wait until it has ended."
    assert not mailbox.letters


@pytest.mark.parametrize(
    "change", ["update review.notice set state = 'refused'", "delete from review.notice", "truncate review.notice"]
)
def test_ledger__is_only_added_to(settings: Settings, owner: psycopg.Connection, week: date, change: str) -> None:
    run(settings)
    with pytest.raises(psycopg.Error):
        owner.execute(change)
    assert len(steps(owner, week)) > 10
