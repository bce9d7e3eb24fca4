"""A new extract table is its entry in a dbt source, one staging model and its YAML: done in a copy of the project.

The extract has all that is unusual: pipes, Windows-1252, DD/MM/YYYY, padded codes, and rows that say *delete*.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration import settings as settings_module
from orchestration.postgres import connection, server
from orchestration.settings import PROJECT, Settings
from tests.installations import CPW

ROOMS = ("dbt_project", "orchestration", "expectations", "dashboards", "requirements")
PAS = Path("dbt_project/models/staging/pas")
SOURCE = """
      - name: ward_transfer
        identifier: pas__ward_transfer
        description: One row per move of a patient to another ward.
        config:
          meta:
            extract:
              file_pattern: 'WARDMOVE_{extracted_at}.txt'
              delimiter: '|'
              encoding: cp1252
              delivery_kind: net_change
              business_key: [transfer_identifier]
              change_type: {column: change_type, delete: ['D']}
        columns:
          - name: transfer_identifier
            data_type: text
            description: 'Number of the move.'
            config: {meta: {required: true, form: trimmed}}
          - name: change_type
            data_type: text
            description: 'What the row does: I insert, U update, D delete.'
            config: {meta: {required: true, codes: ['I', 'U', 'D']}}
          - name: ward_name
            data_type: text
            description: 'Ward moved to.'
            config: {meta: {aliases: ['WARD MOVED TO']}}
          - name: transfer_date
            data_type: date
            description: 'Day of the move.'
            config: {meta: {form: DD/MM/YYYY}}
"""
MODEL = """-- The current version of every ward transfer of PAS: renamed and decoded, nothing else.
select
    transfer_identifier as transfer_id,
    ward_name,
    transfer_date as transferred_on,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('pas', 'ward_transfer') }}
"""
MODEL_YAML = """
  - name: stg_pas__ward_transfer
    description: One row per move of a patient to another ward.
    columns:
      - name: transfer_id
        description: Number of the move.
        data_tests: [unique, not_null]
"""
FILES = {
    "WARDMOVE_20261001T0600.txt": (
        "TRANSFER IDENTIFIER|CHANGE TYPE|WARD MOVED TO|TRANSFER DATE\r\n"
        "T1  |I|Saint-André|01/09/2026\r\n"
        'T2  |I|"Ward 4 | ""High care"""|30/09/2026\r\n'
        "T3  |I|Müller|31/09/2026\r\n"
        "T4  |I|Müller|02/09/2026\r\n"
    ),
    "WARDMOVE_20261002T0600.txt": (
        "TRANSFER IDENTIFIER|CHANGE TYPE|WARD MOVED TO|TRANSFER DATE\r\n"
        "T1|D||\r\n"
        "T4|U|Recovery|03/09/2026\r\n"
        "T5|I|Müller|04/09/2026\r\n"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """A copy of the project with an installation of its own."""

    project: Path
    settings: Settings

    def run(self, *command: str) -> str:
        """Run a program on the copy's code; return what it said."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CPW_", "DBT_"))}
        environment |= {"PYTHONPATH": str(self.project), "CPW_HOME": str(self.settings.home)}
        result = subprocess.run(command, env=environment, cwd=self.project, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout


@pytest.fixture(scope="module")
def copy() -> Iterator[Copy]:
    """Copy the project and add the extract to it. Not in pytest's folder: PostgreSQL's user cannot enter that."""
    home = Path(tempfile.mkdtemp(prefix="cpw-test-"))
    made = Copy(home / "project", settings_module.load({"CPW_HOME": str(home / "home")}))
    for room in ROOMS:
        shutil.copytree(PROJECT / room, made.project / room, ignore=shutil.ignore_patterns("__pycache__", "target"))
    home.chmod(0o711)
    made.settings.home.mkdir()
    for file, text in ((f"{PAS}/_pas__sources.yml", SOURCE), (f"{PAS}/_pas__models.yml", MODEL_YAML)):
        path = made.project / file
        path.write_text(path.read_text().rstrip("\n") + text)
    (made.project / PAS / "stg_pas__ward_transfer.sql").write_text(MODEL)
    yield made
    server.stop(made.settings)
    shutil.rmtree(home)


def digests(project: Path) -> dict[str, str]:
    return {
        str(path.relative_to(project)): hashlib.sha256(path.read_bytes()).hexdigest()
        for room in ROOMS
        for path in (project / room).rglob("*")
        if path.is_file() and not {"__pycache__", "target"}.intersection(path.parts)
    }


def test_new_extract__is_three_files_and_its_rows_are_in_staging(copy: Copy, tmp_path: Path) -> None:
    before, after = digests(PROJECT), digests(copy.project)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == {
        f"{PAS}/_pas__sources.yml",
        f"{PAS}/_pas__models.yml",
        f"{PAS}/stg_pas__ward_transfer.sql",
    }
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(text.encode("cp1252"))
    said = copy.run(str(CPW), "load", "--extracts", str(tmp_path)).splitlines()
    assert said == [
        "WARDMOVE_20261001T0600.txt: 4 rows received = 3 loaded + 0 unchanged + 1 in quarantine",
        "WARDMOVE_20261002T0600.txt: 3 rows received = 3 loaded + 0 unchanged + 0 in quarantine",
        "2 deliveries.",
    ]
    copy.run(str(CPW), "dbt", "build", "--select", "stg_pas__ward_transfer")
    with connection.connect(copy.settings) as owner:
        rows = owner.execute(
            "select transfer_id, ward_name, transferred_on::text, delivery_row_number"
            " from staging.stg_pas__ward_transfer order by transfer_id"
        ).fetchall()
        refused = owner.execute("select row_number, reason from raw.quarantine").fetchall()
    assert rows == [
        ("T2", 'Ward 4 | "High care"', "2026-09-30", 3),
        ("T4", "Recovery", "2026-09-03", 3),
        ("T5", "Müller", "2026-09-04", 4),
    ]
    assert len(refused) == 1 and refused[0][0] == 4 and "31/09/2026" in refused[0][1]


def test_new_extract__has_its_rules_and_its_feed(copy: Copy) -> None:
    """Checks, lineage and freshness follow from the contract, too."""
    script = """
from expectations import rules
from orchestration.assets import feeds, raw
from orchestration.extract import contracts
declared = contracts.load()
checked = rules.load(declared)
print(*(rule.rule_id for rule in checked if rule.table_name == "pas__ward_transfer"))
print(*(spec.key.to_user_string() for spec in feeds.feed_assets(declared, checked) if spec.freshness_policy))
print(*(key.to_user_string() for key in raw.raw_assets(declared).keys))
"""
    checks, fed, tables = copy.run(sys.executable, "-c", script).splitlines()
    assert "pas__ward_transfer__rows_accounted" in checks.split()
    assert "feed/pas__ward_transfer" in fed.split()
    assert "raw/pas__ward_transfer" in tables.split()
