"""A small synthetic trust, written once for all tests of this room."""

import pytest

from orchestration.synthetic.write import write_trust
from tests.installations import SEED
from tests.unit.synthetic.written import Written


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("synthetic")
    return Written(folder, write_trust(folder, years=2, clinicians=24, seed=SEED))


@pytest.fixture(scope="session")
def spells(trust: Written) -> dict[str, list[dict[str, str]]]:
    """Current episodes by spell, in their order, by the patient's number in use; without spells that are broken."""
    broken = {key.split("|")[0] for key in trust.broken}
    found: dict[str, list[dict[str, str]]] = {}
    for row in sorted(trust.current("pas__consultant_episode"), key=lambda row: int(row["episode_number"])):
        if row["hospital_provider_spell_number"] not in broken:
            found.setdefault(row["hospital_provider_spell_number"], []).append(
                {**row, "local_patient_identifier": trust.patient(row)}
            )
    return found
