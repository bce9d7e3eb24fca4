"""A trust is written the same again from the same seed, with the columns of the contracts, or refused in one line."""

from datetime import date

import pytest

from orchestration.errors import UsageError
from orchestration.synthetic.write import write_trust
from tests.unit.synthetic.written import CONTRACTS


def _bytes(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_write_trust__same_seed_writes_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_trust(tmp_path / name, years=1, clinicians=12, seed=7)
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two")


def test_write_trust__another_seed_writes_another_trust(tmp_path):
    for seed in (7, 8):
        write_trust(tmp_path / str(seed), years=1, clinicians=12, seed=seed)
    one, two = _bytes(tmp_path / "7"), _bytes(tmp_path / "8")
    assert one.keys() == two.keys()
    for path in one:
        # Who was registered again follows from the numbers of patients, not from the seed.
        if path.name.startswith(("pas__", "theatre__", "outcome__")) and "patient_merge" not in path.name:
            assert one[path] != two[path], path


def test_write_trust__headers_are_those_of_the_contracts(trust):
    assert {"__".join(name.split("__")[:2]) for name in trust.lines} == set(CONTRACTS)
    for name, (header, *_) in trust.lines.items():
        contract = CONTRACTS["__".join(name.split("__")[:2])]
        assert header == [column.header for column in contract.columns], name


def test_write_trust__extract_times_are_after_the_data(trust):
    times = sorted({name.rsplit("__")[-1].removesuffix(".csv") for name in trust.lines})
    assert times == ["20251001T0600", "20261001T0600", "20261015T0600"]
    assert (trust.summary.start_on, trust.summary.end_on) == (date(2024, 10, 1), date(2026, 9, 30))


def test_write_trust__data_end_with_the_last_whole_month(tmp_path):
    summary = write_trust(tmp_path, years=1, clinicians=12, end_on=date(2026, 2, 27))
    assert (summary.start_on, summary.end_on) == (date(2025, 2, 1), date(2026, 1, 31))


def test_write_trust__summary_and_truth_count_the_rows_that_were_written(trust):
    counted = {name: len(rows) - 1 for name, rows in trust.lines.items()}
    assert {row["file_name"]: int(row["row_count"]) for row in trust.truth("files.csv")} == counted
    assert sum(trust.summary.rows.values()) == sum(counted.values())
    assert trust.summary.files == len(counted)


def test_write_trust__volume_follows_the_clinicians(trust, tmp_path):
    double = write_trust(tmp_path, years=2, clinicians=48, seed=7)
    for extract in ("pas__patient", "pas__consultant_episode", "pas__outpatient_attendance"):
        assert 1.6 < double.rows[extract] / trust.summary.rows[extract] < 2.5, extract


def test_write_trust__tells_its_progress(tmp_path):
    told = []
    write_trust(tmp_path, years=1, clinicians=12, on_progress=told.append)
    assert told == ["Synthetic trust: year 1 of 1, to 2026-09-30"]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"clinicians": 11}, "at least 12 clinicians"), ({"years": 0}, "one year at least")],
)
def test_write_trust__too_small_a_trust_is_refused(tmp_path, options, message):
    with pytest.raises(UsageError, match=message):
        write_trust(tmp_path, **options)


def test_write_trust__a_folder_with_extracts_is_refused(trust):
    with pytest.raises(UsageError, match="holds extracts already"):
        write_trust(trust.folder, years=1, clinicians=12)
