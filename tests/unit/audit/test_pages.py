"""The auditor's report as pages: whole, linked, escaped, readable by machine and without one, silent about patients."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from orchestration.audit.report import pages, sparkline
from orchestration.audit.report.lineage import Lineage, Measure
from orchestration.audit.report.run import Check, Delivery, Quarantine, Run
from orchestration.publication.ledger import Publication

AT = datetime(2026, 10, 1, 6, tzinfo=UTC)
PASSED = Check(
    1, "raw", "pas__patient__has_rows", "pas__patient", None, "completeness", "critical", "PAS", True, False, "9 & <b>",
    0, 9, "There are rows.", "Ask PAS.", AT, 1,
)  # fmt: skip
WARNED = replace(
    PASSED,
    rule_id="pas__patient__sex_known",
    dimension="validity",
    severity="warning",
    is_success=False,
    failed_count=4,
)
OF_SPELL = replace(
    PASSED, gate="entities", table_name="int_spell", rule_id="int_spell__no_gap", dimension="consistency",
    is_success=False,
)  # fmt: skip
NOT_ASKED = replace(WARNED, rule_id="pas__patient__not_asked", is_error=True)
PATIENT = Delivery(7, "pas__patient", "p<7>.csv", AT, "loaded", 10, 7, 2, 1, 0, "a.nurse", AT, "Checked <by> phone.")
RUN = Run(
    run_id="run-1",
    publication=Publication(3, AT, "published", None, date(2026, 9, 30), "f00d", "run-1"),
    checks=(PASSED, WARNED, OF_SPELL, NOT_ASKED),
    deliveries=(PATIENT,),
    quarantine=(Quarantine("pas__patient", "SEX is not one of 1, 2", 1),),
    heads={"check_result": "c0ffee", "publication": "decade"},
    trends={
        PASSED.rule_id: [0, 0], WARNED.rule_id: [1, 9, 4], OF_SPELL.rule_id: [3], NOT_ASKED.rule_id: [0, 1],
    },
    keys={OF_SPELL.rule_id: ["spell S1", "spell S<2>"]},
)  # fmt: skip
LINEAGE = Lineage(
    measures=(
        Measure("stays", "Stays", "How long.", frozenset({"int_spell", "pas__patient"})),
        Measure("lists", "Lists", "How full.", frozenset({"int_theatre_list", "theatre__list"})),
    ),
    feeds={"pas__patient": "One row per patient.", "theatre__list": "One row per list."},
)


class Reader(HTMLParser):
    """What a screen reader and a browser meet: tags in order, links, and the text of all."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page.read_text())
        self.text = " ".join("".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        # Only a place where a word may be parted parts no words.
        self.words.append("" if tag == "wbr" else " ")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Reader]:
    """Write the report; return a page of it as a reader meets it."""

    def write(run: Run = RUN, page: str = "index.html") -> Reader:
        pages.write(run, LINEAGE, tmp_path / run.name, tmp_path / "data_docs")
        return Reader(tmp_path / run.name / page)

    return write


def test_write__makes_a_page_for_each_feed_dimension_and_measure(
    written: Callable[..., Reader], tmp_path: Path
) -> None:
    index = written()
    found = {path.name for path in (tmp_path / "publication-3").iterdir()}
    named = ["feed-pas__patient", "feed-theatre__list", "measure-stays", "measure-lists"]
    dimensions = ["completeness", "validity", "uniqueness", "consistency", "timeliness", "accuracy"]
    assert found == {"index.html", *(f"{name}.html" for name in [*named, *(f"dimension-{d}" for d in dimensions)])}
    assert {str(link["href"]) for link in index.all("a")} >= found - {"index.html"}
    assert [path.name for path in tmp_path.iterdir()] == ["publication-3"]


def test_pages__are_whole_for_a_reader_without_eyes_or_mouse(written: Callable[..., Reader], tmp_path: Path) -> None:
    written()
    for path in (tmp_path / "publication-3").iterdir():
        page = Reader(path)
        assert page.all("html") == [{"lang": "en-GB"}]
        assert len(page.all("h1")) == len(page.all("main")) == 1
        assert len(page.all("title")) == 1 + len(page.all("svg"))
        assert len(page.all("caption")) == len(page.all("table"))
        assert all(head.get("scope") in {"col", "row"} for head in page.all("th"))
        assert all(picture.get("aria-label") for picture in page.all("svg"))
        assert not page.all("script") and not page.all("link") and not page.all("img")
        for link in page.all("a"):
            place, _, part = str(link["href"]).partition("#")
            assert not place or (path.parent / place).exists(), f"{path.name}: {place}"
            assert not part or any(attributes.get("id") == part for _, attributes in page.tags)


