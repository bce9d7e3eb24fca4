"""What people said of records and figures until a publication was followed by another: validated, disputed, signed."""

from datetime import date
from typing import Any

from orchestration.pack import objectives, words
from orchestration.pack.ask import Connection, Row, rows
from orchestration.pack.asked import Period, Publication

_IS_THERE = """
select
    to_regclass('review.act') is not null and to_regclass('{marts}.review_record') is not null as is_there
"""
# What stands of a record with its carrier and facts, as `review.standing_of` has it, of acts up to the publication.
_MONTHS = """
with record as (
    select record_type, record_id, org_unit_key, month_on, facts_hash
    from {marts}.review_record
    where org_unit_key = any(%(posts)s) and month_on between %(first)s and %(last)s
),

confirmed as (
    select distinct on (said.record_type, said.record_id, said.org_unit_key) said.*
    from record
    inner join review.confirmation as said using (record_type, record_id, org_unit_key)
    inner join review.act as act on said.act_id = act.act_id
    where act.publication_id <= %(publication_id)s
    order by said.record_type, said.record_id, said.org_unit_key, said.act_id desc
),

disputed as (
    select distinct on (said.record_type, said.record_id, said.org_unit_key)
        said.record_type, said.record_id, said.org_unit_key, said.act_id,
        withdrawal.act_id is null
        and coalesce(decision.decision not in ('reject', 'reverse'), true)
        and (decision.decision is null or said.facts_hash = record.facts_hash) as is_open
    from record
    inner join review.dispute as said using (record_type, record_id, org_unit_key)
    inner join review.act as act on said.act_id = act.act_id
    left join (
        select taken.dispute_id, taken.act_id from review.withdrawal as taken
        inner join review.act as taken_act on taken.act_id = taken_act.act_id
        where taken_act.publication_id <= %(publication_id)s
    ) as withdrawal on said.act_id = withdrawal.dispute_id
    left join (
        select distinct on (taken.dispute_id) taken.dispute_id, taken.decision from review.decision as taken
        inner join review.act as taken_act on taken.act_id = taken_act.act_id
        where taken_act.publication_id <= %(publication_id)s
        order by taken.dispute_id, taken.act_id desc
    ) as decision on said.act_id = decision.dispute_id
    where act.publication_id <= %(publication_id)s
    order by said.record_type, said.record_id, said.org_unit_key, said.act_id desc
),

state as (
    select
        record.org_unit_key, record.month_on,
        coalesce(disputed.is_open, false) as is_disputed,
        coalesce(
            confirmed.facts_hash = record.facts_hash and confirmed.act_id > coalesce(disputed.act_id, 0), false
        ) as is_confirmed
    from record
    left join confirmed using (record_type, record_id, org_unit_key)
    left join disputed using (record_type, record_id, org_unit_key)
)

select
    org_unit_key, month_on, count(*) as record_count,
    count(*) filter (where is_disputed) as disputed_count,
    count(*) filter (where is_confirmed and not is_disputed) as confirmed_count
from state
group by org_unit_key, month_on
order by month_on, org_unit_key
"""
# Of a month that this publication does not have whole nobody was asked yet.
_DEADLINES = """
select
    month_on, review.deadline_on('clinician', month_on) as deadline_on,
    month_on < (select began.first_month_on from review.beginning() as began) as is_history
from {marts}.dim_month
where month_on between %(first)s and %(last)s and is_complete
"""
_SIGNED = """
with signed as (
    select distinct on (said.org_unit_key, said.month_on)
        said.org_unit_key, said.month_on, said.comment, said.figures, act.acted_by, act.on_behalf_of, act.acted_at,
        act.publication_id
    from review.sign_off as said
    inner join review.act as act on said.act_id = act.act_id
    where
        said.org_unit_key = any(%(units)s) and said.month_on between %(first)s and %(last)s
        and act.publication_id <= %(publication_id)s
    order by said.org_unit_key, said.month_on, said.act_id desc
)

select
    signed.org_unit_key, signed.month_on, signed.comment, signed.acted_at, signed.publication_id,
    coalesce(person.person_name, review.name_of(signed.acted_by)) as person_name, signed.on_behalf_of,
    (
        select count(*)
        from jsonb_each(signed.figures) as figure (measure_id, told)
        left join {marts}.performance as now
            on
                now.org_unit_key = signed.org_unit_key and now.month_on = signed.month_on
                and now.measure_id = figure.measure_id
        where
            cast(figure.told ->> 'numerator' as numeric) is distinct from now.numerator
            or cast(figure.told ->> 'denominator' as numeric) is distinct from now.denominator
    ) as changed_count
from signed
left join {marts}.person as person on signed.acted_by = person.user_name
order by signed.month_on, signed.org_unit_key
"""
_DISPUTES = """
select
    said.record_type, said.record_id, said.org_unit_key, said.reason,
    said.whose_clinician_key is not null as names_another, act.acted_at, record.occurred_on,
    withdrawn.acted_at as withdrawn_at,
    decision.decision, decision.reason as decision_reason, decision.acted_at as decided_at,
    coalesce(person.person_name, review.name_of(decision.acted_by)) as decided_by, item.state as work_item_state
from review.dispute as said
inner join review.act as act on said.act_id = act.act_id
left join {marts}.review_record as record using (record_type, record_id)
left join (
    select taken.dispute_id, taken_act.acted_at from review.withdrawal as taken
    inner join review.act as taken_act on taken.act_id = taken_act.act_id
    where taken_act.publication_id <= %(publication_id)s
) as withdrawn on said.act_id = withdrawn.dispute_id
left join (
    select distinct on (taken.dispute_id) taken.*, taken_act.acted_at, taken_act.acted_by from review.decision as taken
    inner join review.act as taken_act on taken.act_id = taken_act.act_id
    where taken_act.publication_id <= %(publication_id)s
    order by taken.dispute_id, taken.act_id desc
) as decision on said.act_id = decision.dispute_id
left join (
    select distinct on (decision_id) decision_id, state from review.work_item
    where publication_id <= %(publication_id)s
    order by decision_id, work_item_id desc
) as item on decision.act_id = item.decision_id
left join {marts}.person as person on decision.acted_by = person.user_name
where
    said.org_unit_key = any(%(posts)s) and act.publication_id <= %(publication_id)s
    and coalesce(record.month_on, date_trunc('month', act.acted_at at time zone 'Europe/London')::date)
    between %(first)s and %(last)s
order by said.act_id
"""
_COMMENTS = """
select
    said.org_unit_key, said.month_on, said.kind, said.role, said.comment, act.acted_at, measure.title,
    coalesce(person.person_name, review.name_of(act.acted_by)) as person_name
from review.comment as said
inner join review.act as act on said.act_id = act.act_id
inner join {marts}.dim_measure as measure on said.measure_id = measure.measure_id
left join {marts}.person as person on act.acted_by = person.user_name
where
    said.org_unit_key = any(%(posts)s) and said.month_on between %(first)s and %(last)s
    and act.publication_id <= %(publication_id)s
order by said.month_on, said.act_id
"""
_DECISIONS = {
    "re-attribute": "re-attributed",
    "exclude": "excluded",
    "source to correct": "source to correct",
    "reject": "rejected",
    "reverse": "reversed",
}


