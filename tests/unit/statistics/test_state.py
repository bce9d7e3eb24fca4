"""What to make of a figure: every answer once, and what may never be said."""

import itertools

import pandas as pd
import pytest

from orchestration.statistics import state

CALM = {
    "is_trusted": True, "is_individual": True, "is_comparable": True, "has_comparison": True, "flag": "",
    "is_reliable": True, "has_trend": True, "rule": "outside limits", "point": "common",
}  # fmt: skip


def told(direction: str = "decrease", **facts: object) -> tuple[str, str]:
    rows = pd.DataFrame([CALM | facts])
    answer = state.of(rows, direction=direction).iloc[0]
    return str(answer["state"]), str(answer["state_reason"])


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, state.NO_SPECIAL_CAUSE),
        ({"is_trusted": False, "flag": "high"}, state.NOT_TRUSTED),
        ({"flag": "high"}, state.LOOK_HIGHER),
        ({"flag": "low"}, state.BETTER),
        ({"point": "concern"}, state.LOOK_HIGHER),
        ({"point": "improvement"}, state.IMPROVING),
        # an individual's months must lie outside the limits; those of a team may shift or trend
        ({"point": "concern", "rule": "shift"}, state.NO_SPECIAL_CAUSE),
        ({"point": "improvement", "rule": "trend"}, state.NO_SPECIAL_CAUSE),
        ({"point": "concern", "rule": "shift", "is_individual": False}, state.LOOK_HIGHER),
        # a flag stands whatever the reliability, calm and trends do not
        ({"flag": "high", "is_reliable": False}, state.LOOK_HIGHER),
        ({"is_reliable": False}, state.TOO_FEW),
        ({"is_reliable": False, "point": "concern"}, state.TOO_FEW),
        ({"has_comparison": False, "is_reliable": False}, state.TOO_FEW),
        # a unit that is no individual speaks by its months
        ({"is_individual": False, "has_comparison": False, "is_reliable": False}, state.NO_SPECIAL_CAUSE),
        ({"is_individual": False, "has_comparison": False, "is_reliable": False, "has_trend": False}, state.TOO_FEW),
        # an activity is compared with nobody
        ({"is_comparable": False, "has_comparison": False, "is_reliable": False}, state.NO_SPECIAL_CAUSE),
        # fewer than 13 months draw no limits
        ({"has_trend": False, "point": "concern"}, state.NO_SPECIAL_CAUSE),
    ],
)
def test_state__where_lower_is_better(facts: dict[str, object], expected: str) -> None:
    assert told(**facts)[0] == expected


def test_state__turns_with_the_direction_of_improvement() -> None:
    assert told("increase", flag="low")[0] == state.LOOK_LOWER
    assert told("increase", flag="high")[0] == state.BETTER
    assert told("increase", point="concern")[0] == state.LOOK_LOWER
    assert told("neutral", flag="low")[0] == state.LOOK_LOWER
    assert told("neutral", point="neutral high")[0] == state.LOOK_HIGHER
    assert told("neutral", point="neutral low")[0] == state.LOOK_LOWER


def test_state__is_always_one_of_few_words_with_a_reason() -> None:
    points = ["common", "improvement", "concern", "neutral high", "neutral low", None]
    flags = [True, False]
    rows = pd.DataFrame(
        itertools.product(
            flags, flags, flags, flags, ["", "high", "low"], flags, flags, ["outside limits", "shift"], points
        ),
        columns=list(CALM),
    )
    for direction in ("increase", "decrease", "neutral"):
        answers = state.of(rows, direction=direction)
        assert set(answers["state"]) <= set(state.STATES)
        assert answers["state_reason"].str.endswith(".").all()
        # Nobody is asked to look at data that are not trusted, or reassured by few.
        assert (answers.loc[~rows["is_trusted"], "state"] == state.NOT_TRUSTED).all()
        few = rows["is_individual"] & rows["is_comparable"] & ~rows["is_reliable"] & (rows["flag"] == "")
        assert not answers.loc[few, "state"].isin([state.NO_SPECIAL_CAUSE, state.IMPROVING]).any()
