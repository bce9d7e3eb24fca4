"""A critical defect that only entities show keeps everything back, is told with its reason, and heals at the source."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.settings import Settings
from tests.installations import BuiltWarehouse

REASON = "entities gate: Every post is in a department of the tree: 1 of 16 (6.25%) [int_post__department_known]"


@pytest.fixture(scope="module")
def refused(new_installation: Callable[[], Settings], small_extracts: Path, tmp_path_factory) -> BuiltWarehouse:
    """Send posts of which one is in a division: a known unit, as the raw gate asks, but no department."""
    folder = tmp_path_factory.mktemp("closed_entities") / "extracts"
    shutil.copytree(small_extracts, folder)
    send_posts(folder, "20261016", first_unit="SUR")
    built = BuiltWarehouse(new_installation(), folder)
    run = built.cpw("run", "--extracts", str(folder))
    assert run.returncode == 1, run.stdout + run.stderr
    assert run.stderr.strip().splitlines()[-1].startswith(f"cpw: Not published: {REASON}")
    return built


def send_posts(folder: Path, day: str, first_unit: str | None = None) -> None:
    header, first, *others = min(folder.glob("workforce__post__*.csv")).read_text().splitlines()
    if first_unit:
        place = header.split(",").index("ORG UNIT CODE")
        cells = first.split(",")
        first = ",".join([*cells[:place], first_unit, *cells[place + 1 :]])
    (folder / f"workforce__post__{day}.csv").write_text("\n".join([header, first, *others]) + "\n")


def test_closed_entities_gate__publishes_nothing_and_says_why(refused: BuiltWarehouse) -> None:
    attempts = refused.query("select state, reason from quality.publication")
    assert attempts.values.tolist() == [["refused", REASON]]
    gates = refused.query("select gate, count(*) > 0 as is_asked from quality.check_result group by gate order by gate")
    assert gates["gate"].tolist() == ["entities", "raw"]


def test_closed_entities_gate__says_which_measures_are_in_doubt(refused: BuiltWarehouse) -> None:
    doubtful = refused.query(
        "select m.measure_id from quality.rule_measure as m"
        " inner join quality.latest_check_result as c on c.rule_id = m.rule_id"
        " where c.severity = 'critical' and not c.is_success"
    )
    assert "cases_per_planned_session" in doubtful["measure_id"].tolist()


def test_closed_entities_gate__opens_when_the_source_is_corrected(refused: BuiltWarehouse) -> None:
    send_posts(refused.extracts, "20261017")
    run = refused.cpw("run", "--extracts", str(refused.extracts))
    assert run.returncode == 0, run.stderr
    attempts = refused.query("select state from quality.publication order by publication_id")
    assert attempts["state"].tolist() == ["refused", "published"]
