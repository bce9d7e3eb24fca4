"""What is new is brought once, loaded, and cleared away; what fails keeps nothing else from coming."""

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest

from orchestration.extract import bring as bring_module
from orchestration.extract import decision, folder, load
from orchestration.extract.bring import Brought, bring
from orchestration.extract.contract import Contract
from orchestration.extract.ledger import Delivery
from orchestration.postgres import connection
from orchestration.settings import PROJECT, Settings
from tests.integration.arrival.sftp_server import PASSWORD as SFTP_PASSWORD
from tests.integration.arrival.sftp_server import Server, serve
from tests.integration.arrival.source import CHANGED, MIDNIGHT, PASSWORD, STAY, Source

FILED = dataclasses.replace(STAY, query=None)
HEADER = b"SITE|NUMBER|CHANGED AT|NOTE\n"
NAME = "stay_20260901.csv"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "sftp" / "out").mkdir(parents=True)
    with serve(tmp_path / "sftp") as running:
        yield running


@pytest.fixture
def remote(settings: Settings, server: Server, tmp_path: Path) -> Settings:
    """Return the installation with its extracts on the SFTP server."""
    return dataclasses.replace(
        settings,
        extracts=settings.incoming,
        extracts_url=server.url,
        extracts_password=SFTP_PASSWORD,
        extracts_known_hosts=server.known_hosts(tmp_path / "known_hosts"),
    )


def put(server: Server, name: str, body: bytes, header: bytes = HEADER) -> Path:
    path = server.root / "out" / name
    path.write_bytes(header + body)
    return path


def take(settings: Settings, brought: Brought, contract: Contract) -> tuple[Delivery, ...]:
    """Load what was brought."""
    with connection.connect(settings, autocommit=True) as owner:
        load.prepare(owner, [contract])
    arrivals = [one for place in brought.folders for one in folder.match(place, [contract]).arrivals]
    return load.load_arrivals(settings, arrivals)


def visible(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.incoming.iterdir() if not path.name.startswith("."))


def ask(settings: Settings, query: str) -> list[tuple]:
    with connection.connect(settings, autocommit=True) as owner:
        return owner.execute(query).fetchall()


def test_local_folder__is_returned_as_it_is(settings: Settings) -> None:
    assert bring(settings, [FILED]) == Brought((settings.extracts,))
    assert not settings.incoming.exists()
    assert ask(settings, "select 1 from pg_tables where tablename in ('fetch', 'watermark')") == []


def test_file__is_brought_once_loaded_and_cleared(remote: Settings, server: Server) -> None:
    put(server, NAME, b"A|1||x\n")
    put(server, "something else.csv", b"")
    first = bring(remote, [FILED])
    assert first == Brought((remote.incoming,), (NAME,))
    assert remote.incoming.stat().st_mode & 0o777 == 0o700
    assert (remote.incoming / NAME).stat().st_mode & 0o777 == 0o600
    assert bring(remote, [FILED]).file_names == ()  # it lies there and waits
    assert take(remote, first, FILED)[0].state == "loaded"
    assert bring(remote, [FILED]).file_names == ()
    assert visible(remote) == []
    said = ask(remote, "select location, file_name, cleared_at is not null from raw.fetch")
    assert said == [(server.url, NAME, True)]


def test_file_changed_in_its_place__comes_again(remote: Settings, server: Server) -> None:
    path = put(server, NAME, b"A|1||x\n")
    take(remote, bring(remote, [FILED]), FILED)
    path.write_bytes(HEADER + b"A|1||corrected\n")
    again = bring(remote, [FILED])
    assert again.file_names == (NAME,)
    assert [one.is_new for one in take(remote, again, FILED)] == [True]


def test_copy_that_is_not_loaded_yet__is_not_written_over(remote: Settings, server: Server) -> None:
    path = put(server, NAME, b"A|1||first\n")
    bring(remote, [FILED])
    path.write_bytes(HEADER + b"A|1||second, longer\n")
    said: list[str] = []
    kept = bring(remote, [FILED], on_progress=said.append)
    assert kept.file_names == ()
    assert b"first" in (remote.incoming / NAME).read_bytes()
    assert "another file of this name is not loaded yet" in said[0]
    take(remote, kept, FILED)
    assert bring(remote, [FILED]).file_names == (NAME,)


