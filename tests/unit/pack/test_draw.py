"""The same content is drawn as the same bytes, with all its letters, and says on every page what it is."""

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest

from orchestration.pack import seal
from tests.unit.pack import sample

GOLDEN = Path(__file__).with_name("sample.txt")
PROJECT = Path(__file__).parents[3]


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_pages__say_what_the_content_says() -> None:
    """As a person read it beside the content: letters beyond Latin-1 are there, and nobody's text is markup."""
    written_hash = seal.hash_of(seal.canonical(sample.content()))
    signature = seal.sign(written_hash, sample.KEY)
    text = "\n=\n".join(pages(sample.pdf()))
    told = text.replace(written_hash, "HASH").replace(signature, "SIGNATURE").replace(written_hash[:12], "HASH12")
    assert told.strip() == GOLDEN.read_text().strip()


def test_every_page__says_of_whom_and_from_what_it_is() -> None:
    told = pages(sample.pdf())
    short = seal.hash_of(seal.canonical(sample.content()))[:12]
    for number, page in enumerate(told, 1):
        assert f"Dr Ł Nguyễn-Şahin · Apr 2025 to Mar 2026 · publication 31 · {short}" in page
        assert f"page {number} of {len(told)}" in page


@pytest.mark.parametrize(("seed", "zone"), [("0", "UTC"), ("42", "Pacific/Auckland")])
def test_bytes__do_not_depend_on_the_process(seed: str, zone: str) -> None:
    code = (
        "import hashlib; from tests.unit.pack import sample;"
        " sample.pdf(); print(hashlib.sha256(sample.pdf()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == hashlib.sha256(sample.pdf()).hexdigest()


def test_typefaces__are_in_the_file() -> None:
    """An archived page looks the same without any typeface of the reader's machine."""
    reader = pypdf.PdfReader(io.BytesIO(sample.pdf()))
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descriptor = font.get_object().get("/FontDescriptor")
            drawn_with = font.get_object()["/BaseFont"]
            # ReportLab names Helvetica on every page; nothing is drawn with it.
            assert (descriptor is not None and "/FontFile2" in descriptor) or drawn_with == "/Helvetica"


def test_attachment__is_found_by_any_reader() -> None:
    attached = pypdf.PdfReader(io.BytesIO(sample.pdf())).attachments
    assert attached["content.json"] == [seal.canonical(sample.content())]
    assert set(attached) == {"content.json", "seal.json"}


def test_marks__differ_in_shape() -> None:
    """Grey print keeps no colour: states that say other things have other shapes."""
    from orchestration.pack.paper import marks

    shapes = {state: shape for state, (shape, _) in marks.STATES.items()}
    assert len({shapes[name] for name in ("no special cause", "improving", "too few to say", "data not trusted")}) == 4
    assert shapes["look: lower than expected"] not in {shapes["improving"], shapes["no special cause"]}
    assert len({shape for shape, _ in marks.POINTS.values()}) == len(marks.POINTS)


def test_long_texts__go_on_on_the_next_page() -> None:
    """As long as people may write, with and without blanks, in each place that shows what they wrote."""
    told = sample.content()
    for word in ("word ", "w"):
        text = (word * 2000)[:2000]
        month, comment = told["validation"]["months"][0], told["validation"]["comments"][0]
        told["validation"]["months"] = [{**month, "clinician": text, "lead": text}] * 2
        told["validation"]["comments"] = [{**comment, "comment": text}] * 3
        names = ("record", "occurred", "reason", "disputed", "outcome", "decided", "source")
        told["validation"]["disputes"] = [{**dict.fromkeys(names, "-"), "decided": text}]
        names = ("measure", "unit", "description", "baseline", "target", "now", "judgement", "state")
        told["validation"]["objectives"] = [{**dict.fromkeys(names, "-"), "description": text, "state": text}]
        said = "".join(pages(sample.pdf(told)))
        assert said.count("w") > 2000 * (9 if word == "w" else 9 / 5)
