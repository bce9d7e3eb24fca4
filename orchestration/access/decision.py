"""Decisions about access by hand: grant a scope, end one, suspend a person, restore one. Each is kept for good."""

from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

import psycopg
from psycopg.rows import class_row

from orchestration.errors import UsageError

ROLES = ("clinician", "clinical lead", "divisional director", "executive", "analyst", "auditor", "coder")
# Levels of the units on which a role can be held.
_LEVELS = {
    "clinician": ("clinician",),
    "clinical lead": ("department",),
    "divisional director": ("division",),
    "executive": ("trust",),
    "analyst": ("trust", "division", "department"),
    "auditor": ("trust",),
    "coder": ("department",),
}
# An executive reads records and figures of one clinician, or of a department, only for a reason and for days.
_WITH_A_REASON = "executive with a reason"
_REASON_LEVELS = ("department", "clinician")
_REASON_DAYS = 7
_NEAREST = 3


class AccessError(UsageError):
    """A decision about access cannot be taken as asked: nobody or nothing of that name, or it does not fit."""


@dataclass(frozen=True)
class Unit:
    """A unit of the standing publication, as somebody may name it."""

    org_unit_key: str
    org_unit_code: str
    org_unit_level: str
    org_unit_name: str


@dataclass(frozen=True)
class Scope:
    """What is to be granted: a role on a unit, from one day to another, decided by somebody for a reason."""

    user_name: str
    unit: str
    role: str
    valid_from_on: date | None
    valid_to_on: date | None
    by: str
    reason: str
    person_name: str | None = None


def grant(owner: psycopg.Connection, scope: Scope) -> str:
    """Grant a scope; return a sentence that says so.

    Raises `AccessError` for an unknown unit or person, a role that does not fit the unit, or days that do not fit.
    """
    _check_said(scope.by, scope.reason)
    unit = _unit(owner, scope.unit)
    role = _role(scope.role, unit)
    today = _one(owner, "select access.today()")
    first = scope.valid_from_on or today
    _check_days(role, first, scope.valid_to_on, today)
    name = _name(owner, scope.user_name, scope.person_name)
    number = _one(
        owner,
        "insert into access.decision (kind, user_name, person_name, org_unit_key, role, valid_from_on, valid_to_on,"
        " decided_by, reason) values ('grant', %s, %s, %s, %s, %s, %s, %s, %s) returning decision_id",
        [scope.user_name, name, unit.org_unit_key, role, first, scope.valid_to_on, scope.by, scope.reason],
    )
    until = f" to {scope.valid_to_on}" if scope.valid_to_on else ""
    begins = "at once" if first <= today else f"on {first}"
    return (
        f"Scope {number}: {scope.user_name} ({name}) is {role} of {unit.org_unit_name} from {first}{until}; rows are "
        f"shown {begins}. `cpw deploy` opens the pages, and the account of who has none."
    )


def end(owner: psycopg.Connection, scope_id: int, *, by: str, reason: str) -> str:
    """End a scope that was granted by hand, at once; return a sentence. Raises `AccessError` when it cannot be."""
    _check_said(by, reason)
    row = owner.execute(
        "select d.user_name, exists (select 1 from access.decision as e where e.scope_id = d.decision_id)"
        " from access.decision as d where d.decision_id = %s and d.kind = 'grant'",
        [scope_id],
    ).fetchone()
    if row is None:
        raise AccessError(
            f"There is no scope {scope_id}: `cpw access list` shows them. One of the workforce feed has no number: end "
            "it there, or suspend the person."
        )
    if row[1]:
        raise AccessError(f"Scope {scope_id} of {row[0]} was ended before.")
    owner.execute(
        "insert into access.decision (kind, user_name, scope_id, decided_by, reason) values ('end', %s, %s, %s, %s)",
        [row[0], scope_id, by, reason],
    )
    return f"Scope {scope_id} of {row[0]} is ended: nothing is shown for it any more."


def suspend(owner: psycopg.Connection, user_name: str, *, by: str, reason: str) -> str:
    """Stop all that a person may see, at once and whatever the feed says; return a sentence."""
    _stand(owner, user_name, "suspend", by, reason)
    return f"{user_name} is suspended and sees nothing any more; `cpw deploy` closes the account."


def restore(owner: psycopg.Connection, user_name: str, *, by: str, reason: str) -> str:
    """Let a suspended person see again what the scopes say; return a sentence."""
    _stand(owner, user_name, "restore", by, reason)
    return f"{user_name} is restored and sees what the scopes say; `cpw deploy` opens the account again."


