"""Whatever arrives is loaded, refused or held: in one clear sentence, every row accounted for, the good ones loaded."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st

from orchestration.extract import load
from orchestration.extract.ledger import Delivery
from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import SEED
from tests.integration.extract.corpus import CONTRACTS, CORPUS, EXCEL, GOOD, NAMES, PARQUET, REFUSED_SOMEHOW
from tests.integration.extract.ward import HEADER, VISIT, empty, row

BESIDE = "ward__visit__20260902.csv"


@pytest.fixture(scope="module")
def database(installation: Settings) -> Iterator[psycopg.Connection]:
    with connection.connect(installation, autocommit=True) as owner:
        load.prepare(owner, CONTRACTS)
        yield owner


def take(installation: Settings, database: psycopg.Connection, folder: Path) -> dict[str, Delivery]:
    """Load `folder` into empty tables; check what must be true of any delivery, and return them by their files."""
    empty(database, *CONTRACTS)
    found = {one.file_name: one for one in load.load_folder(installation, folder, CONTRACTS)}
    assert set(found) == {path.name for path in folder.iterdir()}
    for one in found.values():
        assert_accounted_for(database, one)
    return found


def assert_accounted_for(database: psycopg.Connection, one: Delivery) -> None:
    assert one.state in {"loaded", "refused", "held"}
    parts = one.loaded_count + one.unchanged_count + one.quarantined_count + one.held_count
    assert one.received_count == parts
    counted = [f"select count(*) as n from {made.raw_table} where _delivery_id = %(id)s" for made in CONTRACTS]
    everywhere = f"select sum(n)::int from ({' union all '.join(counted)}) as counted"
    (in_raw,) = database.execute(everywhere, {"id": one.delivery_id}).fetchone()
    aside = database.execute(
        "select row_number, reason from raw.quarantine where delivery_id = %s", [one.delivery_id]
    ).fetchall()
    assert (in_raw, len(aside)) == (one.loaded_count + one.deleted_count, one.quarantined_count)
    assert all(number >= 2 and reason and "\n" not in reason for number, reason in aside), aside
    said = one.sentence
    assert one.file_name in said, said
    assert len(said.splitlines()) == 1 and said == said.strip(), said
    if one.state == "refused":
        assert one.received_count == 0
        assert one.reason.endswith(".") and "Traceback" not in one.reason, one.reason


@pytest.mark.parametrize("case", CORPUS)
def test_corpus__is_refused_in_one_sentence_or_loaded_but_for_its_broken_rows(installation, database, tmp_path, case):
    broken = CORPUS[case]
    (tmp_path / broken.name).write_bytes(broken.data)
    (tmp_path / BESIDE).write_bytes(GOOD)
    found = take(installation, database, tmp_path)
    one = found[broken.name]
    assert found[BESIDE].state == "loaded"
    if broken.refused or case in REFUSED_SOMEHOW:
        assert one.state == "refused", one.sentence
        assert broken.refused in one.reason
        return
    assert (one.state, one.loaded_count) == ("loaded", broken.loaded), one.sentence
    aside = database.execute(
        "select row_number, reason from raw.quarantine where delivery_id = %s order by 1", [one.delivery_id]
    ).fetchall()
    assert [number for number, _ in aside] == [number for number, _ in broken.aside]
    for (_, reason), (_, said) in zip(aside, broken.aside, strict=True):
        assert said in reason


PIECES = [
    HEADER.encode(), row("V1").encode(), row("V2", part="x").encode(), b"V1,1", b",", b'"', b"\n", b"\r\n", b"\r",
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"PAR1", b"\x1f", b"\\.\n", b"\\N",
    "é".encode(),
]  # fmt: skip
BYTES = st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
FILE_NAMES = [NAMES[VISIT], NAMES[VISIT] + ".gz", NAMES[VISIT] + ".zip", NAMES[PARQUET], NAMES[EXCEL]]


@seed(SEED)
@settings(max_examples=120, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(FILE_NAMES), data=BYTES)
@example(name=NAMES[VISIT], data=HEADER.encode() + b"\x1f,\x1f\n")
@example(name=NAMES[VISIT], data=HEADER.encode() + b"V\x1f1,1,A,,,,\x1f\n")
@example(name=NAMES[VISIT], data=HEADER.encode() + b"\\.\n" + row("V1").encode())
def test_any_bytes__are_a_delivery_of_some_state(installation, database, name, data):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        (Path(folder) / BESIDE).write_bytes(GOOD)
        found = take(installation, database, Path(folder))
        assert found[BESIDE].state == "loaded"
        assert found[name].state != "held"


@seed(SEED)
@settings(max_examples=60, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from([NAMES[PARQUET], NAMES[EXCEL], NAMES[VISIT] + ".gz", NAMES[VISIT] + ".zip"]),
    at=st.floats(0, 1),
    put=st.binary(min_size=1, max_size=4),
)
def test_one_place_overwritten__is_noticed_or_harmless(installation, database, whole_files, name, at, put):
    data = bytearray(whole_files[name])
    place = int(at * (len(data) - 1))
    data[place : place + len(put)] = put
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(bytes(data))
        (Path(folder) / BESIDE).write_bytes(GOOD)
        assert take(installation, database, Path(folder))[BESIDE].state == "loaded"


@pytest.fixture(scope="module")
def whole_files() -> dict[str, bytes]:
    from tests.integration.extract.corpus import gzip, in_excel, in_parquet, zipped

    return {
        NAMES[PARQUET]: in_parquet(),
        NAMES[EXCEL]: in_excel(("V1", 1, "A"), ("V2", 1, "B")),
        NAMES[VISIT] + ".gz": gzip.compress(GOOD),
        NAMES[VISIT] + ".zip": zipped(visits=GOOD),
    }