def read(
    connection: Connection, of: Publication, posts: list[Row], user_names: list[str], period: Period
) -> dict[str, Any] | None:
    """Return validation and sign-off by month, disputes, comments and objectives; nothing where none was kept.

    Told is what was said while that publication stood or before: later acts belong to later publications.
    """
    if not rows(connection, _IS_THERE, of.place)[0]["is_there"]:
        return None
    keys = [post["org_unit_key"] for post in posts]
    asked = {
        "posts": keys,
        "units": [*keys, *sorted({post["department_key"] for post in posts if post["department_key"]})],
        "first": period.first,
        "last": period.last,
        "publication_id": of.publication_id,
    }
    labels = {post["org_unit_key"]: post["label"] for post in posts}
    signed = {(row["org_unit_key"], row["month_on"]): row for row in rows(connection, _SIGNED, of.place, **asked)}
    asked_of = {row["month_on"]: row for row in rows(connection, _DEADLINES, of.place, **asked)}
    published_on = of.known["attempted_at"].astimezone(words.ZONE).date()
    departments = {post["org_unit_key"]: post["department_key"] for post in posts}
    return {
        "months": [
            {
                "month": words.month(row["month_on"]),
                "post": labels[row["org_unit_key"]],
                "records": words.number(row["record_count"]),
                "confirmed": words.number(row["confirmed_count"]),
                "disputed": words.number(row["disputed_count"]),
                **_open(row, asked_of.get(row["month_on"]), published_on),
                "clinician": _signature(signed.get((row["org_unit_key"], row["month_on"]))),
                "lead": _signature(signed.get((departments[row["org_unit_key"]], row["month_on"]))),
            }
            for row in rows(connection, _MONTHS, of.place, **asked)
        ],
        "disputes": [_dispute(row, labels) for row in rows(connection, _DISPUTES, of.place, **asked)],
        "comments": [
            {
                "measure": row["title"],
                "post": labels[row["org_unit_key"]],
                "month": words.month(row["month_on"]),
                "kind": row["kind"],
                "comment": row["comment"],
                "by": f"{row['person_name']}, {row['role']}, {words.day(row['acted_at'].astimezone(words.ZONE))}",
            }
            for row in rows(connection, _COMMENTS, of.place, **asked)
        ],
        "objectives": objectives.read(connection, of, labels, user_names),
    }


