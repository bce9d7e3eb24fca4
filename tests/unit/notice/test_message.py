"""The words of a notice, its address and its id; names that would be something else in an e-mail are refused."""

import dataclasses
from datetime import date
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest

from orchestration.notice import message
from orchestration.notice.waiting import Waiting
from orchestration.settings import Mail

WEEK = date(2026, 11, 30)
LINK = "https://performance.trust.example/"
MAIL = Mail("127.0.0.1", 25, False, None, None, "performance@trust.example", "staff.trust.example")
ALL = Waiting(
    "a.name", record_count=1234, record_deadline_on=date(2026, 12, 14), dispute_count=2, decided_count=1,
    sign_months_on=(date(2026, 10, 1), date(2026, 9, 1)), sign_deadlines_on=(date(2026, 12, 14), date(2026, 12, 21)),
    look_count=1, held_count=3, objective_count=1,
)  # fmt: skip
SAID = [
    "1,234 records wait for you to confirm or dispute, until 14 December 2026",
    "2 disputes wait for your decision",
    "1 dispute of yours was decided last week",
    "1 measure asks for a look",
    "3 feeds are held until somebody decides",
    "1 objective is due within four weeks, or overdue",
    "October 2026 is to be signed off by 14 December 2026",
    "September 2026 is to be signed off by 21 December 2026",
]
ODD = [
    "a.name\r\nBcc: b.name@elsewhere.example",
    "a.name\nBcc",
    "a.name@elsewhere.example",
    "a.name, b.name",
    "a name",
    "<a.name>",
    '"a"',
    "a..name",
    ".a",
    "a.",
    "",
    "å.name",
    "a" * 65,
    "a\x00b",
    "a;b",
    "a:b",
    "a\\b",
    "(a)b",
]


class Tags(HTMLParser):
    """All tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += [data.strip()] if data.strip() else []


def parts(waiting: Waiting = ALL) -> tuple[str, str]:
    """The plain text and the HTML, as a mail program reads them."""
    sent = message.compose(waiting, WEEK, MAIL, LINK).as_bytes()
    assert sent.isascii()  # any server takes it
    read = message_from_bytes(sent, policy=policy.default)
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None and html is not None
    return plain.get_content(), html.get_content()


def test_lines__say_all_that_waits_and_nothing_else() -> None:
    assert message.lines(ALL) == SAID
    assert message.lines(Waiting("a.name", held_count=1)) == ["1 feed is held until somebody decides"]
    assert message.lines(Waiting("a.name", record_count=1)) == ["1 record waits for you to confirm or dispute"]


def test_many_months__are_counted_after_the_nearest_six() -> None:
    months = tuple(date(2026, month, 1) for month in range(1, 10))
    said = message.lines(Waiting("a.name", sign_months_on=months, sign_deadlines_on=(WEEK,) * 9))
    assert len(said) == 7 and said[-1] == "3 more months are to be signed off, the last by 30 November 2026"


def test_text__has_every_line_and_one_link() -> None:
    plain, _ = parts()
    assert [line.removeprefix("- ") for line in plain.splitlines() if line.startswith("- ")] == SAID
    assert plain.count("http") == 1 and LINK in plain


def test_html__says_the_same_without_anything_from_elsewhere() -> None:
    page = Tags(parts()[1])
    assert page.tags[0] == ("html", {"lang": "en-GB"})
    assert {tag for tag, _ in page.tags} == {"html", "head", "meta", "title", "body", "h1", "ul", "li", "p", "a"}
    assert [attributes for tag, attributes in page.tags if tag == "a"] == [{"href": LINK}]
    assert set(SAID) <= set(page.said)


def test_link__is_quoted_where_it_has_to_be() -> None:
    composed = message.compose(ALL, WEEK, MAIL, 'https://trust.example/"><script>').as_string()
    assert "<script>" not in composed.split("text/html")[1]


def test_headers__name_one_person_and_say_that_a_machine_wrote() -> None:
    composed = message.compose(ALL, WEEK, MAIL, LINK)
    assert composed["To"] == "a.name@staff.trust.example"
    assert composed["From"] == "performance@trust.example"
    assert composed["Auto-Submitted"] == "auto-generated"
    assert composed["Subject"] == "What waits for you, week of 30 November 2026"


def test_id__is_of_person_and_week_alone() -> None:
    first = message.compose(ALL, WEEK, MAIL, LINK)["Message-ID"]
    assert first == message.compose(dataclasses.replace(ALL, held_count=9), WEEK, MAIL, LINK)["Message-ID"]
    assert first != message.compose(ALL, date(2026, 12, 7), MAIL, LINK)["Message-ID"]
    assert first != message.compose(dataclasses.replace(ALL, user_name="b.name"), WEEK, MAIL, LINK)["Message-ID"]
    assert "a.name" not in first


def test_hash__changes_with_what_is_said() -> None:
    told = [
        message.content_hash(message.compose(one, WEEK, MAIL, LINK))
        for one in (ALL, ALL, dataclasses.replace(ALL, held_count=9))
    ]
    assert told[0] == told[1] != told[2]


@pytest.mark.parametrize("name", ODD, ids=repr)
def test_odd_name__is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(message.AddressError) as refused:
        message.compose(dataclasses.replace(ALL, user_name=name), WEEK, MAIL, LINK)
    assert len(str(refused.value).splitlines()) == 1 and "cannot stand before the @" in str(refused.value)


@pytest.mark.parametrize("name", ["a.name", "o'neil", "n.o-b_c+d", "A1", "a" * 64])
def test_ordinary_name__is_an_address(name: str) -> None:
    assert message.address(name, MAIL) == f"{name}@staff.trust.example"
