"""Places: a real SFTP server, and the object store that fsspec keeps in memory."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import fsspec
import pytest

from orchestration import settings as settings_module
from orchestration.errors import UsageError
from orchestration.extract import place as place_module
from orchestration.extract import retry
from orchestration.extract.errors import PlaceError
from orchestration.extract.place import Place
from orchestration.settings import Settings
from tests.integration.arrival.sftp_server import PASSWORD, USER, Server, serve

LARGE = os.urandom(3 << 20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("sftp")
    (root / "out").mkdir()
    with serve(root) as running:
        yield running


@pytest.fixture(autouse=True)
def without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0)


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Settings:
    for file in (server.root / "out").iterdir():
        file.unlink()
    server.cuts = 0
    return settings_module.load(
        {
            "CPW_HOME": str(tmp_path / "home"),
            "CPW_EXTRACTS": server.url,
            "CPW_EXTRACTS_PASSWORD": PASSWORD,
            "CPW_EXTRACTS_KNOWN_HOSTS": str(server.known_hosts(tmp_path / "known_hosts")),
        }
    )


def put(server: Server, name: str, data: bytes) -> Path:
    path = server.root / "out" / name
    path.write_bytes(data)
    return path


def refusal(settings: Settings) -> str:
    place = Place(settings)
    with pytest.raises(PlaceError) as caught:
        place.files()
    place.close()
    message = str(caught.value)
    assert PASSWORD not in message
    assert "\n" not in message
    return message


def test_sftp__lists_and_copies(server: Server, settings: Settings, tmp_path: Path) -> None:
    put(server, "b.csv", LARGE)
    put(server, "a.csv", b"")
    put(server, ".hidden", b"x")
    (server.root / "out" / "folder").mkdir(exist_ok=True)
    place = Place(settings)
    files = place.files()
    assert [(file.name, file.size) for file in files] == [("a.csv", 0), ("b.csv", len(LARGE))]
    assert all(place.fetch(file, tmp_path / file.name) for file in files)
    assert (tmp_path / "b.csv").read_bytes() == LARGE
    place.close()
    (server.root / "out" / "folder").rmdir()


def test_key_file__is_taken_instead_of_a_password(server: Server, settings: Settings, tmp_path: Path) -> None:
    for passphrase in (None, "of the key"):
        key = server.key_file(tmp_path / f"key {passphrase}", passphrase)
        place = Place(dataclasses.replace(settings, extracts_key_file=key, extracts_password=passphrase))
        assert place.files() == ()
        place.close()


def test_wrong_log_in__is_one_sentence_without_secrets(settings: Settings, tmp_path: Path) -> None:
    wrong = dataclasses.replace(settings, extracts_password=f"not {PASSWORD}")
    assert f"refuses the log-in of {USER}" in refusal(wrong)
    key = tmp_path / "another_key"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
    assert "refuses the log-in" in refusal(dataclasses.replace(settings, extracts_key_file=key))
    assert "There is no key file" in refusal(dataclasses.replace(settings, extracts_key_file=tmp_path / "none"))


def test_unknown_server__is_refused_and_can_be_accepted(server: Server, settings: Settings, tmp_path: Path) -> None:
    nobody = dataclasses.replace(settings, extracts_known_hosts=tmp_path / "nobody")
    message = refusal(nobody)
    assert f"127.0.0.1:{server.port} is not known" in message
    assert server.host_key.get_fingerprint() in message
    assert f"`ssh-keyscan -p {server.port} -t ed25519 127.0.0.1 >> {tmp_path / 'nobody'}`" in message


def test_server_with_another_key__is_refused(server: Server, settings: Settings) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    assert settings.extracts_known_hosts
    settings.extracts_known_hosts.write_text(f"[127.0.0.1]:{server.port} {other}")
    assert "shows another key" in refusal(settings)


def test_line_cut_in_the_midst_of_a_file__is_tried_again(server: Server, settings: Settings, tmp_path: Path) -> None:
    put(server, "a.csv", LARGE)
    place = Place(settings)
    file = place.files()[0]
    server.cuts, server.cut_after = retry.ATTEMPTS - 1, 1 << 20
    assert place.fetch(file, tmp_path / "a.csv")
    assert server.cuts == 0
    assert (tmp_path / "a.csv").read_bytes() == LARGE


def test_line_that_stays_cut__leaves_nothing_behind(server: Server, settings: Settings, tmp_path: Path) -> None:
    put(server, "a.csv", LARGE)
    place = Place(settings)
    file = place.files()[0]
    server.cuts, server.cut_after = 1000, 1 << 20
    with pytest.raises(PlaceError, match=r"could not be read for a\.csv"):
        place.fetch(file, tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()
    assert server.cuts == 1000 - retry.ATTEMPTS
    server.cuts = 0
    assert place.fetch(file, tmp_path / "a.csv")


def test_file_that_changed_since_it_was_listed__is_left(server: Server, settings: Settings, tmp_path: Path) -> None:
    path = put(server, "a.csv", b"half")
    place = Place(settings)
    file = place.files()[0]
    path.write_bytes(b"half and half")
    assert not place.fetch(file, tmp_path / "a.csv")
    path.unlink()
    assert not place.fetch(file, tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()


def test_nobody_listens__is_one_sentence(settings: Settings) -> None:
    url = f"sftp://{USER}@127.0.0.1:9/out"
    assert f"{url} could not be listed" in refusal(dataclasses.replace(settings, extracts_url=url))


def test_no_such_folder__is_one_sentence(server: Server, settings: Settings) -> None:
    message = refusal(dataclasses.replace(settings, extracts_url=f"{server.url}/none"))
    assert message.endswith("/out/none could not be listed: there is no such folder.")


def test_driver_that_is_missing__is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = dataclasses.replace(settings, extracts_url="s3://bucket/extracts")
    assert "Install s3fs" in refusal(s3)
    assert "is no protocol that is known" in refusal(dataclasses.replace(settings, extracts_url="gopher://host/x"))


def test_object_store__lists_and_copies(settings: Settings, tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/extracts/a.csv", b"rows")
    store.pipe("/bucket/extracts/sub/b.csv", b"rows")
    place = Place(dataclasses.replace(settings, extracts_url="memory://bucket/extracts"))
    (file,) = place.files()
    assert place.fetch(file, tmp_path / file.name)
    assert (tmp_path / "a.csv").read_bytes() == b"rows"
    store.pipe("/bucket/extracts/a.csv", b"rowz")
    assert not place.fetch(file, tmp_path / "again")
    assert place.files()[0].stamp != file.stamp
    store.rm("/bucket", recursive=True)


def test_fault_that_passes__is_tried_a_bounded_number_of_times(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fail(self: Any) -> None:
        asked.append(1)
        raise ConnectionResetError(f"reset by peer, log-in {PASSWORD}")

    monkeypatch.setattr(place_module.Place, "_open", fail)
    assert "reset by peer" in refusal(settings)
    assert len(asked) == retry.ATTEMPTS


def test_password_in_the_address__is_refused_unseen() -> None:
    with pytest.raises(UsageError) as caught:
        settings_module.load({"CPW_EXTRACTS": "sftp://user:hidden@host/out"})
    assert "hidden" not in str(caught.value)
    assert "CPW_EXTRACTS_PASSWORD" in str(caught.value)


def test_settings__show_no_secret(settings: Settings) -> None:
    loaded = settings_module.load(
        {"CPW_DATABASE_URL": "postgresql://u:hidden@h/d", "CPW_SOURCE_PAS": "postgresql+psycopg://u:hidden@h/d"}
    )
    assert "hidden" not in repr(loaded)
    assert PASSWORD not in repr(settings)
    assert loaded.sources == {"pas": "postgresql+psycopg://u:hidden@h/d"}
