"""Whom a code or name in an extract means, read by a person's rules: own code, local code, surname with initials."""

import re

import pandas as pd

TITLES = {"MR", "MRS", "MISS", "MS", "MX", "DR", "PROF", "PROFESSOR", "SIR", "DAME"}


def consultant_meant(clinicians: pd.DataFrame, aliases: pd.DataFrame, written: pd.Series, day: pd.Series) -> pd.Series:
    """Return for each of `written` the consultant code that it means on `day`; as written where it means nobody.

    What may mean two people on a day means nobody.
    """
    own = set(clinicians["consultant_code"])
    by_name: dict[tuple[str, str], set[str]] = {}
    for person in clinicians.dropna(subset="clinician_name").itertuples():
        surname, initials = _name(person.clinician_name)
        for shown in (initials, initials[:1]):
            by_name.setdefault((surname, shown), set()).add(person.consultant_code)
    local = [alias for alias in aliases.itertuples() if alias.consultant_code in own]

    def meant(text: str, on: pd.Timestamp) -> str:
        if pd.isna(text) or text in own:
            return text
        people = set(by_name.get(_name(text), ()))
        if f"C{text}" in own:
            people.add(f"C{text}")
        for alias in local:
            is_over = pd.notna(alias.valid_to_date) and on > alias.valid_to_date
            if _words(alias.alias) == _words(text) and on >= alias.valid_from_date and not is_over:
                people.add(alias.consultant_code)
        return people.pop() if len(people) == 1 else text

    distinct = {pair: meant(*pair) for pair in set(zip(written, day, strict=True))}
    return pd.Series([distinct[pair] for pair in zip(written, day, strict=True)], written.index, written.dtype)


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Z0-9]+", text.upper().replace("'", "").replace("\u2019", ""))


def _name(text: str) -> tuple[str, str]:
    """Return surname and initials of a name in whatever order, without titles."""
    words = [word for word in _words(text) if word not in TITLES]
    return " ".join(word for word in words if len(word) > 1), "".join(word for word in words if len(word) == 1)
