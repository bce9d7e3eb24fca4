"""The appraisal pack of whoever asks for it, from their work list: a file that can be verified, and of nobody else."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from pypdf import PdfReader

from orchestration.pack import verify
from orchestration.pack.seal import KEY_FILE
from orchestration.postgres import connection
from tests.browser.review.pages import Cast, Forger, Reviewer, asked
from tests.installations import RunningSuperset

pytestmark = pytest.mark.browser
NAME = "select person_name from marts.person where user_name = %s"


def test_clinician__downloads_the_own_pack_and_it_verifies(
    reviewer: Callable[[str], Reviewer], cast: Cast, superset: RunningSuperset, tmp_path: Path
) -> None:
    clinician = reviewer(cast.clinician)
    clinician.open("/review/").get_by_role("link", name="Appraisal pack").click()
    clinician.page.get_by_label("First month").select_option("2026-01")
    clinician.page.get_by_label("Last month").select_option("2026-06")
    with clinician.page.expect_download() as download:
        clinician.page.get_by_role("button", name="Make the pack").click()
    file = tmp_path / "pack.pdf"
    download.value.save_as(file)
    assert download.value.suggested_filename == "appraisal-2026-01-2026-06.pdf"
    assert verify.file(file, (superset.settings.secrets / KEY_FILE).read_bytes()).is_ours
    assert str(asked(superset, NAME, cast.clinician)) in PdfReader(file).pages[0].extract_text()
    seen = "select count(*) from access.viewing where user_name = %s and chart like 'Appraisal pack, January 2026%%'"
    assert asked(superset, seen, cast.clinician) == 1


def test_months_the_wrong_way_round__are_told_at_the_field(reviewer: Callable[[str], Reviewer], cast: Cast) -> None:
    page = reviewer(cast.clinician).open("/review/pack/?first=2026-06&last=2026-01")
    assert "before it begins" in page.locator("#pack-last-error").inner_text()


def test_nobody__is_given_the_pack_of_another(
    forger: Callable[[str], Forger], cast: Cast, superset: RunningSuperset, tmp_path: Path
) -> None:
    asked_for = f"/review/pack/?first=2026-01&last=2026-06&clinician={cast.colleague}&user={cast.colleague}"
    (tmp_path / "mine.pdf").write_bytes(forger(cast.clinician).get(asked_for).content)
    cover = PdfReader(tmp_path / "mine.pdf").pages[0].extract_text()
    assert str(asked(superset, NAME, cast.clinician)) in cover
    assert str(asked(superset, NAME, cast.colleague)) not in cover
    for level in ("executive", "auditor"):
        assert forger(superset.people[level][0]).get(asked_for).status_code == 403


def test_login_of_packs__writes_nothing_and_knows_no_patient(superset: RunningSuperset) -> None:
    with connection.connect(superset.settings, "pack", autocommit=True) as pack:
        assert pack.execute("select count(*) from marts.performance").fetchone()[0] > 0  # type: ignore[index]
        pack.execute("set default_transaction_read_only = off")
        for statement in (
            "select * from identity.pseudonym",
            "select * from raw.pas__patient",
            "select * from intermediate.int_spell",
            "select * from access.decision",
            "insert into review.act (acted_by, publication_id) values ('x', 1)",
            "delete from marts.performance",
            "select review.act(null)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                pack.execute(statement)
