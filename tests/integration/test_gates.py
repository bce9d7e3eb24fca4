"""What gates do: a held delivery is told and keeps nobody waiting; a closed gate leaves the former publication."""

import shutil
from html import unescape

import pytest

from tests.installations import BuiltWarehouse, as_reader

REASON = "raw gate: Every post is in a unit of the trust's hierarchy: "


@pytest.fixture(scope="module")
def refused(own_small_warehouse: BuiltWarehouse, tmp_path_factory: pytest.TempPathFactory) -> BuiltWarehouse:
    """Behind a publication, send posts that all belong to a department that does not exist.

    With them comes what is to be held: an extract of patients from which most are missing.
    """
    folder = tmp_path_factory.mktemp("closed") / "extracts"
    shutil.copytree(own_small_warehouse.extracts, folder)
    patients = min(folder.glob("pas__patient__*.csv")).read_text().splitlines()
    (folder / "pas__patient__20261016.csv").write_text("\n".join(patients[: len(patients) // 3]) + "\n")
    posts = min(folder.glob("workforce__post__*.csv"))
    header, *rows = posts.read_text().splitlines()
    place = header.split(",").index("ORG UNIT CODE")
    changed = [",".join([*row.split(",")[:place], "NOWHERE", *row.split(",")[place + 1 :]]) for row in rows]
    (folder / "workforce__post__20261016.csv").write_text("\n".join([header, *changed]) + "\n")
    built = BuiltWarehouse(own_small_warehouse.settings, folder)
    run = built.cpw("run", "--extracts", str(folder))
    assert run.returncode == 1, run.stdout + run.stderr
    assert run.stderr.strip().splitlines()[-1].startswith(f"cpw: Not published: {REASON}")
    assert "Traceback" not in run.stderr
    return built


def test_closed_gate__leaves_the_former_publication(refused: BuiltWarehouse) -> None:
    units = refused.query("select count(*) as n from marts.performance where org_unit_key like 'post:%%'")
    assert units["n"].item() > 0
    published = refused.query("select state, reason from quality.publication order by publication_id")
    assert published.state.tolist() == ["published", "refused"]
    assert published.reason[1].startswith(REASON)
    assert "[workforce__post__" in published.reason[1]


def notice(built: BuiltWarehouse) -> str:
    """Return what every page says first, as somebody reads it who has no rights but those of a reader."""
    with as_reader(built.settings, None) as reader:
        return "".join(row[0] for row in reader.execute("select notice_html from marts.rpt_notice"))


def test_closed_gate__is_told_on_the_pages(refused: BuiltWarehouse) -> None:
    """The page's notice is live: it reads the ledger, not the publication."""
    said = notice(refused)
    assert "<b>Figures as at 30 September 2026</b>" in said
    assert "Newer data held: the run of " in said and f"was not published ({REASON}" in unescape(said)
    assert "NOWHERE" not in said


def test_closed_gate__stays_closed_until_the_data_change(refused: BuiltWarehouse) -> None:
    assert refused.cpw("run", "--extracts", str(refused.extracts)).returncode == 1


def test_closed_gate__leaves_a_report_that_says_why(refused: BuiltWarehouse) -> None:
    report = (refused.settings.audit / "publication-2" / "index.html").read_text()
    assert "Not published." in report and "failed, critical" in report
    assert "NOWHERE" not in report
    assert (refused.settings.audit / "publication-1" / "index.html").exists()


def test_defect__that_is_mended_at_the_source_is_published_beside_what_is_held(refused: BuiltWarehouse) -> None:
    posts = min(refused.extracts.glob("workforce__post__*.csv"))
    shutil.copy(posts, refused.extracts / "workforce__post__20261017.csv")
    result = refused.cpw("run", "--extracts", str(refused.extracts))
    assert result.returncode == 0, result.stderr
    said = notice(refused)
    assert "<b>Figures as at 30 September 2026</b>" in said and "Newer data held" not in said
    states = refused.query("select state from quality.publication order by publication_id")["state"].tolist()
    assert (states[0], states[-1]) == ("published", "published") and set(states[1:-1]) == {"refused"}
    held = refused.query("select source_name, table_name, delivery_count from quality.held_feed")
    assert held.values.tolist() == [["pas", "patient", 1]]
    failed = refused.query(
        "select rule_id, severity from quality.check_result where not is_success"
        " and run_id = (select run_id from quality.publication order by publication_id desc limit 1)"
        " and column_name in ('held_count', 'not_loaded_count') order by 1"
    )
    assert failed.values.tolist() == [
        ["pas__patient__latest_delivery_loaded", "warning"],
        ["pas__patient__no_delivery_held", "warning"],
    ]
    assert "a delivery of pas patient of 16 October 2026 is held" in refused.query("table marts.rpt_notice").to_string()
