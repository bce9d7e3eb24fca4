"""Which code it is: the commit from git's own files, and a note that is read as it was written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.publication import fingerprint, origin
from orchestration.publication.origin import Origin

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"HEAD": f"{COMMIT}\n"}, COMMIT),
        ({"HEAD": "ref: refs/heads/main\n", "refs/heads/main": f"{COMMIT}\n"}, COMMIT),
        (
            {
                "HEAD": "ref: refs/heads/main\n",
                "packed-refs": f"# pack-refs with: peeled\n{'f' * 40} refs/heads/main2\n{COMMIT} refs/heads/main\n",
            },
            COMMIT,
        ),
        ({"HEAD": "ref: refs/heads/new\n", "packed-refs": f"{COMMIT} refs/heads/main\n"}, None),
        ({"HEAD": "ref: refs/heads/new\n"}, None),
        ({}, None),
    ],
    ids=["detached", "branch", "packed", "branch without a commit", "nothing committed", "no git"],
)
def test_commit__is_read_where_git_keeps_it(tmp_path: Path, files: dict[str, str], found: str | None) -> None:
    for name, text in files.items():
        (tmp_path / ".git" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / ".git" / name).write_text(text)
    assert origin.commit(tmp_path) == found


def test_note__is_read_as_it_was_written() -> None:
    written = Origin("fingerprint", datetime(2026, 4, 2, 6, 30, 1, 234567, tzinfo=UTC), "code", None)
    assert origin.read(written.note) == written


def test_code__is_the_same_wherever_it_lies_and_another_once_it_changed(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place / "orchestration").mkdir(parents=True)
        (tmp_path / place / "orchestration" / "x.py").write_text("1")
    first = fingerprint.of_code(tmp_path / "here")
    assert first == fingerprint.of_code(tmp_path / "there")
    (tmp_path / "there" / "orchestration" / "x.py").write_text("2")
    assert first != fingerprint.of_code(tmp_path / "there")