def test_file_that_grows__is_left_for_the_next_time(
    remote: Settings, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(server, NAME, b"A|1||x\n")
    whole = put(server, "stay_20260902.csv", b"A|2||x\n")
    monkeypatch.setattr(bring_module.time, "sleep", lambda _: path.write_bytes(path.read_bytes() + b"A|3||x\n"))
    said: list[str] = []
    assert bring(remote, [FILED], on_progress=said.append).file_names == (whole.name,)
    assert any("still changes" in one for one in said)
    monkeypatch.setattr(bring_module.time, "sleep", lambda _: None)
    assert bring(remote, [FILED]).file_names == (NAME,)


def test_refused_and_held_files__stay_until_they_are_decided(remote: Settings, server: Server) -> None:
    put(server, NAME, b"", header=b"no header\n")
    brought = bring(remote, [FILED])
    assert take(remote, brought, FILED)[0].state == "refused"
    bring(remote, [FILED])
    assert visible(remote) == [NAME]
    put(server, NAME, b"A|1||mended\n")
    mended = bring(remote, [FILED])
    assert mended.file_names == (NAME,)
    assert take(remote, mended, FILED)[0].state == "loaded"
    bring(remote, [FILED])
    assert visible(remote) == []


def test_rejected_file__is_cleared(remote: Settings, server: Server) -> None:
    snapshot = dataclasses.replace(FILED, delivery_kind="full_snapshot")
    put(server, NAME, b"".join(b"A|%d||x\n" % n for n in range(200)))
    put(server, "stay_20260902.csv", b"A|1||x\n")
    held = take(remote, bring(remote, [snapshot]), snapshot)[1]
    assert held.state == "held"
    bring(remote, [snapshot])
    assert visible(remote) == ["stay_20260902.csv"]
    decision.reject(remote, held.delivery_id, by="me", because="cut short")
    bring(remote, [snapshot])
    assert visible(remote) == []


def test_place_that_is_gone__is_a_problem_and_no_more(remote: Settings, source: Source) -> None:
    source.put(("A", 1, MIDNIGHT, "x"))
    gone = dataclasses.replace(remote, extracts_url="sftp://u@127.0.0.1:9/out", sources={"pas": source.url})
    result = bring(gone, [STAY])
    assert len(result.problems) == 1
    assert "sftp://u@127.0.0.1:9/out could not be listed" in result.problems[0]
    assert len(result.file_names) == 1
    assert take(gone, result, STAY)[0].loaded_count == 1


def test_file_that_may_not_be_read__keeps_no_other_from_coming(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = fsspec.filesystem("memory")
    for day in (1, 2, 3):
        store.pipe(f"/trust/stay_2026090{day}.csv", HEADER)
    get = type(store).get_file

    def denied(self: Any, rpath: str, lpath: str, **options: Any) -> None:
        if rpath.endswith("2.csv"):
            raise PermissionError("denied")
        get(self, rpath, lpath, **options)

    monkeypatch.setattr(type(store), "get_file", denied)
    result = bring(dataclasses.replace(settings, extracts_url="memory://trust"), [FILED])
    assert result.file_names == ("stay_20260901.csv", "stay_20260903.csv")
    assert result.problems == ("memory://trust could not be read for stay_20260902.csv: access is denied.",)
    store.rm("/trust", recursive=True)


def test_query__comes_beside_a_local_folder(settings: Settings, source: Source, tmp_path: Path) -> None:
    local = dataclasses.replace(settings, extracts=tmp_path, sources={"pas": source.url})
    (tmp_path / NAME).write_bytes(HEADER + b"Z|1||from a file\n")
    source.put(("A", 1, MIDNIGHT, "x"), ("A", 2, MIDNIGHT, "y"))
    result = bring(local, [CHANGED])
    assert result.folders == (tmp_path, local.incoming)
    assert [one.loaded_count for one in take(local, result, CHANGED)] == [1, 2]
    assert bring(local, [CHANGED]).file_names == ()
    assert visible(local) == []
    assert (tmp_path / NAME).exists()
    source.put(("A", 2, MIDNIGHT + timedelta(days=1), "changed"))
    assert [one.loaded_count for one in take(local, bring(local, [CHANGED]), CHANGED) if one.is_new] == [1]
    assert PASSWORD not in str(ask(local, "select * from raw.fetch")) + str(ask(local, "select * from raw.watermark"))


def test_query_without_an_address__is_a_problem(settings: Settings) -> None:
    result = bring(settings, [STAY])
    assert result.problems == (
        "pas__stay is read from the database pas, whose address is not known: give it in CPW_SOURCE_PAS.",
    )


def test_query_of_another_sql__is_read_from_its_start(settings: Settings, source: Source) -> None:
    known = dataclasses.replace(settings, sources={"pas": source.url})
    source.put(("A", 1, MIDNIGHT, "x"), ("A", 2, MIDNIGHT + timedelta(days=1), "y"))
    assert take(known, bring(known, [CHANGED]), CHANGED)[0].received_count == 2
    bring(known, [CHANGED])
    wider = dataclasses.replace(CHANGED, query=dataclasses.replace(CHANGED.query, sql="select * from stay where true"))
    assert take(known, bring(known, [wider]), wider)[0].received_count == 2


CHILD = """
import dataclasses, os, signal, sys
from pathlib import Path
import psycopg
from orchestration import settings
from orchestration.extract import bring
from tests.integration.arrival.source import CHANGED

left = int(sys.argv[1])

def counted(call):
    def called(*arguments, **options):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **options)
    return called

os.fsync, Path.replace, Path.unlink = counted(os.fsync), counted(Path.replace), counted(Path.unlink)
psycopg.Connection.execute = counted(psycopg.Connection.execute)
bring.SETTLED_SECONDS = 0
result = bring.bring(settings.load(), [CHANGED])
print(result.problems, -left)
"""


def test_killed_anywhere__brings_everything_in_the_end(remote: Settings, server: Server, source: Source) -> None:
    """Killed before its first event, the next one before its second, and so on: then all is there, once."""
    put(server, NAME, b"Z|1||x\n")
    source.put(*[("A", n, MIDNIGHT + timedelta(minutes=n), f"{n}") for n in range(30)])
    environment = {
        **os.environ,
        "CPW_HOME": str(remote.home),
        "CPW_DATABASE_URL": "",
        "CPW_EXTRACTS": server.url,
        "CPW_EXTRACTS_PASSWORD": SFTP_PASSWORD,
        "CPW_EXTRACTS_KNOWN_HOSTS": str(remote.extracts_known_hosts),
        "CPW_SOURCE_PAS": source.url,
    }
    for cut_at in [*range(3, 60, 4), 0]:
        child = subprocess.run(
            [sys.executable, "-c", CHILD, str(cut_at)],
            cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert child.returncode in {0, -signal.SIGKILL}, child.stderr
    assert child.stdout.startswith("() ")
    result = bring(dataclasses.replace(remote, sources={"pas": source.url}), [CHANGED])
    take(remote, result, CHANGED)
    rows = ask(remote, "select site, number::int, note from raw.pas__stay where not _is_deleted order by 1, 2")
    assert rows == [*[("A  ", n, f"{n}") for n in range(30)], ("Z", 1, "x")]
    bring(dataclasses.replace(remote, sources={"pas": source.url}), [CHANGED])
    assert [path.name for path in remote.incoming.iterdir()] == [".lock"]


def test_two_at_once__bring_each_file_once(remote: Settings, server: Server) -> None:
    for day in range(1, 6):
        put(server, f"stay_2026090{day}.csv", b"A|1||x\n")
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: bring(remote, [FILED]), range(2)))
    assert sorted(len(result.file_names) for result in results) == [0, 5]
