"""What to make of a figure, in one of few plain words: a request to look at most, never a verdict."""

import numpy as np
import pandas as pd

NO_SPECIAL_CAUSE = "no special cause"
IMPROVING = "improving"
BETTER = "better than expected"
LOOK_HIGHER = "look: higher than expected"
LOOK_LOWER = "look: lower than expected"
TOO_FEW = "too few to say"
NOT_TRUSTED = "data not trusted"
STATES = (NO_SPECIAL_CAUSE, IMPROVING, BETTER, LOOK_HIGHER, LOOK_LOWER, TOO_FEW, NOT_TRUSTED)
# Share of the variation between figures of individuals that must not be chance (Adams 2009, RAND TR-653; the 0.7 is
# usual for comparisons of groups, and ours to choose).
RELIABILITY_BAR = 0.7


def of(rows: pd.DataFrame, *, direction: str) -> pd.DataFrame:
    """Return `state` and `state_reason` of each row, as categories.

    `direction` is that of improvement (`increase`, `decrease`, `neutral`). `rows` has, on one index:
    `is_trusted` (the month is whole and nothing of its feeds is held), `is_individual`, `has_comparison` (it has enough
    records and peers, or an expected value), `is_comparable` (its measure compares units of its level), `flag` (`high`,
    `low` or empty: beyond the 99.8 % limits after allowance for over-dispersion), `is_reliable`, `has_trend` (13 months
    or more with a value), `rule` and `point` (see `spc.xmr`).

    The first that holds: data that are not trusted say nothing. Beyond the limits is a flag whatever the reliability:
    by chance alone it happens to 2 of 1000, however few the records. An individual's figure that is compared and not
    reliable says no more than that, as its calm would be no comfort either (Walker et al., Lancet 2013): the
    team's is to be read. Then the unit's own trend speaks; an individual's by months outside the limits alone, as the
    other rules mark one month of twenty by chance. What has neither enough records nor months is too few.
    """
    high, low = rows["flag"] == "high", rows["flag"] == "low"
    better = {"increase": high, "decrease": low}.get(direction, np.zeros(len(rows), dtype=bool))
    withheld = rows["is_individual"] & (~rows["has_comparison"] | ~rows["is_reliable"]) & rows["is_comparable"]
    point = rows["point"]
    speaks = rows["has_trend"] & (~rows["is_individual"] | (rows["rule"] == "outside limits"))
    special = speaks & point.isin(["concern", "neutral high", "neutral low"])
    above = (point == "neutral high") | ((point == "concern") & (direction == "decrease"))
    improving = speaks & (point == "improvement")
    answers = [
        (~rows["is_trusted"], NOT_TRUSTED, "The month is not whole, or a delivery of its data is held."),
        (high & ~better, LOOK_HIGHER, "Twelve months are above the 99.8 % limit."),
        (low & ~better, LOOK_LOWER, "Twelve months are below the 99.8 % limit."),
        (withheld & ~rows["has_comparison"], TOO_FEW, "Too few records or colleagues to compare: read the team's."),
        (withheld & ~better, TOO_FEW, "Differences between individuals are mostly chance here: read the team's."),
        (special & above, LOOK_HIGHER, "A special cause in the own months: higher than they were."),
        (special, LOOK_LOWER, "A special cause in the own months: lower than they were."),
        (improving, IMPROVING, "A special cause in the own months, in the direction of improvement."),
        (better, BETTER, "Twelve months are beyond the 99.8 % limit, in the direction of improvement."),
        (rows["has_trend"] | rows["has_comparison"], NO_SPECIAL_CAUSE, "Within what chance explains."),
    ]
    conditions = [np.asarray(condition, dtype=bool) for condition, _, _ in answers]
    place = np.select(conditions, list(range(len(answers))), len(answers))
    states = [state for _, state, _ in answers] + [TOO_FEW]
    reasons = [reason for _, _, reason in answers] + ["Too few records, and too few months."]
    state_code = np.array([STATES.index(state) for state in states], dtype=np.int8)[place]
    return pd.DataFrame(
        {
            "state": pd.Categorical.from_codes(state_code, categories=STATES),
            "state_reason": pd.Categorical.from_codes(place.astype(np.int8), categories=pd.Index(reasons)),
        },
        index=rows.index,
    )
