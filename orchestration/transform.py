"""The dbt project as others see it: where it is, its manifest, parsed anew when it changed, and a run apart."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import yaml

from orchestration.errors import WarehouseError
from orchestration.postgres import connection
from orchestration.settings import PROJECT, Settings, child_environment

DBT_PROJECT = PROJECT / "dbt_project"
DBT = Path(sys.prefix) / "bin" / "cpw-dbt"
ENDINGS = {".sql", ".yml", ".csv", ".md"}


class TransformError(WarehouseError):
    """The dbt project cannot be parsed, or models of it cannot be built."""


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


def run_apart(
    settings: Settings, name: str, choice: list[str], variables: dict[str, object], project: Path = DBT_PROJECT
) -> None:
    """Run the models of a choice (`--select ...`) with these vars, which send them to schemas apart from the served.

    What dbt notes about the project goes to a folder `name` of its own: a refresh needs other notes. Raises
    `TransformError` when a model cannot be built.
    """
    log = settings.logs / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = child_environment(
        settings, **connection.dbt_environment(settings), DBT_TARGET_PATH=str(settings.dbt_target / name)
    )
    command = [str(DBT), "run", *choice, "--vars", yaml.safe_dump(variables)]
    places = ["--project-dir", str(project), "--profiles-dir", str(project)]
    with log.open("w") as said:
        done = subprocess.run([*command, *places], env=environment, stdout=said, stderr=said, check=False)
    if done.returncode != 0:
        failed = sorted(set(re.findall(r"\bin model (\w+)", log.read_text())))
        raise TransformError(f"dbt could not build {', '.join(failed) or 'the models'}: see {log}.")


def _digest(project: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(project.rglob("*")):
        if path.suffix in ENDINGS and "target" not in path.parts:
            digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
