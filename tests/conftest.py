"""What tests share: a synthetic trust, a warehouse built from it once per session, and a Superset on top."""

import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from orchestration import demonstration, installation, secret, transform
from orchestration import settings as settings_module
from orchestration.identity import key
from orchestration.postgres import connection, server
from orchestration.services import dagster
from orchestration.services import superset as superset_service
from orchestration.settings import Settings
from orchestration.synthetic.write import write_trust
from tests.installations import SEED, BuiltWarehouse, RunningSuperset, free_port

# How long an example takes says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile("any machine", deadline=None, print_blob=True)
hypothesis.settings.load_profile("any machine")


def pytest_report_header() -> str:
    """Print the seed: `CPW_TEST_SEED` repeats a run."""
    return f"seed of the synthetic trust: {SEED}"


@pytest.fixture(scope="session")
def parsed_dbt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parse the dbt project once: every installation of a session has the same."""
    settings = settings_module.load({"CPW_HOME": str(tmp_path_factory.mktemp("parsed"))})
    return transform.manifest(settings).parent


@pytest.fixture(scope="session")
def pseudonym_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one key for the pseudonyms of all installations of a session: what they publish can be compared."""
    path = tmp_path_factory.mktemp("secrets") / key.FILE
    secret.read_or_make(path, 32)
    return path


@pytest.fixture(scope="session")
def new_installation(parsed_dbt: Path, pseudonym_key: Path) -> Iterator[Callable[[], Settings]]:
    """Make installations in folders of their own; all that they started is stopped at the end.

    Not pytest's own folder: where tests run as root, PostgreSQL runs as a user that cannot enter that.
    """
    made: list[Settings] = []

    def make() -> Settings:
        home = Path(tempfile.mkdtemp(prefix="cpw-test-"))
        settings = dataclasses.replace(
            settings_module.load({"CPW_HOME": str(home)}), superset_port=free_port(), dagster_port=free_port()
        )
        shutil.copytree(parsed_dbt, settings.dbt_target)
        settings.secrets.mkdir(mode=0o700)
        shutil.copy(pseudonym_key, settings.secrets)
        made.append(settings)
        return settings

    yield make
    for settings in made:
        dagster.stop(settings)
        superset_service.stop(settings)
        server.stop(settings)
        shutil.rmtree(settings.home, ignore_errors=True)


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
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the extracts of a small trust: two years, so that the rolling 12 months roll."""
    folder = tmp_path_factory.mktemp("trust") / "extracts"
    write_trust(folder, years=2, clinicians=32, seed=SEED)
    return folder


@pytest.fixture(scope="session")
def small_extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the smallest trust, for tests that build it again and again or break it."""
    folder = tmp_path_factory.mktemp("small_trust") / "extracts"
    write_trust(folder, years=1, clinicians=16, seed=SEED)
    return folder


@pytest.fixture(scope="session")
def small_warehouse(build_warehouse: Callable[[Path], BuiltWarehouse], small_extracts: Path) -> BuiltWarehouse:
    """Return the warehouse of the smallest trust, to compare others with; tests do not change it."""
    return build_warehouse(small_extracts)


@pytest.fixture(scope="session")
def warehouse(build_warehouse: Callable[[Path], BuiltWarehouse], extracts: Path) -> BuiltWarehouse:
    """Return the warehouse that the tests of this session share; they do not change it."""
    return build_warehouse(extracts)


@pytest.fixture(scope="session")
def superset(warehouse: BuiltWarehouse) -> RunningSuperset:
    """Return a real Superset server on the shared warehouse, deployed as `cpw up` deploys it."""
    settings = warehouse.settings
    superset_service.start(settings)
    superset_service.wait(settings)
    installation.deploy(settings)
    with connection.connect(settings) as owner:
        log_ins = demonstration.log_ins(settings, owner)
    return RunningSuperset(
        base_url=superset_service.address(settings),
        people={person.leadership_level: (person.user_name, password) for person, password in log_ins},
        admin=superset_service.ADMINISTRATOR,
        admin_password=superset_service.administrator_password(settings),
        settings=settings,
    )
