"""Whom a code or name in an extract means: a dictionary of everything that may be written for a clinician."""

import re
from collections import defaultdict

import pandas as pd

# NHS Data Dictionary defaults: not known, or not a doctor. They never are a clinician's own code.
DEFAULT_CODES = ("C9999998", "CD999998", "D9999998", "H9999998", "M9999998", "N9999998")
_TITLES = {"MR", "MRS", "MISS", "MS", "MX", "DR", "PROF", "PROFESSOR", "SIR", "DAME"}


def meanings(clinicians: pd.DataFrame, aliases: pd.DataFrame) -> dict[str, str]:
    """Return the consultant code for each way to write a clinician; a way that fits two people is left out.

    Aliases of the synthetic trusts are valid for ever, so days do not matter here.
    """
    known = clinicians[~clinicians["consultant_code"].isin(DEFAULT_CODES)]
    ways: dict[str, set[str]] = defaultdict(set)
    for row in aliases[aliases["consultant_code"].isin(known["consultant_code"])].itertuples():
        ways[plain(row.alias)].add(row.consultant_code)
    for row in known.itertuples():
        for name in ways_to_write(row.clinician_name):
            ways[name].add(row.consultant_code)
        ways[row.consultant_code[1:]].add(row.consultant_code)
    found = {way: people.pop() for way, people in ways.items() if len(people) == 1}
    # A consultant code means its owner, whatever else is claimed of it.
    return {**found, **{code: code for code in known["consultant_code"]}}


def people(written: pd.Series, meaning: dict[str, str]) -> pd.Series:
    """Return the clinician whom each text means, missing where nobody is known by it."""
    distinct = {text: meaning.get(plain(text)) for text in written.dropna().unique()}
    return written.map(distinct).astype(object)


def plain(text: str) -> str:
    """Return a code or name in capitals, its words parted by blanks, without titles."""
    words = re.findall(r"\w+", text.upper().replace("'", "").replace("\u2019", ""))
    while words and words[0] in _TITLES:
        words.pop(0)
    while words and words[-1] in _TITLES:
        words.pop()
    return " ".join(words)


def ways_to_write(name: str) -> set[str]:
    """Return the ways to write a clinician's name, each `plain`."""
    words = plain(name).split()
    initials = [word for word in words if len(word) == 1]
    surname = " ".join(words[len(initials) :])
    if not initials or len(words) < 2:
        return {" ".join(words)} if len(words) > 1 else set()
    spaced, joined, first = " ".join(initials), "".join(initials), initials[0]
    return {f"{written} {surname}" for written in (spaced, joined, first)} | {
        f"{surname} {written}" for written in (spaced, joined, first)
    }
