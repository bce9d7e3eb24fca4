"""From a dispute to the figures and back to the source, in the browser: disputed, decided, corrected, undone."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser

from dashboards.client import Client
from orchestration.postgres import connection
from orchestration.publication import ledger
from tests.browser.dashboards.pages import log_in
from tests.browser.review.pages import Record, Reviewer, asked
from tests.browser.review.planted import Case, deliver, people_of, plant
from tests.installations import BuiltWarehouse, RunningSuperset, start_superset
from tests.said import ask

pytestmark = pytest.mark.browser
FIGURES = """
select
    figure.org_unit_key, figure.measure_id, cast(figure.month_on as text) as month, figure.numerator,
    figure.denominator, figure.record_count, statistic.expected_12m, statistic.lower_998, statistic.upper_998
from marts.performance as figure
left join marts.performance_statistic as statistic
    on figure.org_unit_key = statistic.org_unit_key and figure.measure_id = statistic.measure_id
    and figure.month_on = statistic.month_on and statistic.audience = 'inside'
"""
# From the records themselves, not from the sums that the figures are made of.
RECONCILED = """
with summed as (
    select
        bridge.ancestor_org_unit_key as org_unit_key, record.measure_id, record.month_on,
        sum(record.numerator) as numerator, count(*) as record_count
    from marts.measure_record as record
    inner join marts.bridge_org_unit as bridge
        on record.org_unit_key = bridge.org_unit_key
        and record.occurred_on between bridge.valid_from_on and coalesce(bridge.valid_to_on, 'infinity')
    where record.exclusion_reason is null
        and record.measure_id in ('finished_spells', 'in_hospital_mortality', 'validation_coverage')
    group by bridge.ancestor_org_unit_key, record.measure_id, record.month_on
)

select
    unit.org_unit_level, count(*) as cells,
    count(*) filter (
        where (coalesce(summed.numerator, 0), coalesce(summed.record_count, 0))
        is distinct from (figure.numerator, figure.record_count)
    ) as differing
from marts.performance as figure
inner join marts.dim_org_unit as unit on figure.org_unit_key = unit.org_unit_key
left join summed
    on figure.org_unit_key = summed.org_unit_key and figure.measure_id = summed.measure_id
    and figure.month_on = summed.month_on
where figure.measure_id in ('finished_spells', 'in_hospital_mortality', 'validation_coverage')
group by unit.org_unit_level
"""
KEY = ["org_unit_key", "measure_id", "month"]
STEPS = ("disputed", "accepted", "corrected", "undone")


@dataclass
class Story:
    """What came to pass, in order: each step is told with the figures, the work item and the page after it."""

    trust: BuiltWarehouse
    superset: RunningSuperset
    browser: Browser
    case: Case
    duplicate: str
    dispute_id: int = 0
    figures: dict[str, pd.DataFrame] = field(default_factory=dict)
    reconciled: dict[str, pd.DataFrame] = field(default_factory=dict)
    work_items: dict[str, list[str]] = field(default_factory=dict)
    carriers: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def logged_in(self, user: str) -> Iterator[Reviewer]:
        """Log a person in, and out again by the page's own link."""
        if user not in self.passwords:
            self.passwords[user] = secrets.token_urlsafe(16)
            administrator = Client(self.superset.base_url, self.superset.admin, self.superset.admin_password)
            accounts = administrator.list_all("security/users/", ["id", "username"])
            number = next(row["id"] for row in accounts if row["username"] == user)
            administrator.call("PUT", f"security/users/{number}", json={"password": self.passwords[user]})
        context = log_in(self.browser, self.superset, user, self.passwords[user])
        reviewer = Reviewer(context, self.superset.base_url)
        yield reviewer
        reviewer.open("/review/disputes/").get_by_role("link", name="Log out").click()
        assert "/login/" in reviewer.open("/review/disputes/").url
        context.close()

    def note(self, step: str) -> None:
        """Keep what the warehouse holds now, and what the clinician's page says of the dispute."""
        self.figures[step] = self.trust.query(FIGURES).set_index(KEY)
        self.reconciled[step] = self.trust.query(RECONCILED)
        states = self.trust.query(
            "select item.state from review.work_item as item inner join review.decision as decision"
            " on item.decision_id = decision.act_id where decision.record_id = %(spell)s order by work_item_id",
            spell=self.case.record_id,
        )
        self.work_items[step] = list(states["state"])
        carried = self.trust.query(
            "select org_unit_key from marts.review_record where record_id = %(spell)s and record_type = 'spell'",
            spell=self.case.record_id,
        )
        self.carriers[step] = carried["org_unit_key"].item()
        with self.logged_in(self.case.clinician) as clinician:
            self.pages[step] = clinician.open(f"/review/dispute/{self.dispute_id}/").locator("main").inner_text()

    def run(self) -> str:
        """Refresh the warehouse, as a schedule would; return what was said."""
        result = self.trust.cpw("run", "--extracts", str(self.trust.extracts))
        assert result.returncode == 0, result.stderr
        return result.stdout


