"""What is asked for: clinician, months, publication, as the database knows them; or one sentence that it does not."""

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from orchestration.pack import words
from orchestration.pack.ask import Connection, Row, rows
from orchestration.pack.errors import PackError, PackUsageError

_LEDGER = "select to_regclass('quality.publication') is not null as is_there"
_PUBLICATION = """
with published as (
    select *, publication_id = max(publication_id) over () as is_standing
    from quality.publication
    where state = 'published'
)
select
    publication_id, attempted_at, data_to_on, month_end_on, code_commit, code_digest, content_hash, is_standing,
    case
        when is_standing then 'marts'
        -- What an older version of the program kept has not all that is read here.
        when to_regclass('marts_' || to_char(month_end_on, 'YYYY_MM') || '.rpt_trend_month') is not null
            then 'marts_' || to_char(month_end_on, 'YYYY_MM')
    end as place
from published
order by publication_id
"""
_CLINICIANS = """
select
    clinician.clinician_key, clinician.clinician_name, clinician.grade, code.consultant_code,
    coalesce(array_agg(distinct scope.user_name) filter (where scope.user_name is not null), '{}') as user_names,
    array_agg(distinct unit.org_unit_key) as posts,
    array_agg(distinct unit.org_unit_code) as post_codes,
    array_agg(distinct unit.department_key) filter (
        where unit.valid_from_on <= %(last_day)s and coalesce(unit.valid_to_on, %(first)s) >= %(first)s
    ) as departments
from {marts}.dim_clinician as clinician
inner join {marts}.dim_org_unit as unit
    on clinician.clinician_key = unit.clinician_key and unit.org_unit_level = 'clinician' and not unit.is_unattributed
left join {marts}.person_scope as scope on unit.org_unit_key = scope.org_unit_key and scope.role = 'clinician'
left join identity.clinician_code as code on clinician.clinician_key = code.clinician_key
group by clinician.clinician_key, clinician.clinician_name, clinician.grade, code.consultant_code
order by clinician.clinician_name collate "C", code.consultant_code
"""
_MONTHS = "select min(month_on) as first, max(month_on) as last from {marts}.dim_month"
_DEPARTMENTS = """
select org_unit_key, org_unit_code, org_unit_name
from {marts}.dim_org_unit
where org_unit_level = 'department' and now_of_org_unit_key is null
order by org_unit_code
"""


@dataclass(frozen=True)
class Period:
    """Months from the first to the last, both included; each is told by its first day."""

    first: date
    last: date

    @property
    def last_day(self) -> date:
        """The last day of the last month."""
        year, month = divmod(self.last.month, 12)
        return date.fromordinal(date(self.last.year + year, month + 1, 1).toordinal() - 1)

    @property
    def words(self) -> str:
        """The months as people write them."""
        return f"{words.month(self.first)} to {words.month(self.last)}"


@dataclass(frozen=True)
class Publication:
    """A publication that can be read: its number, what is known of it, and the schema that holds its figures."""

    publication_id: int
    place: str
    known: Row


def check_period(period: Period) -> None:
    """Raise `PackUsageError` for months that end before they begin, or are more than five years."""
    if period.last < period.first:
        raise PackUsageError(f"The period ends in {period.last:%Y-%m}, before it begins in {period.first:%Y-%m}.")
    if (period.last.year - period.first.year) * 12 + period.last.month - period.first.month >= 60:
        raise PackUsageError("A pack is of five years at most: ask for fewer months.")


def publication(connection: Connection, publication_id: int | None) -> Publication:
    """Return the publication of that number, or the one that stands.

    Raises `PackError` where nothing is published, `PackUsageError` for one that is not there or no longer kept.
    """
    known = rows(connection, _PUBLICATION) if rows(connection, _LEDGER)[0]["is_there"] else []
    if not known:
        raise PackError("Nothing is published yet: run `cpw run --extracts DIR` first.")
    wanted = known[-1]["publication_id"] if publication_id is None else publication_id
    found = next((row for row in known if row["publication_id"] == wanted), None)
    if found is None:
        raise PackUsageError(f"There is no publication {publication_id}: `cpw publications` lists them.")
    if found["place"] is None:
        kept = [str(row["publication_id"]) for row in known if row["place"]]
        raise PackUsageError(
            f"The figures of publication {publication_id} are no longer kept as they are read here; those that"
            f" stand, or were kept at a month's end, are of {', '.join(kept)}."
        )
    return Publication(found["publication_id"], found["place"], found)


def clinicians(connection: Connection, of: Publication, period: Period) -> list[Row]:
    """Return all clinicians of a publication, with their posts and the departments of these in the period."""
    return rows(connection, _CLINICIANS, of.place, first=period.first, last_day=period.last_day)


def clinician(text: str, among: list[Row]) -> Row:
    """Return the clinician of that consultant code, user name, post or, if only one has it, name.

    Raises `PackUsageError` with those that could be meant.
    """
    wanted = text.strip().casefold()
    for row in among:
        exact = [row["consultant_code"] or "", *row["user_names"], *row["posts"], *row["post_codes"]]
        if wanted in {name.casefold() for name in exact}:
            return row
    found = [row for row in among if row["clinician_name"].casefold() == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise PackUsageError(f"{text!r} means several clinicians: give one of {', '.join(map(_called, found))}.")
    called = {
        name.casefold(): _called(row)
        for row in among
        for name in (
            row["clinician_name"],
            row["clinician_name"].split()[-1],
            row["consultant_code"] or "",
            *row["user_names"],
        )
        if name
    }
    near = list(dict.fromkeys(called[name] for name in get_close_matches(wanted, called, n=4, cutoff=0.5)))
    raise PackUsageError(
        f"There is no clinician {text!r}"
        + (f"; near it are {', '.join(near)}." if near else ": give a consultant code, a user name, a post or a name.")
    )


def of_user(user_name: str, among: list[Row]) -> Row:
    """Return the clinician who logs in by just this name. Raises `PackUsageError`, which names nobody."""
    for row in among:
        if user_name in row["user_names"]:
            return row
    raise PackUsageError("The workforce extracts name no clinician of your user name: no pack can be made here.")


def of_department(connection: Connection, of: Publication, code: str, among: list[Row]) -> list[Row]:
    """Return the clinicians who held a post in the department in the period. Raises `PackUsageError` for none."""
    departments = rows(connection, _DEPARTMENTS, of.place)
    wanted = code.strip().casefold()
    key = next(
        (
            row["org_unit_key"]
            for row in departments
            if wanted
            in {row["org_unit_key"].casefold(), row["org_unit_code"].casefold(), row["org_unit_name"].casefold()}
        ),
        None,
    )
    if key is None:
        there = ", ".join(f"{row['org_unit_code']} ({row['org_unit_name']})" for row in departments)
        raise PackUsageError(f"There is no department {code!r}: there are {there}.")
    found = [row for row in among if key in (row["departments"] or [])]
    if not found:
        raise PackUsageError(f"Nobody held a post in department {code} in the period.")
    return found


def covered(connection: Connection, of: Publication, period: Period) -> Period:
    """Return the months of the period that the publication covers. Raises `PackUsageError` where there are none."""
    known = rows(connection, _MONTHS, of.place)[0]
    first, last = max(period.first, known["first"]), min(period.last, known["last"])
    if last < first:
        raise PackUsageError(
            f"There are no figures of {period.words}: the data of publication {of.publication_id} go from"
            f" {words.month(known['first'])} to {words.month(known['last'])}."
        )
    return Period(first, last)


def _called(row: Row) -> str:
    return f"{row['clinician_name']} ({row['consultant_code'] or row['clinician_key']})"
