"""Every extract broken in every way: no run crashes, no row is lost, the ledger adds up (each extract, each kind)."""

import csv
import gzip
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from orchestration.extract import contracts
from orchestration.settings import Settings
from tests.installations import BuiltWarehouse, run_cpw

BAD_DATE = "31/02/2026"


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def without_last_column(path: Path) -> None:
    write(path, [row[:-1] for row in rows_of(path)])


def with_unknown_column(path: Path) -> None:
    header, *rows = rows_of(path)
    write(path, [[*header, "SHOE SIZE"], *([*row, "42"] for row in rows)])


def with_header_reversed(path: Path) -> None:
    """Columns in another order, values with them: the same rows."""
    write(path, [row[::-1] for row in rows_of(path)])


def with_bad_dates(path: Path) -> None:
    """A day that does not exist in the first three rows, in every column that holds a date."""
    header, *rows = rows_of(path)
    dated = [i for i, name in enumerate(header) if name.endswith("DATE") or "DATE " in name or name.endswith(" AT")]
    for row in rows[:3]:
        for i in dated:
            row[i] = BAD_DATE
    write(path, [header, *rows])


def in_another_encoding(path: Path) -> None:
    """The first row's first text field in Windows-1252, which is not valid UTF-8."""
    header, first, *rest = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([header, "Müller".encode("cp1252") + first, *rest]))


def packed_and_cut(path: Path) -> None:
    """As gzip, its last bytes missing: most of it can be unpacked, and none of it may be loaded."""
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes())[:-9])
    path.unlink()


def zipped_with_another(path: Path) -> None:
    with zipfile.ZipFile(path.with_name(path.name + ".zip"), "w") as archive:
        archive.write(path, path.name)
        archive.writestr("readme.txt", "See the other file.")
    path.unlink()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def with_last_row_cut(path: Path) -> None:
    text = path.read_bytes().rstrip(b"\n")
    last = text.rindex(b"\n") + 1
    path.write_bytes(text[: last + text[last:].index(b",")])


REFUSED = [without_last_column, with_unknown_column, emptied, packed_and_cut, zipped_with_another]
ROWS_APART = [with_header_reversed, with_bad_dates, in_another_encoding, with_last_row_cut]


@pytest.fixture
def broken(
    new_installation: Callable[[], Settings], small_extracts: Path, tmp_path: Path
) -> Callable[[Callable[[Path], None]], tuple[BuiltWarehouse, pd.DataFrame]]:
    """Break the first file of every extract in one way and load the folder with `cpw load`."""

    def load_broken(breaking: Callable[[Path], None]) -> tuple[BuiltWarehouse, pd.DataFrame]:
        folder = tmp_path / "extracts"
        shutil.copytree(small_extracts, folder, ignore=shutil.ignore_patterns("truth"))
        for contract in contracts.load():
            breaking(min(folder.glob(f"{contract.name}__*.csv")))
        loaded = BuiltWarehouse(new_installation(), folder)
        result = loaded.cpw("load", "--extracts", str(folder))
        assert result.returncode == 0, result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        ledger = loaded.query("select * from raw.delivery order by source_name, table_name, file_name")
        return loaded, ledger

    return load_broken


def first_files(folder: Path) -> set[str]:
    return {min(folder.glob(f"{contract.name}__*.csv")).name for contract in contracts.load()}


def assert_adds_up(loaded: BuiltWarehouse, ledger: pd.DataFrame) -> None:
    """Every row of every file that was not refused is counted once, and the tables hold what the ledger says."""
    parts = ledger[["loaded_count", "unchanged_count", "quarantined_count", "held_count"]].sum(axis=1)
    assert (ledger["received_count"] == parts).all()
    held = loaded.query("select count(*) as n from raw.quarantine")["n"].item()
    assert held == ledger["quarantined_count"].sum()
    for row in ledger.itertuples():
        if row.state == "loaded":
            data_rows = (
                len(list(csv.reader((loaded.extracts / row.file_name).open(encoding="latin-1", newline="")))) - 1
            )
            assert row.received_count == data_rows, row.file_name
    for contract in contracts.load():
        table = loaded.query(f"select count(*) as n from {contract.raw_table}")["n"].item()
        mine = ledger[(ledger.source_name == contract.source) & (ledger.table_name == contract.table)]
        assert table == mine["loaded_count"].sum() + mine["deleted_count"].sum(), contract.name


@pytest.mark.parametrize("breaking", REFUSED)
def test_file_that_breaks_its_contract__is_refused_with_one_sentence(broken, breaking, small_extracts) -> None:
    loaded, ledger = broken(breaking)
    refused = ledger[ledger.state == "refused"]
    assert {name.removesuffix(".gz").removesuffix(".zip") for name in refused.file_name} == first_files(small_extracts)
    assert (refused.received_count == 0).all()
    for row in refused.itertuples():
        assert row.file_name in row.reason and "\n" not in row.reason, row.reason
    assert_adds_up(loaded, ledger)


@pytest.mark.parametrize("breaking", ROWS_APART)
def test_file_with_bad_rows__loads_its_good_rows(broken, breaking) -> None:
    loaded, ledger = broken(breaking)
    assert (ledger.state == "loaded").all(), ledger[ledger.state != "loaded"].reason.tolist()
    assert_adds_up(loaded, ledger)
    reasons = loaded.query(
        "select d.file_name, q.row_number, q.reason from raw.quarantine q join raw.delivery d using (delivery_id)"
    )
    if breaking is with_bad_dates:
        assert reasons.reason.str.contains(BAD_DATE, regex=False).sum() >= 3 * 10
    if breaking is in_another_encoding:
        assert first_files(loaded.extracts) <= set(reasons[reasons.row_number == 2].file_name)
    if breaking is with_last_row_cut:
        cut = reasons[reasons.reason.str.contains("field")]
        assert first_files(loaded.extracts) <= set(cut.file_name)


def test_run_with_broken_extracts__ends_without_a_traceback(
    new_installation: Callable[[], Settings], small_extracts: Path, tmp_path: Path
) -> None:
    """A whole pass over a folder with one extract broken in each way: it publishes, or says why not."""
    folder = tmp_path / "extracts"
    shutil.copytree(small_extracts, folder)
    ways = [*ROWS_APART, with_unknown_column]
    names = ["pas__patient", "pas__outpatient_attendance", "theatre__theatre_list", "pas__clinic_template"]
    for breaking, name in zip(ways, [*names, "outcome__complication"], strict=True):
        breaking(min(folder.glob(f"{name}__*.csv")))
    settings = new_installation()
    result = run_cpw(settings, "run", "--extracts", str(folder))
    assert "Traceback" not in result.stderr
    if result.returncode == 0:
        assert result.stdout.startswith("Published: "), result.stdout
    else:
        assert result.stderr.strip().splitlines()[-1].startswith("cpw: Not published: "), result.stderr
    assert "SHOE SIZE" in result.stderr, "the refused file is named while the run goes on"
    assert_adds_up(
        BuiltWarehouse(settings, folder),
        BuiltWarehouse(settings, folder).query(
            "select * from raw.delivery order by source_name, table_name, file_name"
        ),
    )