@pytest.fixture(scope="module")
def story(
    build_warehouse: Callable[[Path], BuiltWarehouse],
    small_extracts: Path,
    tmp_path_factory: pytest.TempPathFactory,
    browser: Browser,
) -> Story:
    """Tell the whole story once; each test looks at one side of it."""
    extracts = tmp_path_factory.mktemp("reviewed") / "extracts"
    shutil.copytree(small_extracts, extracts)
    spell, written, true = plant(extracts)
    trust = build_warehouse(extracts)
    case = people_of(trust, spell, written, true)
    duplicate = trust.query(
        "select min(record_id) as id from marts.review_record where record_type = 'spell' and record_id <> %(spell)s"
        " and org_unit_key = %(post)s and month_on = %(month)s::date",
        spell=spell, post=case.post, month=case.month,
    )["id"].item()  # fmt: skip
    story = Story(trust, start_superset(trust.settings), browser, case, duplicate)
    true_name = trust.query(
        "select clinician_name from marts.dim_clinician where clinician_key = %(key)s", key=case.true_clinician_key
    )["clinician_name"].item()
    with story.logged_in(case.clinician) as clinician:
        clinician.open(f"/review/sign-off/?month={case.month[:7]}")
        clinician.sign(unit_label(trust, case.post), "As I know it.")
        record = Record("spell", spell)
        assert "Disputed." in clinician.dispute(record, "It is not mine", "My colleague had her all along.", true_name)
        assert "Disputed." in clinician.dispute(Record("spell", duplicate), "It is in the list twice", "She came once.")
    newest = "select max(act_id) from review.dispute where record_id = %s"
    story.dispute_id = asked(story.superset, newest, spell)
    story.note("disputed")
    with story.logged_in(case.lead) as lead:
        said = lead.decide(story.dispute_id, "Count it for somebody else", "The notes say so.", true_name)
        assert said.startswith("Decided.")
        said = lead.decide(
            asked(story.superset, newest, duplicate), "Leave it out of the figures", "It is there twice."
        )
        assert said.startswith("Decided.")
    story.said["accepted"] = story.run()
    story.note("accepted")
    with story.logged_in(case.lead) as lead:
        story.pages["lead"] = lead.open(f"/review/dispute/{story.dispute_id}/").locator("main").inner_text()
    story.said["nothing new"] = story.run()
    deliver(extracts, spell, case.true_code, "20261101T0600")
    story.run()
    story.note("corrected")
    deliver(extracts, spell, case.written_code, "20261102T0600")
    story.run()
    story.note("undone")
    return story


def unit_label(trust: BuiltWarehouse, unit: str) -> str:
    found = trust.query("select unit_label from marts.rpt_unit where org_unit_key = %(unit)s", unit=unit)
    return str(found["unit_label"].item())


def of_unit(figures: pd.DataFrame, unit: str, month: str) -> pd.DataFrame:
    """Return the figures of one unit and month by measure."""
    rows = figures.reset_index()
    return rows[(rows["org_unit_key"] == unit) & (rows["month"] == month)].set_index("measure_id")


def above(story: Story, unit: str) -> dict[str, str]:
    """Return the units around a post: level -> unit."""
    found = story.trust.query(
        """
        select above.org_unit_level, above.org_unit_key
        from marts.bridge_org_unit as bridge
        inner join marts.dim_org_unit as above on bridge.ancestor_org_unit_key = above.org_unit_key
        where bridge.org_unit_key = %(unit)s and above.now_of_org_unit_key is null
            and %(month)s::date between bridge.valid_from_on and coalesce(bridge.valid_to_on, 'infinity')
        """,
        unit=unit,
        month=story.case.month,
    )
    return dict(zip(found["org_unit_level"], found["org_unit_key"], strict=True))


def test_a_dispute_alone__moves_no_figure_and_the_accepted_one_moves_the_record(story: Story) -> None:
    assert story.carriers["disputed"] == story.case.post
    true_posts = story.trust.query(
        "select org_unit_key from marts.dim_org_unit where clinician_key = %(key)s", key=story.case.true_clinician_key
    )
    assert story.carriers["accepted"] in set(true_posts["org_unit_key"])
    assert "Published: publication 2" in story.said["accepted"]
    assert "Nothing new: publication 2" in story.said["nothing new"]


