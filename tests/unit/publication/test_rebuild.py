"""What is said of marts that were built again: the same, broken, or made by other code."""

import dataclasses
from datetime import UTC, date, datetime

import pytest

from orchestration.publication.content import Contents, differing, whole
from orchestration.publication.ledger import Publication
from orchestration.publication.rebuild import Comparison

PUBLICATION = Publication(
    7, datetime(2026, 4, 2, 6, 30, tzinfo=UTC), "published", None, date(2026, 3, 31), "fingerprint", "run",
    content_hash="0123456789abcdef",
)  # fmt: skip
SAME = Comparison(PUBLICATION, "0123456789abcdef", 19, [], "code 1", "code 1")


@pytest.mark.parametrize(
    ("found", "is_broken", "said"),
    [
        (SAME, False, "The content is that of publication 7: hash 0123456789ab, 19 tables."),
        (
            dataclasses.replace(SAME, code_now="code 2"),
            False,
            "The content is that of publication 7: hash 0123456789ab, 19 tables. "
            "It was made by code 1; here is code 2.",
        ),
        (
            dataclasses.replace(SAME, content_hash="fedcba9876543210", differing=["leaf_month", "performance"]),
            True,
            "The content is not that of publication 7: leaf_month, performance differ; "
            "hash fedcba987654, then 0123456789ab.",
        ),
        (
            dataclasses.replace(SAME, content_hash="f" * 16, differing=["performance"], code_now="code 2"),
            False,
            "The content is not that of publication 7: performance differ; hash ffffffffffff, then 0123456789ab. "
            "It was made by code 1; here is code 2.",
        ),
    ],
    ids=["same", "same by other code", "broken", "other code"],
)
def test_comparison__judges_the_same_code_alone(found: Comparison, is_broken: bool, said: str) -> None:
    assert (found.is_broken, found.sentence) == (is_broken, said)


def test_whole__is_of_content_alone_whatever_the_order() -> None:
    first, second, page = Contents("a", 1, "1"), Contents("b", 2, "2"), Contents("rpt_c", 3, None)
    assert whole([first, second, page]) == whole([second, first])
    assert whole([first]) != whole([first, second])
    # Two tables that exchanged their content are not what they were.
    assert whole([Contents("a", 1, "2"), Contents("b", 2, "1")]) != whole([first, second])


def test_differing__names_what_changed_came_or_went() -> None:
    before = [Contents("a", 1, "1"), Contents("b", 1, "1"), Contents("gone", 1, "1"), Contents("rpt", 1, None)]
    after = [Contents("a", 1, "1"), Contents("b", 1, "2"), Contents("new", 1, "1"), Contents("rpt", 9, None)]
    assert differing(before, after) == ["b", "gone", "new"]
