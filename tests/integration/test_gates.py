"""What happens when a gate stays closed: nothing is published, the former publication stands, the ledger says why."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.settings import Settings
from tests.installations import BuiltWarehouse


@pytest.fixture(scope="module")
def refused(new_installation: Callable[[], Settings], small_extracts: Path, tmp_path_factory) -> BuiltWarehouse:
    """Publish, then send a new extract of posts in which every post belongs to a department that does not exist."""
    folder = tmp_path_factory.mktemp("closed") / "extracts"
    shutil.copytree(small_extracts, folder)
    built = BuiltWarehouse(new_installation(), folder)
    first = built.cpw("run", "--extracts", str(folder))
    assert first.returncode == 0, first.stderr
    posts = min(folder.glob("workforce__post__*.csv"))
    header, *rows = posts.read_text().splitlines()
    place = header.split(",").index("ORG UNIT CODE")
    changed = [",".join([*row.split(",")[:place], "NOWHERE", *row.split(",")[place + 1 :]]) for row in rows]
    (folder / "workforce__post__20261016.csv").write_text("\n".join([header, *changed]) + "\n")
    second = built.cpw("run", "--extracts", str(folder))
    assert second.returncode == 1, second.stdout + second.stderr
    assert second.stderr.strip().splitlines()[-1].startswith("cpw: Not published: raw gate: workforce__post__")
    assert "Traceback" not in second.stderr
    return built


def test_closed_gate__leaves_the_former_publication(refused: BuiltWarehouse) -> None:
    units = refused.query("select count(*) as n from marts.performance where org_unit_key like 'post:%%'")
    assert units["n"].item() > 0
    published = refused.query("select state, reason from quality.publication order by publication_id")
    assert published.state.tolist() == ["published", "refused"]
    assert published.reason[1].startswith("raw gate: ")


def test_closed_gate__is_told_on_the_pages(refused: BuiltWarehouse) -> None:
    """The page's notice is live: it reads the ledger, not the publication."""
    notice = refused.query("select notice_html from marts.rpt_notice")["notice_html"].str.cat()
    assert "not" in notice.lower() and "NOWHERE" not in notice


def test_closed_gate__stays_closed_until_the_data_change(refused: BuiltWarehouse) -> None:
    assert refused.cpw("run", "--extracts", str(refused.extracts)).returncode == 1
