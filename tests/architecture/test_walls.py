"""The walls of the house: which room may import what, which layer may read which, and nothing done at import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = ("orchestration", "expectations", "dashboards")
ONLY_IN = {
    "dagster": ("orchestration",),
    "dagster_dbt": ("orchestration",),
    "great_expectations": ("expectations",),
    "superset": ("dashboards/server",),
    "flask": ("dashboards/server",),
}
STATISTICS_MAY_NOT = {"psycopg", "psycopg2", "sqlalchemy", "dagster", "dbt", "requests", "orchestration.postgres"}


def source_files() -> list[Path]:
    """Every Python file of the house, tests apart."""
    return sorted(path for room in ROOMS for path in (PROJECT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The modules that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def relative(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("library", ONLY_IN)
def test_library__is_imported_only_in_its_room(library: str) -> None:
    found = [
        relative(path)
        for path in source_files()
        if any(name == library or name.startswith(f"{library}.") for name in imported(path))
        and not relative(path).startswith(ONLY_IN[library])
    ]
    assert not found


def test_statistics__know_neither_database_nor_dagster() -> None:
    found = {
        relative(path): sorted(name for name in imported(path) if name.startswith(tuple(STATISTICS_MAY_NOT)))
        for path in (PROJECT / "orchestration" / "statistics").rglob("*.py")
    }
    assert not {path: names for path, names in found.items() if names}


def test_environment__is_read_in_settings_alone() -> None:
    """Superset's own server is another program: it reads what the services room hands over."""
    found = [
        relative(path)
        for path in source_files()
        if relative(path) != "orchestration/settings.py"
        and not relative(path).startswith("dashboards/server/")
        and any(
            isinstance(node, ast.Attribute)
            and node.attr in {"environ", "getenv", "putenv"}
            and isinstance(node.value, ast.Name)
            and node.value.id == "os"
            for node in ast.walk(ast.parse(path.read_text()))
        )
    ]
    assert not found


def test_every_file__says_its_reason_in_its_first_line() -> None:
    silent = [relative(path) for path in source_files() if not path.read_text().startswith('"""')]
    assert not silent


def test_every_file__can_be_read_in_one_sitting() -> None:
    long = {relative(path): count for path in source_files() if (count := len(path.read_text().splitlines())) > 320}
    assert not long


def test_import__does_no_io() -> None:
    """Importing every module opens no file of ours, no socket, no process (an audit hook watches)."""
    script = """
import sys
from pathlib import Path
project = str(Path.cwd())
seen = []
def watch(event, arguments):
    if event in {"socket.connect", "subprocess.Popen", "os.system"}:
        seen.append((event, str(arguments)[:200]))
    if event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(project):
        if not arguments[0].endswith((".py", ".pyc", ".so", ".pth")) and "site-packages" not in arguments[0] \\
                and "/env/" not in arguments[0]:
            seen.append((event, arguments[0]))
import dagster, dagster_dbt, great_expectations, pandas  # what these do is theirs
sys.addaudithook(watch)
import importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
assert not seen, seen
"""
    modules = [
        relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in source_files()
        if not relative(path).startswith("dashboards/server/")
    ]
    result = subprocess.run(
        [sys.executable, "-c", script, *modules], capture_output=True, text=True, check=False, cwd=PROJECT
    )
    assert result.returncode == 0, result.stderr