def _stand(owner: psycopg.Connection, user_name: str, kind: str, by: str, reason: str) -> None:
    _check_said(by, reason)
    _name(owner, user_name, None)
    row = owner.execute(
        "select kind from access.decision where user_name = %s and kind in ('suspend', 'restore')"
        " order by decision_id desc limit 1",
        [user_name],
    ).fetchone()
    if (row[0] if row else "restore") == kind:
        raise AccessError(f"{user_name} is {'suspended already' if kind == 'suspend' else 'not suspended'}.")
    owner.execute(
        "insert into access.decision (kind, user_name, decided_by, reason) values (%s, %s, %s, %s)",
        [kind, user_name, by, reason],
    )


def _check_said(by: str, reason: str) -> None:
    """See that somebody decides, and says why: nothing is granted or taken away without."""
    for option, said in (("--by", by), ("--reason", reason)):
        if not said.strip():
            raise AccessError(f"{option} is empty: an auditor will ask.")


def _unit(owner: psycopg.Connection, said: str) -> Unit:
    """Return the unit of this key or code."""
    if not _one(owner, "select to_regclass('marts.scope_reach') is not null"):
        raise AccessError("No publication says yet which units there are: run `cpw run --extracts DIR` first.")
    with owner.cursor(row_factory=class_row(Unit)) as cursor:
        units = cursor.execute(
            "select org_unit_key, org_unit_code, org_unit_level, org_unit_name from marts.dim_org_unit"
            " where now_of_org_unit_key is null and not is_unattributed"
        ).fetchall()
    found = [unit for unit in units if said in (unit.org_unit_key, unit.org_unit_code)]
    if len(found) == 1:
        return found[0]
    if found:
        keys = ", ".join(sorted(unit.org_unit_key for unit in found))
        raise AccessError(f"{said!r} is the code of several units: name one of {keys}.")
    names = {name: unit for unit in units for name in (unit.org_unit_key, unit.org_unit_code, unit.org_unit_name)}
    folded = {name.casefold(): unit for name, unit in names.items()}
    near = [folded[name] for name in get_close_matches(said.casefold(), folded, n=2 * _NEAREST, cutoff=0.3)]
    nearest = "; ".join(dict.fromkeys(f"{unit.org_unit_key} ({unit.org_unit_name})" for unit in near[:_NEAREST]))
    raise AccessError(f"There is no unit {said!r}." + (f" Nearest: {nearest}." if near else ""))


def _role(said: str, unit: Unit) -> str:
    """Return the role that is held on the unit; an executive's on a lower one is another, for a reason and days."""
    if said not in _LEVELS:
        raise AccessError(f"There is no role {said!r}: {', '.join(ROLES)}.")
    if said == "executive" and unit.org_unit_level in _REASON_LEVELS:
        return _WITH_A_REASON
    if unit.org_unit_level not in _LEVELS[said]:
        fitting = " or ".join((*_LEVELS[said], *(_REASON_LEVELS if said == "executive" else ())))
        raise AccessError(
            f"{unit.org_unit_key} ({unit.org_unit_name}) is a unit of level {unit.org_unit_level}; the role {said!r} "
            f"is held on a unit of level {fitting}."
        )
    return said


def _check_days(role: str, first: date, last: date | None, today: date) -> None:
    if last and last < first:
        raise AccessError(f"--to {last} is before --from {first}: give them the other way round.")
    if last and last < today:
        raise AccessError(f"--to {last} is past: nothing would ever be shown.")
    latest = first + timedelta(days=_REASON_DAYS)
    if role == _WITH_A_REASON and (last is None or last > latest):
        raise AccessError(
            f"An executive reads records and named figures for days, not for good: give --to, {latest} at the latest."
        )


def _name(owner: psycopg.Connection, user_name: str, said: str | None) -> str:
    """Return the name of a person: of the feed, of an earlier decision, or as it is said now."""
    known = dict(owner.execute("select user_name, person_name from access.named_person").fetchall())
    if user_name in known:
        return str(known[user_name])
    if said and said.strip() and user_name.strip():
        return said.strip()
    near = get_close_matches(user_name, known, n=_NEAREST, cutoff=0.6)
    nearest = f" Nearest: {', '.join(f'{name} ({known[name]})' for name in near)}." if near else ""
    raise AccessError(
        f"Nobody has the user name {user_name!r}.{nearest} Of a person who is not in the workforce feed, say the name "
        "with the first scope: `cpw access grant ... --name NAME`."
    )


def _one(owner: psycopg.Connection, query: str, values: list[object] | None = None) -> object:
    row = owner.execute(query, values).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None
