"""The review pages on a telephone and for everybody: nothing runs off the side, all can be pressed, axe is content."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.dashboards.test_accessibility import serious
from tests.browser.review.pages import Cast, Forger, Record, Reviewer, asked
from tests.installations import RunningSuperset

pytestmark = pytest.mark.browser
PATHS = ("/review/", "/review/disputes/", "/review/sign-off/", "/review/comments/", "/review/objectives/",
         "/review/delegation/")  # fmt: skip
WIDTHS = (390, 1400)
# What can be pressed and is lower than a thumb is wide: links in a running text apart.
_TOO_SMALL = """() => [...document.querySelectorAll(
    'main button, main select, main textarea, main input:not([type=hidden]), main summary, main a.button, nav a')]
    .map(one => one.closest('label') || one)
    .filter(one => { const box = one.getBoundingClientRect(); return box.height > 0 && box.height < 44; })
    .map(one => one.outerHTML.slice(0, 120))"""
LONG = "Wherearethenotesofthispatientwhowasneverhere" * 8


def trouble(page: Page, width: int) -> dict[str, object]:
    """Return what is wrong with the page at a width."""
    page.set_viewport_size({"width": width, "height": 844})
    too_wide = page.evaluate("document.documentElement.scrollWidth") - width
    found = {"too wide": max(too_wide, 0), "too small": page.evaluate(_TOO_SMALL), "axe": serious(page)}
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("level", ["clinician", "lead", "director", "executive"])
def test_page__fits_a_telephone_and_is_accessible(
    reviewer: Callable[[str], Reviewer], cast: Cast, level: str, path: str
) -> None:
    page = reviewer(getattr(cast, level)).open(path)
    assert page.locator("h1").count() == 1
    assert {width: wrong for width in WIDTHS if (wrong := trouble(page, width))} == {}


def test_record_and_dispute__fit_a_telephone_whatever_was_written(
    reviewer: Callable[[str], Reviewer],
    cast: Cast,
    records: Iterator[Record],
    superset: RunningSuperset,
) -> None:
    record, clinician = next(records), reviewer(cast.clinician)
    found = {}
    for width in WIDTHS:
        found["record", width] = trouble(clinician.open(record.address), width)
    clinician.press("Dispute")
    for width in WIDTHS:
        found["errors", width] = trouble(clinician.page, width)
    clinician.dispute(record, "Something else", LONG)
    number = asked(superset, "select max(act_id) from review.dispute")
    for person in (clinician, reviewer(cast.lead)):
        for width in WIDTHS:
            found[person, width] = trouble(person.open(f"/review/dispute/{number}/"), width)
    assert {at: wrong for at, wrong in found.items() if wrong} == {}


def test_pages__have_no_script_and_are_kept_by_nobody(forger: Callable[[str], Forger], cast: Cast) -> None:
    for path in PATHS:
        answer = forger(cast.lead).get(path)
        if answer.status_code == 302:
            continue
        assert "<script" not in answer.text and " on" + "click=" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert "script-src" in answer.headers["Content-Security-Policy"]


def test_auditor__is_told_that_there_is_nothing(
    session_of: Callable[[str], BrowserContext], superset: RunningSuperset
) -> None:
    page = session_of("auditor").new_page()
    page.goto(f"{superset.base_url}/review/")
    assert "no unit" in page.locator("main").inner_text()
    assert page.locator(".tabs").count() == 0
    page.close()


def test_viewing__of_records_is_told(
    reviewer: Callable[[str], Reviewer], cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    record = next(records)
    reviewer(cast.lead).open(record.address)
    seen = asked(
        superset,
        "select org_unit_keys from access.viewing where user_name = %s and page = 'Review' and chart = 'Record'"
        " order by viewing_id desc limit 1",
        cast.lead,
    )
    carrier = asked(superset, "select org_unit_key from marts.review_record where record_id = %s", record.record_id)
    assert seen == [carrier]
