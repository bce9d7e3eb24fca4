"""The dbt project as Dagster and the publication see it: where it is, and its manifest, parsed anew when it changed."""

import hashlib
import subprocess
import sys
from pathlib import Path

from orchestration.errors import WarehouseError
from orchestration.settings import PROJECT, Settings, child_environment

DBT_PROJECT = PROJECT / "dbt_project"
DBT = Path(sys.prefix) / "bin" / "cpw-dbt"
ENDINGS = {".sql", ".yml", ".csv", ".md"}


class TransformError(WarehouseError):
    """The dbt project cannot be parsed."""


def manifest(settings: Settings, project: Path = DBT_PROJECT) -> Path:
    """Return the path of the manifest; `dbt parse` makes it first if the project changed since. Needs no database.

    Raises `TransformError` with dbt's own words when the project cannot be parsed.
    """
    path = settings.dbt_target / "manifest.json"
    stamp = settings.dbt_target / "manifest.stamp"
    digest = _digest(project)
    if path.exists() and stamp.exists() and stamp.read_text() == digest:
        return path
    settings.dbt_target.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(
        [str(DBT), "--quiet", "parse", "--project-dir", str(project), "--profiles-dir", str(project)],
        env=child_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise TransformError(f"dbt cannot parse {project}: {(result.stdout + result.stderr).strip()}")
    stamp.write_text(digest)
    return path


def _digest(project: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(project.rglob("*")):
        if path.suffix in ENDINGS and "target" not in path.parts:
            digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
