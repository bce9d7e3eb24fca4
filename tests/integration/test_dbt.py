"""The dbt project on raw tables that are empty, or hold a few versions: it builds, and stages what is current."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from orchestration import foundation
from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import run_cpw

# (key, its hash, postcode, none where deleted; extracted and loaded in hours from the start, delivery, row)
VERSIONS = [
    # Corrected, and corrected again by an older file that came late: the newest extract time wins.
    ("corrected", 1, "A1", 1, 1, 10, 2),
    ("corrected", 1, "A3", 3, 3, 12, 2),
    ("corrected", 1, "A2", 2, 9, 19, 2),
    # Deleted; deleted and back again; deleted before it was ever there.
    ("deleted", 2, "B1", 1, 1, 10, 3),
    ("deleted", 2, None, 3, 3, 12, 0),
    ("back", 3, "C1", 1, 1, 10, 4),
    ("back", 3, None, 2, 2, 11, 0),
    ("back", 3, "C3", 3, 3, 12, 3),
    ("never there", 4, None, 3, 3, 12, 0),
    # Extracted at the same time: the later delivery; the same delivery: what was known last; then the later row.
    ("tie", 5, "D2", 1, 2, 11, 2),
    ("tie", 5, "D1", 1, 2, 10, 9),
    ("repaired", 6, "E1", 3, 3, 12, 5),
    ("repaired", 6, "E2", 3, 9, 12, 0),
    ("twice", 7, "F1", 1, 1, 10, 6),
    ("twice", 7, "F2", 1, 1, 10, 7),
    # Two keys of one hash, of which a late delivery made versions at one position: only one of them is not the last.
    ("same hash", 8, "G1", 3, 9, 12, 0),
    ("same hash", 8, "G2", 4, 9, 20, 2),
    ("hash, too", 8, "H1", 3, 9, 12, 0),
]
CURRENT = {
    "corrected": "A3",
    "back": "C3",
    "tie": "D2",
    "repaired": "E2",
    "twice": "F2",
    "same hash": "G2",
    "hash, too": "H1",
}
AT_FIRST = {"corrected": "A1", "deleted": "B1", "back": "C1", "twice": "F2"}
BEFORE_THE_LATE = {"corrected": "A3", "back": "C3", "tie": "D2", "repaired": "E1", "twice": "F2"}


@pytest.fixture(scope="module")
def empty(new_installation: Callable[[], Settings]) -> Settings:
    settings = new_installation()
    foundation.lay(settings)
    return settings


def test_build__with_unit_tests_passes_on_no_rows(empty: Settings) -> None:
    result = run_cpw(empty, "dbt", "--warn-error", "build")
    assert result.returncode == 0, result.stdout[-4000:]
    assert "unit tests" in result.stdout


def test_docs__can_be_made(empty: Settings) -> None:
    result = run_cpw(empty, "dbt", "docs", "generate")
    assert result.returncode == 0, result.stdout[-4000:]
    assert (empty.dbt_target / "catalog.json").exists()


@pytest.fixture
def patients(empty: Settings) -> Iterator[psycopg.Connection]:
    """Fill the raw table of patients with the versions."""
    with connection.connect(empty, autocommit=True) as owner:
        with owner.cursor() as cursor:
            cursor.executemany(
                """
                insert into raw.pas__patient (
                    local_patient_identifier, _key_hash, postcode_of_usual_address, _extracted_at, _loaded_at,
                    _delivery_id, _row_number, _row_hash, _segment, _is_deleted
                ) values (
                    %s, %s, %s, '2026-10-01 00:00Z'::timestamptz + make_interval(hours => %s),
                    '2026-10-02 00:00Z'::timestamptz + make_interval(hours => %s), %s, %s, 1, 0, %s
                )
                """,
                [(*version, version[2] is None) for version in VERSIONS],
            )
        yield owner
        owner.execute("truncate raw.pas__patient")


@pytest.mark.parametrize(
    ("known_on", "schema", "expected"),
    [
        (None, "staging", CURRENT),
        ("2026-10-02T02:00:00Z", "known_on_staging", AT_FIRST),
        ("2026-10-02T09:00:00+00:00", "known_on_staging", BEFORE_THE_LATE),
        ("2026-10-02", "known_on_staging", CURRENT),
        ("2026-10-01", "known_on_staging", {}),
    ],
)
def test_staging__shows_the_version_at_the_last_position_of_those_known(
    empty: Settings, patients: psycopg.Connection, known_on: str | None, schema: str, expected: dict[str, str]
) -> None:
    variables = ["--vars", f"{{as_known_on: '{known_on}'}}"] if known_on else []
    result = run_cpw(empty, "dbt", "run", "--select", "stg_pas__patient", *variables)
    assert result.returncode == 0, result.stdout[-4000:]
    staged = patients.execute(f"select local_patient_id, postcode from {schema}.stg_pas__patient").fetchall()
    assert sorted(staged) == sorted(expected.items())