def test_accepted__moves_observed_and_expected_at_all_four_levels(story: Story) -> None:
    """The spell leaves post, department and division for those of the other; the duplicate leaves the trust."""
    was, now = (story.figures[step] for step in ("disputed", "accepted"))
    month = story.case.month
    before, after = above(story, story.case.post), above(story, story.carriers["accepted"])
    assert before["division"] != after["division"]

    def moved(unit: str, measure: str, what: str) -> float:
        return float(of_unit(now, unit, month).loc[measure, what] - of_unit(was, unit, month).loc[measure, what])

    for level in ("clinician", "department", "division"):
        # One spell went, and the duplicate went.
        assert moved(before[level], "finished_spells", "numerator") == -2
        assert moved(after[level], "finished_spells", "numerator") == 1
        assert moved(before[level], "in_hospital_mortality", "denominator") == -2
        assert moved(after[level], "in_hospital_mortality", "denominator") == 1
        # Nobody is sure to live: who no longer carries the patients is not expected their chance of dying.
        assert moved(before[level], "in_hospital_mortality", "expected_12m") < 0
    assert moved(after["clinician"], "in_hospital_mortality", "expected_12m") > 0
    assert moved(before["trust"], "finished_spells", "numerator") == -1
    assert moved(before["trust"], "in_hospital_mortality", "expected_12m") < 0


def test_accepted__moves_limits(story: Story) -> None:
    compared = ["lower_998", "upper_998"]
    last = max(story.figures["accepted"].reset_index()["month"])
    was, now = (story.figures[step].xs(last, level="month")[compared].dropna() for step in ("disputed", "accepted"))
    both = was.index.intersection(now.index)
    changed = (was.loc[both] != now.loc[both]).any(axis=1)
    units = set(changed[changed].index.get_level_values("org_unit_key"))
    for unit in (story.case.post, story.carriers["accepted"]):
        assert unit in units or unit not in set(both.get_level_values("org_unit_key"))
    assert units & {story.case.post, story.carriers["accepted"]}


@pytest.mark.parametrize("step", STEPS)
def test_levels__reconcile_at_every_step(story: Story, step: str) -> None:
    """The figures of each unit are the sums of the records of the leaves that stood below it on their days."""
    found = story.reconciled[step].set_index("org_unit_level")
    assert set(found.index) == {"clinician", "department", "division", "trust"}
    assert (found["cells"] > 0).all() and (found["differing"] == 0).all(), found


def test_before_and_after__are_shown_to_clinician_and_lead(story: Story) -> None:
    for page in (story.pages["accepted"], story.pages["lead"]):
        assert "What it did to the figures" in page and "Finished spells" in page
        assert "Re-attributed" in page and "The notes say so." in page
    rows = ask(
        story.trust.settings, story.case.lead, "select numerator_before, numerator_now, org_unit_level from"
        " review.effect(%s) where is_moved and measure_title = 'Finished spells'", story.dispute_id,
    )  # fmt: skip
    # The spell and the duplicate are of one month; a lead is shown the own department, and no figure of the other.
    assert {(level, now - before) for before, now, level in rows} == {
        ("clinician", Decimal(-2)),
        ("department", Decimal(-2)),
    }


def test_the_source__owes_the_correction_until_an_extract_carries_it_and_again_when_one_undoes_it(story: Story) -> None:
    assert story.work_items == {
        "disputed": [],
        "accepted": ["open"],
        "corrected": ["open", "closed"],
        "undone": ["open", "closed", "re-opened"],
    }
    assert "The source is to correct it" in story.pages["accepted"]
    assert "The source has corrected it" in story.pages["corrected"]
    assert "The source undid its correction" in story.pages["undone"]
    # Whoever the source names, the record stays with whom the lead decided for.
    assert story.carriers["corrected"] == story.carriers["undone"] == story.carriers["accepted"]


def test_what_was_signed_off__is_built_again_bit_for_bit_after_later_corrections(story: Story) -> None:
    result = story.trust.cpw("publications", "1", "--rebuild")
    assert "The content is that of publication 1" in result.stdout, result.stdout + result.stderr
    signed = story.trust.query("select figures_hash from review.sign_off")["figures_hash"].item()
    rebuilt = story.trust.query(
        """
        select encode(sha256(convert_to(string_agg(
            concat_ws('|', measure_id, numerator, denominator, value, record_count), E'\n'
            order by measure_id collate "C"
        ), 'UTF8')), 'hex') as figures_hash
        from known_on_marts.performance
        where org_unit_key = %(post)s and month_on = %(month)s::date and measure_id <> 'validation_coverage'
        """,
        post=story.case.post,
        month=story.case.month,
    )["figures_hash"].item()
    assert rebuilt == signed
    with story.logged_in(story.case.clinician) as clinician:
        page = clinician.open(f"/review/sign-off/?month={story.case.month[:7]}").locator("main").inner_text()
    assert "Figures changed since they were signed." in page and "As I know it." in page
    with connection.connect(story.trust.settings, autocommit=True) as owner:
        assert ledger.latest(owner, "published").publication_id == 4