def _open(row: Row, asked: Row | None, published_on: date) -> dict[str, str]:
    """Return how many records nobody spoke of, whether they were taken as the source wrote them, and until when.

    `asked` is nothing for a month that was not whole: nobody was asked yet. Of history nobody is.
    """
    count = row["record_count"] - row["confirmed_count"] - row["disputed_count"]
    is_history = asked is not None and asked["is_history"]
    deadline_on = None if asked is None or is_history else asked["deadline_on"]
    is_over = deadline_on is not None and deadline_on < published_on
    state = "history" if is_history else "presumed" if is_over else "waiting"
    return {"open": f"{words.number(count)} {state}" if count else "0", "deadline": words.day(deadline_on)}


def _signature(row: Row | None) -> str:
    if row is None:
        return "not signed"
    behalf = " (as delegate)" if row["on_behalf_of"] else ""
    changed = (
        f"; {words.counted(row['changed_count'], 'figure has', 'figures have')} changed since"
        if row["changed_count"]
        else ""
    )
    said = f": {row['comment']}" if row["comment"] else ""
    when = words.day(row["acted_at"].astimezone(words.ZONE))
    return f"{row['person_name']}{behalf}, {when}, publication {row['publication_id']}{changed}{said}"


def _dispute(row: Row, labels: dict[str, str]) -> dict[str, str]:
    outcome = _DECISIONS[row["decision"]] if row["decision"] else "withdrawn" if row["withdrawn_at"] else "waiting"
    decided = (
        f"{row['decided_by']}, {words.day(row['decided_at'].astimezone(words.ZONE))}: {row['decision_reason']}"
        if row["decision"]
        else words.NOTHING
    )
    return {
        "record": f"{row['record_type'].replace('_', ' ')} {row['record_id']}",
        "post": labels[row["org_unit_key"]],
        "occurred": words.day(row["occurred_on"]),
        "reason": row["reason"] + (" (another clinician named)" if row["names_another"] else ""),
        "disputed": words.day(row["acted_at"].astimezone(words.ZONE)),
        "outcome": outcome,
        "decided": decided,
        "source": f"correction {row['work_item_state']}" if row["work_item_state"] else words.NOTHING,
    }
