"""One round of the bench on the smallest trust, against a real server: every measurement is made and adds up."""

import sys
from collections.abc import Callable
from pathlib import Path

from bench import report, trust
from bench.measure import Bench
from orchestration.settings import Settings


def test_bench__measures_a_round(new_installation: Callable[[], Settings], tmp_path: Path) -> None:
    bench = Bench(new_installation(), Path(sys.executable), Path(sys.executable), lambda _: None)
    (sample,) = trust.samples(tmp_path, [1], 16, lambda _: None)
    bench.prepare()
    found = bench.sample(sample, rounds=1)
    assert {line.name for line in report.LOADS} - set(found.numbers) == {"raw_one"}
    assert all(number > 0 for numbers in found.numbers.values() for number in numbers)
    assert bench.peers(sample, [], rounds=1).numbers.keys() == {"raw_seconds", "ours"}
