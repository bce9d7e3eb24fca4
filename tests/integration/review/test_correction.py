"""From a dispute to the figures and back to the source: a spell is disputed, re-attributed, corrected, undone."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from orchestration.postgres import connection
from orchestration.publication import ledger
from tests.installations import BuiltWarehouse
from tests.integration.review.conftest import Case, ask, deliver, people_of, plant

FIGURES = """
select
    figure.org_unit_key, figure.measure_id, cast(figure.month_on as text) as month, figure.numerator,
    figure.denominator, figure.record_count, statistic.expected_12m, statistic.lower_998, statistic.upper_998
from marts.performance as figure
left join marts.performance_statistic as statistic
    on figure.org_unit_key = statistic.org_unit_key and figure.measure_id = statistic.measure_id
    and figure.month_on = statistic.month_on and statistic.audience = 'inside'
"""
KEY = ["org_unit_key", "measure_id", "month"]


@dataclass
class Story:
    """What came to pass, in order: each step is told with the figures and the work item after it."""

    trust: BuiltWarehouse
    case: Case
    dispute_id: int
    decision_id: int
    sign_off_hash: str
    figures: dict[str, pd.DataFrame] = field(default_factory=dict)
    work_items: dict[str, list[str]] = field(default_factory=dict)
    carriers: dict[str, str] = field(default_factory=dict)
    effect: list[tuple[Any, ...]] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    def note(self, step: str) -> None:
        """Keep what the warehouse holds now."""
        self.figures[step] = self.trust.query(FIGURES).set_index(KEY)
        states = self.trust.query("select state from review.work_item order by work_item_id")
        self.work_items[step] = list(states["state"])
        carried = self.trust.query(
            "select org_unit_key from marts.review_record where record_id = %(spell)s and record_type = 'spell'",
            spell=self.case.record_id,
        )
        self.carriers[step] = carried["org_unit_key"].item()

    def run(self) -> str:
        """Refresh the warehouse, as a schedule would; return what was said."""
        result = self.trust.cpw("run", "--extracts", str(self.trust.extracts))
        assert result.returncode == 0, result.stderr
        return result.stdout


@pytest.fixture(scope="module")
def story(
    build_warehouse: Callable[[Path], BuiltWarehouse], small_extracts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    """Tell the whole story once; each test looks at one side of it."""
    extracts = tmp_path_factory.mktemp("reviewed") / "extracts"
    shutil.copytree(small_extracts, extracts)
    spell, written, true = plant(extracts)
    trust = build_warehouse(extracts)
    case = people_of(trust, spell, written, true)
    signed = "select review.sign_off(%s, %s::date, 'As I know it.', null)"
    ask(trust.settings, case.clinician, signed, case.post, case.month)
    sign_off_hash = trust.query("select figures_hash from review.sign_off")["figures_hash"].item()
    ((dispute_id,),) = ask(
        trust.settings, case.clinician,
        "select review.dispute('spell', %s, 'not mine', %s, 'My colleague admitted and discharged her.', null)",
        spell, case.true_clinician_key,
    )  # fmt: skip
    story = Story(trust, case, dispute_id, 0, sign_off_hash)
    story.note("disputed")
    ((story.decision_id,),) = ask(
        trust.settings, case.lead, "select review.decide(%s, 're-attribute', %s, 'The notes say so.')",
        dispute_id, case.true_clinician_key,
    )  # fmt: skip
    story.said["accepted"] = story.run()
    story.note("accepted")
    story.effect = ask(trust.settings, case.lead, "select * from review.effect(%s) where is_moved", dispute_id)
    story.said["nothing new"] = story.run()
    deliver(extracts, spell, case.true_code, "20261101T0600")
    story.run()
    story.note("corrected")
    deliver(extracts, spell, case.written_code, "20261102T0600")
    story.run()
    story.note("undone")
    return story


def of_unit(figures: pd.DataFrame, unit: str, month: str) -> pd.DataFrame:
    """Return the figures of one unit and month by measure."""
    rows = figures.reset_index()
    return rows[(rows["org_unit_key"] == unit) & (rows["month"] == month)].set_index("measure_id")


def test_a_dispute_alone__moves_no_figure_and_the_accepted_one_moves_the_record(story: Story) -> None:
    assert story.carriers["disputed"] == story.case.post
    true_posts = story.trust.query(
        "select org_unit_key from marts.dim_org_unit where clinician_key = %(key)s", key=story.case.true_clinician_key
    )
    assert story.carriers["accepted"] in set(true_posts["org_unit_key"])
    assert "Published: publication 2" in story.said["accepted"]
    assert "Nothing new: publication 2" in story.said["nothing new"]


def test_accepted__moves_observed_expected_and_limits_of_both_clinicians(story: Story) -> None:
    before, after = story.figures["disputed"], story.figures["accepted"]
    month, new_post = story.case.month, story.carriers["accepted"]
    for unit, sign in ((story.case.post, -1), (new_post, 1)):
        was, now = of_unit(before, unit, month), of_unit(after, unit, month)
        assert now.loc["finished_spells", "numerator"] - was.loc["finished_spells", "numerator"] == sign
        assert now.loc["in_hospital_mortality", "denominator"] - was.loc["in_hospital_mortality", "denominator"] == sign
        # Nobody is sure to live: whoever carries the patient is expected the patient's chance of dying.
        moved = now.loc["in_hospital_mortality", "expected_12m"] - was.loc["in_hospital_mortality", "expected_12m"]
        assert moved * sign > 0
    compared = ["lower_998", "upper_998"]
    last = max(after.reset_index()["month"])
    was, now = (figures.xs(last, level="month")[compared].dropna() for figures in (before, after))
    both = was.index.intersection(now.index)
    changed = (was.loc[both] != now.loc[both]).any(axis=1)
    assert changed[changed].index.get_level_values("org_unit_key").isin([story.case.post, new_post]).any()


def test_levels__reconcile_after_the_correction_as_before(story: Story) -> None:
    """Sums of the leaves, from the bridge, are the figures of each level; the department as a whole did not move."""
    leaves = story.trust.query(
        """
        select
            bridge.ancestor_org_unit_key as org_unit_key, leaf.measure_id, cast(leaf.month_on as text) as month,
            sum(leaf.numerator) as numerator, sum(leaf.record_count) as record_count
        from marts.leaf_month as leaf
        inner join marts.bridge_org_unit as bridge
            on leaf.org_unit_key = bridge.org_unit_key
            and leaf.standing_on between bridge.valid_from_on and coalesce(bridge.valid_to_on, 'infinity')
        group by 1, 2, 3
        """
    ).set_index(KEY)
    final = story.figures["undone"]
    levels = {"post", "department", "division", "trust"}
    for measure in ("finished_spells", "in_hospital_mortality"):
        figures = final.xs(measure, level="measure_id", drop_level=False)
        figures = figures[figures["record_count"] > 0]
        assert levels <= {key.split(":")[0] for key in figures.index.get_level_values("org_unit_key")}
        summed = leaves.reindex(figures.index)
        assert (summed["numerator"] == figures["numerator"]).all()
        assert (summed["record_count"] == figures["record_count"]).all()
    for level in (story.case.department, "trust:RZZ"):
        spells = [of_unit(story.figures[step], level, story.case.month).loc["finished_spells", "numerator"]
                  for step in ("disputed", "accepted", "corrected", "undone")]  # fmt: skip
        assert len(set(spells)) == 1


def test_before_and_after__are_shown_to_the_lead(story: Story) -> None:
    rows = [row for row in story.effect if row[0] == "Finished spells" and row[2] == "clinician"]
    assert len(rows) == 2
    differences = sorted(row[11] - row[7] for row in rows)
    assert differences == [Decimal(-1), Decimal(1)]
    assert {row[5] for row in rows} == {1}


def test_the_source__owes_the_correction_until_an_extract_carries_it_and_again_when_one_undoes_it(story: Story) -> None:
    assert story.work_items["disputed"] == []
    assert story.work_items["accepted"] == ["open"]
    assert story.work_items["corrected"] == ["open", "closed"]
    assert story.work_items["undone"] == ["open", "closed", "re-opened"]
    # Whoever the source names, the record stays with whom the lead decided for.
    assert story.carriers["corrected"] == story.carriers["undone"] == story.carriers["accepted"]
    ((state, item),) = ask(
        story.trust.settings, story.case.clinician, "select state, work_item_state from review.dispute_list(null)"
    )
    assert (state, item) == ("re-attributed", "re-opened")


def test_what_was_signed_off__is_built_again_bit_for_bit_after_later_corrections(story: Story) -> None:
    result = story.trust.cpw("publications", "1", "--rebuild")
    assert "The content is that of publication 1" in result.stdout, result.stdout + result.stderr
    rebuilt = story.trust.query(
        """
        select encode(sha256(convert_to(string_agg(
            concat_ws('|', measure_id, numerator, denominator, value, record_count), E'\\n'
            order by measure_id collate "C"
        ), 'UTF8')), 'hex') as figures_hash
        from known_on_marts.performance
        where org_unit_key = %(post)s and month_on = %(month)s::date and measure_id <> 'validation_coverage'
        """,
        post=story.case.post,
        month=story.case.month,
    )["figures_hash"].item()
    assert rebuilt == story.sign_off_hash
    ((state, is_changed),) = ask(
        story.trust.settings, story.case.clinician,
        "select state, is_changed_since from review.ladder(%s::date) where org_unit_key = %s",
        story.case.month, story.case.post,
    )  # fmt: skip
    assert (state, is_changed) == ("signed", True)
    with connection.connect(story.trust.settings, autocommit=True) as owner:
        assert ledger.latest(owner, "published").publication_id == 4
