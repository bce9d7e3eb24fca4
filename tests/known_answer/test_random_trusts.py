"""Every measure equals its recomputation at every level over several random trusts, built without a publication."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration import foundation
from orchestration.extract import contracts, load
from orchestration.identity import pseudonym
from orchestration.postgres import connection
from orchestration.settings import Settings
from orchestration.synthetic.write import write_trust
from tests.installations import SEED, BuiltWarehouse, run_cpw
from tests.known_answer.compare import explanation, performance_differences, record_differences
from tests.known_answer.recompute import MEASURES, recompute
from tests.known_answer.served import served_performance, served_records

pytestmark = pytest.mark.warehouse

NEXT = "marts_next"


def built(settings: Settings, folder: Path) -> BuiltWarehouse:
    """Load the extracts and let dbt build all but the pages: neither gates nor a publication are asked here."""
    declared = contracts.load()
    foundation.lay(settings)
    load.load_folder(settings, folder, declared, workers=2)
    with connection.connect(settings, autocommit=True) as owner:
        pseudonym.keep(owner, settings.secrets, declared)
    result = run_cpw(settings, "dbt", "run", "--exclude", "path:models/marts/report")
    assert result.returncode == 0, result.stdout[-3000:]
    return BuiltWarehouse(settings, folder)


@pytest.mark.parametrize("number", range(1, 6))
def test_measures__equal_the_recomputation_of_a_random_trust(
    new_installation: Callable[[], Settings], tmp_path: Path, number: int
) -> None:
    seed = SEED + number
    write_trust(tmp_path / "extracts", years=1, clinicians=16, seed=seed)
    warehouse = built(new_installation(), tmp_path / "extracts")
    answer = recompute(tmp_path / "extracts")
    wrong = []
    for measure_id in MEASURES:
        performance, records = (
            frame[frame["measure_id"] == measure_id] for frame in (answer.performance, answer.records)
        )
        cells = performance_differences(performance, served_performance(warehouse, measure_id, NEXT))
        if len(cells):
            of_records = record_differences(records, served_records(warehouse, measure_id, NEXT))
            wrong.append(explanation(measure_id, cells, of_records))
    assert not wrong, f"seed {seed}\n" + "\n".join(wrong)
