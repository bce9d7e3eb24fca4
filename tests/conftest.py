"""What tests share: a synthetic trust, a warehouse built from it once for all workers, and a Superset on top."""

import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from orchestration import secret, transform
from orchestration import settings as settings_module
from orchestration.identity import key
from orchestration.postgres import server
from orchestration.services import dagster
from orchestration.services import superset as superset_service
from orchestration.settings import Settings
from orchestration.synthetic.write import write_trust
from tests.installations import SEED, BuiltWarehouse, RunningSuperset, free_port, start_superset
from tests.personas import grant_by_hand
from tests.shared import Shared, keep_stopped, start_copy

# How long an example takes says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile("any machine", deadline=None, print_blob=True)
hypothesis.settings.load_profile("any machine")
SHARED = pytest.StashKey[Shared]()


def pytest_report_header() -> str:
    """Print the seed: `CPW_TEST_SEED` repeats a run."""
    return f"seed of the synthetic trust: {SEED}"


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that the workers of the session share; they are told of it, and whoever made it removes it.

    Not pytest's own folder: where tests run as root, PostgreSQL runs as a user that cannot enter that.
    """
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="cpw-shared-"))
        folder.chmod(0o711)
        config.stash[SHARED] = Shared(folder)
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    else:
        config.stash[SHARED] = Shared(Path(config.workerinput["shared"]))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker, before it starts, of the folder that it shares."""
    node.workerinput["shared"] = str(node.config.stash[SHARED].folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest file: for it one worker builds the small trust, while another builds the larger one."""
    items.sort(key=lambda item: item.path.name != "test_kill.py")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the matrix of what each persona reads, whether it is as it should be or not."""
    reports = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    for name, matrix in (noted for report in reports if report.when == "call" for noted in report.user_properties):
        if name == "matrix":
            terminalreporter.section("Rows that each persona reads of each served table")
            terminalreporter.write_line(matrix)


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Shared:
    """Return what the workers of the session share."""
    return pytestconfig.stash[SHARED]


@pytest.fixture(scope="session")
def parsed_dbt(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parse the dbt project once: every installation of a session has the same."""

    def parse(folder: Path) -> None:
        settings = settings_module.load({"CPW_HOME": str(tmp_path_factory.mktemp("parsed"))})
        shutil.copytree(transform.manifest(settings).parent, folder, dirs_exist_ok=True)

    return shared.once("parsed", parse)


@pytest.fixture(scope="session")
def pseudonym_key(shared: Shared) -> Path:
    """Make one key for the pseudonyms of all installations of a session: what they publish can be compared."""
    return shared.once("key", lambda folder: secret.read_or_make(folder / key.FILE, 32)) / key.FILE


@pytest.fixture(scope="session")
def new_home() -> Iterator[Callable[[], Settings]]:
    """Make folders for installations; all that was started in them is stopped at the end.

    Not pytest's own folder: where tests run as root, PostgreSQL runs as a user that cannot enter that.
    """
    made: list[Settings] = []

    def make() -> Settings:
        home = Path(tempfile.mkdtemp(prefix="cpw-test-"))
        settings = dataclasses.replace(
            settings_module.load({"CPW_HOME": str(home)}), superset_port=free_port(), dagster_port=free_port()
        )
        made.append(settings)
        return settings

    yield make
    for settings in made:
        dagster.stop(settings)
        superset_service.stop(settings)
        server.stop(settings)
        shutil.rmtree(settings.home, ignore_errors=True)


@pytest.fixture(scope="session")
def new_installation(new_home: Callable[[], Settings], parsed_dbt: Path, pseudonym_key: Path) -> Callable[[], Settings]:
    """Make installations in which nothing is there yet."""

    def make() -> Settings:
        settings = new_home()
        shutil.copytree(parsed_dbt, settings.dbt_target)
        settings.secrets.mkdir(mode=0o700)
        shutil.copy(pseudonym_key, settings.secrets)
        return settings

    return make


@pytest.fixture(scope="session")
def build_warehouse(
    new_installation: Callable[[], Settings],
) -> Callable[[Path], BuiltWarehouse]:
    """Make a warehouse from a folder of extracts, through the same command as a user's."""

    def build(extracts: Path) -> BuiltWarehouse:
        built = BuiltWarehouse(new_installation(), extracts)
        result = built.cpw("run", "--extracts", str(extracts))
        assert result.returncode == 0, result.stdout + result.stderr
        return built

    return build


@pytest.fixture(scope="session")
def extracts(shared: Shared) -> Path:
    """Write the extracts of a small trust: two years, so that the rolling 12 months roll."""
    return shared.once("extracts", lambda folder: write_trust(folder, years=2, clinicians=32, seed=SEED))


@pytest.fixture(scope="session")
def small_extracts(shared: Shared) -> Path:
    """Write the smallest trust, for tests that build it again and again or break it."""
    return shared.once("small_extracts", lambda folder: write_trust(folder, years=1, clinicians=16, seed=SEED))


@pytest.fixture(scope="session")
def copy_of_warehouse(
    shared: Shared, new_home: Callable[[], Settings], build_warehouse: Callable[[Path], BuiltWarehouse]
) -> Callable[[Path], BuiltWarehouse]:
    """Return a warehouse of a folder of extracts that is the caller's own; all are copies of one that was built."""

    def copy(extracts: Path) -> BuiltWarehouse:
        kept = shared.once(
            f"warehouse_of_{extracts.name}", lambda folder: keep_stopped(build_warehouse(extracts).settings, folder)
        )
        return BuiltWarehouse(start_copy(kept, new_home()), extracts)

    return copy


@pytest.fixture(scope="session")
def small_warehouse(copy_of_warehouse: Callable[[Path], BuiltWarehouse], small_extracts: Path) -> BuiltWarehouse:
    """Return the warehouse of the smallest trust, to compare others with; tests do not change it."""
    return copy_of_warehouse(small_extracts)


@pytest.fixture(scope="module")
def own_small_warehouse(copy_of_warehouse: Callable[[Path], BuiltWarehouse], small_extracts: Path) -> BuiltWarehouse:
    """Return a warehouse of the smallest trust that the tests of a file may change."""
    return copy_of_warehouse(small_extracts)


@pytest.fixture(scope="session")
def warehouse(copy_of_warehouse: Callable[[Path], BuiltWarehouse], extracts: Path) -> BuiltWarehouse:
    """Return the warehouse that the tests of this session share; they do not change it. Some scopes are by hand."""
    built = copy_of_warehouse(extracts)
    grant_by_hand(built)
    return built


@pytest.fixture(scope="session")
def superset(warehouse: BuiltWarehouse) -> RunningSuperset:
    """Return a real Superset server on the shared warehouse, deployed as `cpw up` deploys it."""
    return start_superset(warehouse.settings)
