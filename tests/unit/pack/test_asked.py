"""Whom a name means: on the command line any that tells one clinician apart, on a page the log-in alone."""

from typing import Any

import pytest

from orchestration.pack import asked
from orchestration.pack.errors import PackUsageError


def clinician(key: str, name: str, code: str, user: str, post: str) -> dict[str, Any]:
    return {
        "clinician_key": key, "clinician_name": name, "consultant_code": code, "user_names": [user],
        "posts": [f"post:{post}"], "post_codes": [post],
    }  # fmt: skip


# Somebody's log-in reads as another's consultant code, and as a third's post.
JONES = clinician("j", "Dr A Jones", "C1234567", "a.jones", "P00001")
CODED = clinician("c", "Dr B Coded", "C7654321", "c1234567", "P00002")
POSTED = clinician("p", "Dr C Posted", "C1111111", "p00001", "P00003")
ALL = [JONES, CODED, POSTED]


@pytest.mark.parametrize(
    ("text", "meant"), [("C1234567", JONES), ("a.jones", JONES), ("P00003", POSTED), ("dr b coded", CODED)]
)
def test_clinician__is_found_by_any_name(text: str, meant: dict[str, Any]) -> None:
    assert asked.clinician(text, ALL) is meant


@pytest.mark.parametrize(("user", "meant"), [("a.jones", JONES), ("c1234567", CODED), ("p00001", POSTED)])
def test_user__is_nobody_else_whatever_the_log_in_reads_as(user: str, meant: dict[str, Any]) -> None:
    assert asked.of_user(user, ALL) is meant


@pytest.mark.parametrize("user", ["C1234567", "A.JONES", "Dr A Jones", "P00002", "", "jones"])
def test_user__who_is_no_clinician_is_told_so_without_a_name_of_others(user: str) -> None:
    with pytest.raises(PackUsageError) as error:
        asked.of_user(user, ALL)
    assert "no clinician of your user name" in str(error.value)
    assert not any(word in str(error.value) for word in ("Jones", "C1234567", "near"))
