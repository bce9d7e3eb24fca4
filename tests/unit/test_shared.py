"""What workers share is made once, and is there only when it is whole."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.shared import Shared


def test_once__is_made_by_one_of_all_who_ask_at_the_same_time(tmp_path: Path) -> None:
    shared, together, made = Shared(tmp_path), Barrier(4), []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "said").write_text("whole")

    def ask(_: int) -> str:
        together.wait()
        return (shared.once("thing", make) / "said").read_text()

    with ThreadPoolExecutor(4) as workers:
        assert list(workers.map(ask, range(4))) == ["whole"] * 4
    assert len(made) == 1


def test_once__that_failed_half_way_is_made_anew(tmp_path: Path) -> None:
    shared = Shared(tmp_path)

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        shared.once("thing", fail)
    assert not list(shared.once("thing", lambda folder: None).iterdir())
