"""Which patient a hospital number means, followed by hand through what PAS said of merges, in its order."""

import pandas as pd


def number_in_use(merges: pd.DataFrame, numbers: pd.Series) -> pd.Series:
    """Return for each of `numbers` the one that survived; what was said last of a number counts."""
    into: dict[str, str] = {}
    for event in merges.sort_values("merged_at", kind="stable").itertuples():
        if event.merge_action_code == "M":
            into[event.minor_local_patient_identifier] = event.major_local_patient_identifier
        else:
            into.pop(event.minor_local_patient_identifier, None)

    def follow(number: str) -> str:
        seen = {number}
        while number in into:
            number = into[number]
            assert number not in seen, "the trust plants no circle"
            seen.add(number)
        return number

    return numbers.map(follow)
