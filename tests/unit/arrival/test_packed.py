"""gzip and zip: the content as it was, or one sentence that says why not."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from orchestration.extract.errors import FileRefusedError
from tests.unit.arrival.feeds import CSV, content

TEXT = b"STAY NUMBER|BEDS\n" + b"".join(b"S%d|%d\n" % (n, n % 7) for n in range(50_000))


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def gzipped(path: Path, data: bytes) -> Path:
    path.write_bytes(gzip.compress(data))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(FileRefusedError) as caught:
        content(path, CSV)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return tmp_path / "stay_20260901.csv"


@pytest.fixture
def gz(tmp_path: Path) -> Path:
    return tmp_path / "stay_20260901.csv.gz"


@pytest.fixture
def zip_(tmp_path: Path) -> Path:
    return tmp_path / "stay_20260901.csv.zip"


def test_every_packing__gives_the_same_bytes(plain: Path, gz: Path, zip_: Path) -> None:
    plain.write_bytes(TEXT)
    gzipped(gz, TEXT)
    zipped(zip_, {"inside.csv": TEXT})
    assert [content(path, CSV) == TEXT for path in (plain, gz, zip_)] == [True] * 3


def test_gzip_of_two_parts__is_one_file(gz: Path) -> None:
    gz.write_bytes(gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]))
    assert content(gz, CSV) == TEXT


@pytest.mark.parametrize("kept", [1, 5, 15, 1000, -9, -4, -1])
def test_gzip_cut_short__is_refused(gz: Path, kept: int) -> None:
    gz.write_bytes(gzip.compress(TEXT)[:kept])
    assert "ask the source" in refusal(gz) or kept == 1


@pytest.mark.parametrize("kept", [5, 1000, -30, -1])
def test_zip_cut_short__is_refused(zip_: Path, kept: int) -> None:
    zip_.write_bytes(zipped(zip_, {"inside.csv": TEXT}).read_bytes()[:kept])
    assert "is cut short or damaged" in refusal(zip_)


def test_one_bit_turned__is_noticed(gz: Path, zip_: Path) -> None:
    for path in (gzipped(gz, TEXT), zipped(zip_, {"inside.csv": TEXT})):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        assert "damaged" in refusal(path)


def test_zip_of_several__says_what_is_inside(zip_: Path) -> None:
    zipped(zip_, {f"part{n}.csv": b"x" for n in range(7)})
    assert "holds 7 files ('part0.csv', 'part1.csv', 'part2.csv', 'part3.csv', 'part4.csv' and 2 more)" in refusal(zip_)


def test_zip_of_none__is_refused(zip_: Path) -> None:
    assert "holds no file" in refusal(zipped(zip_, {}))


def test_zip_by_macos__holds_one_file(zip_: Path) -> None:
    zipped(zip_, {"folder/": b"", "folder/stay.csv": TEXT, "__MACOSX/folder/._stay.csv": b"x", ".DS_Store": b"x"})
    assert content(zip_, CSV) == TEXT


def test_zip_with_password__is_refused(zip_: Path) -> None:
    data = bytearray(zipped(zip_, {"inside.csv": TEXT}).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    zip_.write_bytes(data)
    assert "protected by a password" in refusal(zip_)


def test_empty__is_refused(gz: Path, zip_: Path) -> None:
    for path in (gz, zip_):
        path.write_bytes(b"")
        assert "is empty (0 bytes)" in refusal(path)


def test_name_that_lies__is_refused(gz: Path, zip_: Path) -> None:
    for path in (gz, zip_):
        path.write_bytes(TEXT)
        refusal(path)


def test_bomb__is_refused(gz: Path, zip_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.extract.packed.ALWAYS_ALLOWED", 1 << 20)
    zeros = io.BytesIO(bytes(4 << 20)).getvalue()
    for path in (gzipped(gz, zeros), zipped(zip_, {"inside.csv": zeros})):
        assert "unpacks to more than 250 times" in refusal(path)


def test_well_packed__is_no_bomb(gz: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.extract.packed.ALWAYS_ALLOWED", 0)
    assert content(gzipped(gz, TEXT), CSV) == TEXT