def test_index__tells_what_failed_first_and_what_was_done(written: Callable[..., Reader]) -> None:
    text = written().text
    assert "Published. Of 4 checks 3 failed" in text
    told = ["pas__patient__not_asked", "int_spell__no_gap", "pas__patient__sex_known"]
    assert sorted(told, key=text.index) == told
    assert "What to do: Ask PAS. (ask: PAS)" in text
    assert "For example: spell S1, spell S<2>" in text
    assert "10 rows received = 7 loaded + 2 unchanged + 1 in quarantine + 0 held or rejected" in text
    assert "7 p<7>.csv released a.nurse 01 October 2026 06:00 UTC Checked <by> phone." in text
    assert "c0ffee" in text and "decade" in text and "30 September 2026" in text
    assert "pas__patient SEX is not one of 1, 2 1" in text


def test_index__counts_each_gate_and_says_which_was_not_asked(written: Callable[..., Reader]) -> None:
    text = written().text
    assert "raw extracts as they came 01 October 2026 06:00 UTC 3 1 0 1 1" in text
    assert "marts figures ready to serve not asked in this run" in text


def test_index__of_a_refused_run_gives_the_reason(written: Callable[..., Reader]) -> None:
    refused = replace(RUN, publication=replace(RUN.publication, state="refused", reason="raw gate: <no> rows"))
    text = written(refused).text
    assert "Attempt 3: not published" in text
    assert "Not published. The former publication stands. raw gate: <no> rows" in text
    assert "broken off before it could publish" in written(replace(RUN, publication=None)).text


def test_page__of_a_measure_tells_the_checks_of_what_it_stands_on(written: Callable[..., Reader]) -> None:
    stays, lists = written(page="measure-stays.html").text, written(page="measure-lists.html").text
    assert "3 of 4 failed" in stays and "int_spell__no_gap" in stays and "Stands on the feeds pas__patient." in stays
    assert "None was asked in this run." in lists and "Stands on the feeds theatre__list." in lists


def test_page__of_a_dimension_holds_its_checks_alone(written: Callable[..., Reader]) -> None:
    text = written(page="dimension-validity.html").text
    assert "2 of 2 failed" in text and "sex_known" in text and "no_gap" not in text


def test_page__of_a_feed_holds_its_deliveries_and_reasons(written: Callable[..., Reader]) -> None:
    text = written(page="feed-pas__patient.html").text
    assert "7 p<7>.csv 01 October 2026 06:00 UTC loaded 10 7 2 1 0" in text
    assert "SEX is not one of 1, 2 1" in text
    assert "No row of it is in quarantine." in written(page="feed-theatre__list.html").text


def test_text__is_escaped(written: Callable[..., Reader], tmp_path: Path) -> None:
    written()
    for path in (tmp_path / "publication-3").iterdir():
        assert not re.search(r"<b>;|S<2>|p<7>|<by>", path.read_text())


def test_links__lead_to_data_docs_where_they_are(written: Callable[..., Reader], tmp_path: Path) -> None:
    page = tmp_path / "data_docs" / "validations" / "raw" / "pas__patient" / "run-1" / "now" / "found.html"
    page.parent.mkdir(parents=True)
    page.touch()
    (tmp_path / "data_docs" / "index.html").touch()
    links = {str(link["href"]) for link in written().all("a")}
    assert {"../data_docs/index.html", "../data_docs/validations/raw/pas__patient/run-1/now/found.html"} <= links


def test_list__names_every_report(written: Callable[..., Reader], tmp_path: Path) -> None:
    written()
    written(replace(RUN, publication=None))
    pages.write_list(tmp_path)
    links = {str(link["href"]) for link in Reader(tmp_path / "index.html").all("a")}
    assert links == {"publication-3/index.html", "run-1/index.html", "#content"}


def test_write__after_a_kill_leaves_nothing_half_written(written: Callable[..., Reader], tmp_path: Path) -> None:
    half = tmp_path / ".publication-3.99"
    half.mkdir()
    (half / "index.html").touch()
    pages.write_list(tmp_path)
    assert "publication-3" not in (tmp_path / "index.html").read_text()
    written()
    written()
    assert not half.exists()


def test_sparkline__says_itself_in_words_and_ends_at_the_last_value() -> None:
    drawn = sparkline.draw([0, 10, 5])
    assert 'aria-label="failed in the last 3 runs: 0, 10, 5"' in drawn
    # 22 high with margins of 3: nothing at the foot, the most at the top, half in the middle.
    assert 'points="3.0,19.0 48.0,3.0 93.0,11.0"' in drawn
    assert 'cx="93.0" cy="11.0"' in drawn
    assert "first run" in sparkline.draw([4])
