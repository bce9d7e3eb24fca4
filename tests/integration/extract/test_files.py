"""A file that does not fit is refused with one sentence, once; the same file again changes nothing."""

import dataclasses

import psycopg
import pytest

from orchestration.extract import delivery as loading
from orchestration.extract import load
from orchestration.extract.contract import Column
from orchestration.extract.errors import ContractError, ExtractError
from orchestration.postgres import connection
from tests.integration.extract.ward import HEADER, VISIT, contents, counts, deliver, row, write


def test_load__the_same_file_twice_changes_nothing(owner, tmp_path):
    first = deliver(owner, tmp_path, "20260901", row("V1") + row("V2", part="x"))
    before = contents(owner)
    again = deliver(owner, tmp_path, "20260901", row("V1") + row("V2", part="x"))
    assert contents(owner) == before
    assert first.is_new
    assert not again.is_new
    assert again.delivery_id == first.delivery_id


def test_load__a_refused_file_is_recorded_once_and_tried_again_when_it_or_the_contract_changed(owner, tmp_path):
    def states():
        return owner.execute("select state from raw.delivery order by delivery_id").fetchall()

    body, header = "V1,1\n", "VISIT NUMBER,VISIT PART\n"
    first = deliver(owner, tmp_path, "20260901", body, header)
    assert (first.state, first.is_new, counts(first)) == ("refused", True, (0, 0, 0, 0))
    assert first.reason == (
        "ward__visit__20260901.csv lacks the columns VISIT KIND CODE, VISIT DATE, SEEN AT, SHARE, NOTE; the contract "
        "of ward__visit declares 7 columns: ask the source for the whole extract, or change the contract."
    )
    again = deliver(owner, tmp_path, "20260901", body, header)
    assert (again.is_new, again.reason, states()) == (False, first.reason, [("refused",)])
    deliver(owner, tmp_path, "20260901", body + "V2,1\n", header)
    assert states() == [("refused",)] * 2
    narrower = dataclasses.replace(VISIT, columns=VISIT.columns[:2])
    load.load_file(owner, narrower, tmp_path / "ward__visit__20260901.csv")
    assert states() == [("refused",), ("refused",), ("loaded",)]


def test_load__a_file_that_is_no_text_or_cannot_be_opened_is_refused(owner, tmp_path):
    deliveries = [
        deliver(owner, tmp_path, "20260901", b"", b""),
        deliver(owner, tmp_path, "20260902", (HEADER + row("V1")).encode("utf-16"), b""),
        deliver(owner, tmp_path, "20260903", b"PK\x03\x04" + bytes(range(256)), b""),
        load.load_file(owner, VISIT, tmp_path / "ward__visit__20260904.csv"),
    ]
    assert [delivery.state for delivery in deliveries] == ["refused"] * 4
    assert "cannot be read (No such file or directory)" in deliveries[3].reason
    assert not load.load_file(owner, VISIT, tmp_path / "ward__visit__20260904.csv").is_new


def test_load__a_file_that_grows_while_it_is_read_is_refused_and_loaded_once_whole(owner, tmp_path):
    path = write(tmp_path, "20260901", "".join(row(f"V{number}") for number in range(50_000)))

    def grow(progress):
        if progress.row_count and path.read_bytes()[-2:] != b"!\n":
            with path.open("ab") as file:
                file.write(row("V50000", "!").encode())

    cut = load.load_file(owner, VISIT, path, on_progress=grow)
    assert (cut.state, "changed while it was read" in cut.reason) == ("refused", True)
    assert contents(owner)["raw"] == []
    assert counts(load.load_file(owner, VISIT, path)) == (50_001, 50_001, 0, 0)


def test_ledger__counts_that_do_not_add_up_are_refused_by_the_database(owner, tmp_path):
    deliver(owner, tmp_path, "20260901", row("V1"))
    with pytest.raises(psycopg.errors.CheckViolation, match="ledger_adds_up"):
        owner.execute("update raw.delivery set received_count = 2")


def test_load__a_row_lost_on_the_way_is_found_by_the_ledger(owner, tmp_path, monkeypatch):
    monkeypatch.setattr(loading.quarantine, "keep", lambda *_: 0)
    with pytest.raises(ExtractError, match="do not add up"):
        deliver(owner, tmp_path, "20260901", row("V1") + row("V2", part="x"))
    assert all(rows == [] for rows in contents(owner).values())


def test_load_folder__takes_files_in_order_and_goes_on_after_a_refused_one(settings, tmp_path):
    write(tmp_path, "20260903", row("V1", "third"))
    write(tmp_path, "20260902", "", "NONSENSE\n")
    write(tmp_path, "20260901", row("V1", "first"))
    (tmp_path / "readme.txt").write_text("not an extract")
    seen = []
    deliveries = load.load_folder(settings, tmp_path, [VISIT], on_progress=seen.append)
    assert [(d.file_name[-6:-4], d.state) for d in deliveries] == [
        ("01", "loaded"),
        ("02", "refused"),
        ("03", "loaded"),
    ]
    assert [d.delivery_id for d in deliveries] == sorted(d.delivery_id for d in deliveries)
    assert seen[-1] == load.Progress("ward__visit__20260903.csv", 3, 3, 1)
    assert not any(d.is_new for d in load.load_folder(settings, tmp_path, [VISIT]))


def test_load_folder__a_missing_folder_is_one_sentence(settings, tmp_path):
    with pytest.raises(ExtractError, match="does not exist"):
        load.load_folder(settings, tmp_path / "nowhere", [VISIT])


def test_prepare__adds_a_new_column_and_keeps_one_that_left(owner, tmp_path):
    deliver(owner, tmp_path, "20260901", row("V1"))
    changed = dataclasses.replace(VISIT, columns=(*VISIT.columns[:-1], Column("bed", "integer", "")))
    load.prepare(owner, [changed])
    path = write(tmp_path, "20260902", row("V2", 7), HEADER.replace("NOTE", "BED"))
    assert counts(load.load_file(owner, changed, path)) == (1, 1, 0, 0)
    assert owner.execute("select visit_number, note, bed from raw.ward__visit order by 1").fetchall() == [
        ("V1", None, None),
        ("V2", None, 7),
    ]


def test_prepare__refuses_a_changed_type_and_a_changed_key(owner, tmp_path):
    deliver(owner, tmp_path, "20260901", row("V1"))
    changed = dataclasses.replace(VISIT, columns=(*VISIT.columns[:-1], Column("note", "date", "")))
    with pytest.raises(ContractError, match="column note: the contract now says date, the table has text"):
        load.prepare(owner, [changed])
    with pytest.raises(ContractError, match="the business key is now visit_number"):
        load.prepare(owner, [dataclasses.replace(VISIT, business_key=("visit_number",))])


def test_prepare__twice_changes_nothing(owner, tmp_path):
    deliver(owner, tmp_path, "20260901", row("V1"))
    before = contents(owner)
    load.prepare(owner, [VISIT])
    assert contents(owner) == before


def test_prepare__says_in_one_sentence_what_the_database_refuses(settings):
    with connection.connect(settings, "analyst") as analyst, pytest.raises(ExtractError) as error:
        load.prepare(analyst, [VISIT])
    assert str(error.value).startswith("The raw tables could not be prepared as cpw_analyst (permission denied")


@pytest.mark.parametrize("role", ["analyst", "reader"])
def test_raw__belongs_to_the_owner_only(installation, role):
    with connection.connect(installation) as owner:
        assert owner.execute("select has_schema_privilege(%s, 'raw', 'usage')", [f"cpw_{role}"]).fetchone() == (False,)
