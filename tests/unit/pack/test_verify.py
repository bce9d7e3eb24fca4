"""A changed digit, attachment or page is found, without a database; who made a pack only the key tells."""

import io
import re
from pathlib import Path

import pypdf
import pytest

from orchestration import settings as settings_module
from orchestration.pack import seal, verify
from orchestration.pack.errors import NotWholeError
from orchestration.pack.seal import KEY_FILE
from tests.installations import run_cpw
from tests.unit.pack import sample

OTHER_KEY = b"another key"


def check(folder: Path, pdf: bytes, key: bytes | None = sample.KEY) -> str:
    path = folder / "pack.pdf"
    path.write_bytes(pdf)
    return verify.file(path, key).sentence


def refused(folder: Path, pdf: bytes, key: bytes | None = sample.KEY) -> str:
    with pytest.raises(NotWholeError) as error:
        check(folder, pdf, key)
    return str(error.value)


def test_whole_pack__is_ok_and_ours(tmp_path: Path) -> None:
    assert check(tmp_path, sample.pdf()).endswith("; this installation made it.")


def test_without_a_key__it_cannot_be_told_who_made_it(tmp_path: Path) -> None:
    assert "cannot be told who made it" in check(tmp_path, sample.pdf(), None)


def test_pack_of_another_key__is_not_ours(tmp_path: Path) -> None:
    assert "not of this installation" in refused(tmp_path, sample.pdf(key=OTHER_KEY))


def test_digit_that_was_changed_on_a_page__is_found_on_its_page(tmp_path: Path) -> None:
    pdf = sample.pdf()
    place = pdf.index(b"34 / 400")
    assert "page 3 is not what its attachment says" in refused(tmp_path, pdf[:place] + b"24 / 400" + pdf[place + 8 :])


def test_any_byte_that_was_changed__is_found(tmp_path: Path) -> None:
    pdf = sample.pdf()
    for place in range(0, len(pdf), len(pdf) // 31):
        changed = pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]
        assert "pack.pdf " in refused(tmp_path, changed)


def test_attachment_that_was_changed__is_found(tmp_path: Path) -> None:
    changed = sample.pdf().replace(b'"n":"400","numerator":"34"', b'"n":"400","numerator":"24"')
    assert "its attachment does not have the hash" in refused(tmp_path, changed)


def test_attachment_and_hash_that_were_changed_together__are_found_on_the_pages(tmp_path: Path) -> None:
    pdf, told = sample.pdf(), seal.canonical(sample.content())
    other = told.replace(b'"numerator":"34"', b'"numerator":"24"')
    changed = pdf.replace(told, other).replace(
        f'"content_hash": "{seal.hash_of(told)}"'.encode(), f'"content_hash": "{seal.hash_of(other)}"'.encode()
    )
    # Every page says the hash, and the third says the figure.
    assert "pages 1, 2, 3, 4 are not what" in refused(tmp_path, changed)


def test_pack_that_was_drawn_anew_from_another_content__is_not_ours(tmp_path: Path) -> None:
    """Whoever has the program can draw another pack; without the key it is whole, and nobody's."""
    told = sample.content()
    told["families"][0]["measures"][0]["whole"]["value"] = "1.0%"
    forged = sample.pdf(told, key=b"a guess")
    assert "cannot be told who made it" in check(tmp_path, forged, None)
    assert "not of this installation" in refused(tmp_path, forged)


def test_pages_that_changed_places__are_found(tmp_path: Path) -> None:
    pdf = sample.pdf()
    kids = re.search(rb"/Kids \[([^]]+)\]", pdf)
    assert kids
    second, third = re.findall(rb"\d+ 0 R", kids[1])[1:3]
    order = kids[1].replace(second, b"SECOND").replace(third, second).replace(b"SECOND", third)
    swapped = pdf[: kids.start(1)] + order + pdf[kids.end(1) :]
    assert len(pypdf.PdfReader(io.BytesIO(swapped)).pages) == 4
    assert "its pages are not what its attachment says" in refused(tmp_path, swapped)


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.4 nothing", "kein PDF ü".encode()])
def test_other_file__is_no_pack(tmp_path: Path, pdf: bytes) -> None:
    assert "holds no content of a pack" in refused(tmp_path, pdf)


def test_pack_of_another_version__says_so(tmp_path: Path) -> None:
    told = {**sample.content(), "layout": "0123456789ab"}
    assert "was drawn by another version (0123456789ab" in refused(tmp_path, sample.pdf(told))


def test_command__needs_no_database_and_makes_no_key(tmp_path: Path) -> None:
    settings = settings_module.load({"CPW_HOME": str(tmp_path / "home")})
    path = tmp_path / "pack.pdf"
    path.write_bytes(sample.pdf())
    result = run_cpw(settings, "pack", "verify", str(path))
    assert (result.returncode, len(result.stdout.splitlines())) == (0, 1), result.stderr
    assert not (settings.secrets / KEY_FILE).exists()
    path.write_bytes(path.read_bytes()[:-100])
    result = run_cpw(settings, "pack", "verify", str(path))
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
    assert "was changed" in result.stderr


def test_canonical__does_not_depend_on_the_order_of_names() -> None:
    assert seal.canonical({"b": 1, "a": ["ł", None]}) == seal.canonical({"a": ["ł", None], "b": 1})
    assert seal.canonical({"b": 1, "a": ["ł", None]}) == '{"a":["ł",null],"b":1}'.encode()
