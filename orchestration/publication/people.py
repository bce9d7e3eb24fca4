"""The people of the published warehouse, and one example at each level to log in as."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

LEVELS = ("clinician", "department", "division", "executive", "auditor")

_PEOPLE = """
with colleague as (
    select
        own.user_name,
        max(department.post_count) as colleague_count
    from marts.access_grant as own
    inner join marts.dim_org_unit as unit on own.org_unit_key = unit.org_unit_key
    inner join (
        select department_key, count(*) as post_count
        from marts.dim_org_unit
        where clinician_key is not null
        group by department_key
    ) as department on unit.department_key = department.department_key
    group by own.user_name
),

latest as (
    select org_unit_key, sum(record_count_12m) as record_count
    from marts.performance
    where month_on = (select max(month_on) from marts.performance)
    group by org_unit_key
)
select
    person.user_name,
    person.person_name,
    person.leadership_level,
    person.levels,
    coalesce(sum(latest.record_count), 0)::bigint as record_count,
    coalesce(max(colleague.colleague_count), 0)::bigint as colleague_count
from access.person as person
left join marts.access_grant as access_grant on person.user_name = access_grant.user_name
left join colleague on person.user_name = colleague.user_name
left join latest on access_grant.org_unit_key = latest.org_unit_key
group by person.user_name, person.person_name, person.leadership_level, person.levels
order by person.user_name
"""


@dataclass(frozen=True)
class Person:
    """Somebody who may log in; `record_count` is of the last 12 months, all own units together.

    The highest level is `leadership_level`; `levels` are those whose pages are opened, more than one by hand alone.
    """

    user_name: str
    person_name: str
    leadership_level: str
    record_count: int = 0
    colleague_count: int = 0
    levels: Sequence[str] = ()


def load(connection: psycopg.Connection) -> tuple[Person, ...]:
    """Return the people who may log in today, by name."""
    with connection.cursor(row_factory=class_row(Person)) as cursor:
        return tuple(cursor.execute(_PEOPLE).fetchall())


def examples(people: Sequence[Person]) -> tuple[Person, ...]:
    """Return for each level the person with most to see, the levels in the order of the hierarchy.

    Peers are shown where there are enough of them, so somebody from a large department comes first.
    """
    ranked = sorted(
        people, key=lambda person: (-min(person.colleague_count, 10), -person.record_count, person.user_name)
    )
    return tuple(
        next(person for person in ranked if person.leadership_level == level)
        for level in LEVELS
        if any(person.leadership_level == level for person in ranked)
    )
