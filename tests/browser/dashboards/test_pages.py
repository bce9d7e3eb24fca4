"""Each dashboard in a real browser, as the person of its level: data on it, nothing broken, nothing from elsewhere."""

from collections.abc import Callable

import pytest

from dashboards import specs
from orchestration.postgres import connection
from tests.browser.dashboards.pages import SLUGS, OpenedPage
from tests.installations import RunningSuperset

pytestmark = pytest.mark.browser
HOUSE = specs.load()
PageOf = Callable[[str], OpenedPage]

_HEADLINES = """
select summary.measure_title, summary.value_12m_text, to_char(summary.record_count_12m, 'FM999,999,990') as n
from marts.rpt_measure_summary as summary
inner join marts.access_grant as access_grant
    on summary.org_unit_key = access_grant.org_unit_key and summary.audience = access_grant.audience
inner join marts.dim_measure as measure on summary.measure_id = measure.measure_id
where access_grant.user_name = %(user)s and summary.unit_label = %(unit)s and measure.is_headline
"""


@pytest.mark.parametrize("level", SLUGS)
def test_home__is_the_page_of_the_level(page_of: PageOf, level: str) -> None:
    page = page_of(level).page
    assert f"/superset/dashboard/{SLUGS[level]}/" in page.url
    assert HOUSE.dashboards[SLUGS[level]].title in page.title()


@pytest.mark.parametrize("level", SLUGS)
def test_page__draws_every_chart_with_data(page_of: PageOf, level: str) -> None:
    opened = page_of(level)
    assert opened.trouble == []
    assert opened.answers
    assert [answer for answer in opened.answers if answer.status != 200] == []
    for answer in opened.answers:
        assert answer.may_be_empty or any(result["rowcount"] for result in answer.body["result"]), answer.url
        assert all(result["error"] is None for result in answer.body["result"])


@pytest.mark.parametrize("level", SLUGS)
def test_page__says_to_which_day_the_data_go(page_of: PageOf, superset: RunningSuperset, level: str) -> None:
    with connection.connect(superset.settings) as owner:
        row = owner.execute("select to_char(data_to_on, 'FMDD FMMonth YYYY') from marts.reporting_period").fetchone()
    assert f"Figures as at {row[0]}" in page_of(level).text


@pytest.mark.parametrize("level", SLUGS)
def test_page__sends_nothing_to_another_host(page_of: PageOf, level: str) -> None:
    assert page_of(level).foreign_and_sent == []


@pytest.mark.parametrize("level", ["clinician", "department", "division", "executive"])
def test_tiles__are_the_figures_of_the_warehouse(page_of: PageOf, superset: RunningSuperset, level: str) -> None:
    opened = page_of(level)
    unit = opened.page.locator(".filter-item-wrapper").first.inner_text().strip().split("\n")[-1]
    with connection.connect(superset.settings) as owner:
        expected = owner.execute(_HEADLINES, {"user": superset.people[level][0], "unit": unit}).fetchall()
    assert expected, f"nothing is known of {unit!r}"
    tiles = [tile.inner_text() for tile in opened.page.locator(".cpw-tile").all()]
    assert len(tiles) == len(expected)
    for title, value, n in expected:
        tile = next(text for text in tiles if text.startswith(title + "\n"))
        assert value in tile.split("\n")
        assert f"n = {n}" in tile


def test_records__show_the_clinician_what_was_left_out_and_why(page_of: PageOf) -> None:
    opened = page_of("clinician")
    assert "Records behind the number" in opened.text
    assert "\tCounted\t" in opened.text or "\tLeft out: " in opened.text


@pytest.mark.parametrize("level", ["division", "executive"])
def test_managers__are_told_where_the_records_are(page_of: PageOf, level: str) -> None:
    opened = page_of(level)
    assert "Records of patients are open to the clinicians who carry them" in opened.text
    assert "Records behind the number" not in opened.text


def test_data_quality__accounts_for_every_row_and_shows_failures_first(
    page_of: PageOf, superset: RunningSuperset
) -> None:
    opened = page_of("auditor")
    with connection.connect(superset.settings) as owner:
        received, failed = owner.execute(
            "select (select sum(received_count) from raw.delivery),"
            " (select count(*) from marts.rpt_data_quality_check where status_order < 3)"
        ).fetchone()
    assert f"n = {received:,} rows received" in opened.text
    checks = opened.page.locator("[data-test='slice-container']").filter(has_text="Rows checked (n)")
    first = checks.locator("tbody tr").first.inner_text()
    assert first.startswith(("Failed", "Could not be run") if failed else "Passed")


def test_quarantine_reasons__quote_no_value(superset: RunningSuperset) -> None:
    """A value of a row could name a patient."""
    with connection.connect(superset.settings) as owner:
        quoted = owner.execute("select reason from marts.rpt_quarantine_reason where reason like '%\"%'").fetchall()
    assert quoted == []
