"""Every identifier in the raw tables gets its pseudonym, once; a kill, a race or a wrong key spoils nothing."""

import random
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest

from orchestration.identity import key, pseudonym
from orchestration.postgres import connection
from orchestration.settings import PROJECT, Settings
from tests.installations import SEED, environment, run_cpw
from tests.integration.identity.identifiers import kept, put

MANY = 200_000


def test_keep__gives_each_identifier_its_pseudonym_once(owner, settings, declared) -> None:
    put(owner, "pas__patient", "local_patient_identifier", 1, 3)
    put(owner, "theatre__theatre_case", "local_patient_identifier", 2, 4)
    put(owner, "workforce__clinician", "consultant_code", 1, 1, "C")
    assert pseudonym.keep(owner, settings.secrets, declared) == {"patient": 4, "clinician": 1}
    secret = (settings.secrets / key.FILE).read_bytes()
    first = kept(owner)
    assert first == {
        ("clinician", "C1"): key.pseudonym(secret, "clinician", "C1"),
        **{("patient", f"N{n}"): key.pseudonym(secret, "patient", f"N{n}") for n in range(1, 5)},
    }
    assert pseudonym.keep(owner, settings.secrets, declared) == {"patient": 0, "clinician": 0}
    put(owner, "pas__patient", "local_patient_identifier", 5, 5)
    assert pseudonym.keep(owner, settings.secrets, declared) == {"patient": 1, "clinician": 0}
    assert first.items() < kept(owner).items()


def test_keep__the_same_text_of_two_purposes_has_two_pseudonyms(owner, settings, declared) -> None:
    put(owner, "pas__patient", "local_patient_identifier", 1, 1, "C")
    put(owner, "workforce__clinician", "consultant_code", 1, 1, "C")
    pseudonym.keep(owner, settings.secrets, declared)
    found = kept(owner)
    assert set(found) == {("patient", "C1"), ("clinician", "C1")}
    assert len(set(found.values())) == 2


def test_keep__passes_over_rows_that_are_deleted(owner, settings, declared) -> None:
    put(owner, "theatre__theatre_case", "theatre_case_identifier", 1, 2)
    assert pseudonym.keep(owner, settings.secrets, declared) == {"patient": 0, "clinician": 0}


def test_keep__two_at_once_give_each_identifier_one(owner, settings, declared) -> None:
    put(owner, "pas__patient", "local_patient_identifier", 1, 5_000)
    given, barrier = [], threading.Barrier(4)

    def keep() -> None:
        with connection.connect(settings, autocommit=True) as mine:
            barrier.wait()
            given.append(pseudonym.keep(mine, settings.secrets, declared)["patient"])

    threads = [threading.Thread(target=keep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == [0, 0, 0, 5_000]
    assert len(kept(owner)) == 5_000


def test_keep__killed_anywhere_has_given_all_or_none(owner, settings, declared) -> None:
    put(owner, "pas__patient", "local_patient_identifier", 1, MANY)
    program = (
        "from orchestration import settings\nfrom orchestration.extract import contracts\n"
        "from orchestration.identity import pseudonym\nfrom orchestration.postgres import connection\n"
        "s = settings.load()\nwith connection.connect(s, autocommit=True) as owner:\n"
        "    print('keeps', flush=True)\n    pseudonym.keep(owner, s.secrets, contracts.load())\n"
    )
    choice = random.Random(SEED)
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", program], env=environment(settings), cwd=PROJECT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None and process.stdout.readline() == "keeps\n"
        time.sleep(choice.uniform(0, 1))
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        process.wait()
        assert owner.execute("select count(*) from identity.pseudonym").fetchone()[0] in {0, MANY}
    pseudonym.keep(owner, settings.secrets, declared)
    assert len(kept(owner)) == MANY


def test_keep__another_key_is_refused_in_one_sentence(owner, settings, declared) -> None:
    put(owner, "pas__patient", "local_patient_identifier", 1, 1)
    pseudonym.keep(owner, settings.secrets, declared)
    before = kept(owner)
    put(owner, "pas__patient", "local_patient_identifier", 2, 2)
    (settings.secrets / key.FILE).write_text("another key, long enough to be one")
    with pytest.raises(key.PseudonymKeyError, match=r"is not the one with which .* put it back from the backup"):
        pseudonym.keep(owner, settings.secrets, declared)
    assert kept(owner) == before


@pytest.mark.parametrize("left", [None, "", "cut"])
def test_keep__a_lost_key_is_refused_and_none_is_made_in_its_place(owner, settings, declared, left) -> None:
    pseudonym.keep(owner, settings.secrets, declared)
    path = settings.secrets / key.FILE
    path.unlink() if left is None else path.write_text(left)
    with pytest.raises(key.PseudonymKeyError, match="is not there" if left is None else "is cut short"):
        pseudonym.keep(owner, settings.secrets, declared)
    assert path.exists() == (left is not None)


def test_keep__a_key_that_was_lost_for_good_is_replaced_as_the_sentence_says(owner, settings, declared) -> None:
    put(owner, "pas__patient", "local_patient_identifier", 1, 1)
    pseudonym.keep(owner, settings.secrets, declared)
    before = kept(owner)
    path = settings.secrets / key.FILE
    path.unlink()
    owner.execute("truncate identity.pseudonym, identity.pseudonym_key")
    pseudonym.keep(owner, settings.secrets, declared)
    assert before.keys() == kept(owner).keys()
    assert before != kept(owner)
    assert path.stat().st_mode & 0o777 == 0o600


def test_command__says_in_one_line_that_the_key_is_another_one(owner, settings: Settings, declared) -> None:
    pseudonym.keep(owner, settings.secrets, declared)
    (settings.secrets / key.FILE).write_text("another key, long enough to be one")
    result = run_cpw(settings, "dbt", "build", "--select", "int_patient")
    assert result.returncode == 1
    assert result.stderr.startswith("cpw: The key of the pseudonyms, ")
    assert result.stderr.count("\n") == 1
    assert "another key" not in result.stderr


def test_foundation__takes_nothing_away(owner: psycopg.Connection, settings, declared) -> None:
    put(owner, "pas__patient", "local_patient_identifier", 1, 1)
    pseudonym.keep(owner, settings.secrets, declared)
    before = kept(owner)
    pseudonym.prepare(owner)
    assert kept(owner) == before
