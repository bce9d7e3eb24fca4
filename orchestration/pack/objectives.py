"""Objectives of a clinician's posts: baseline, target, what became of them, and whether the figure really moved."""

from typing import Any

from orchestration.pack import words
from orchestration.pack.ask import Connection, Row, rows
from orchestration.pack.asked import Publication

# The judgement is that of `review.judged`, of the figures of this publication.
_OBJECTIVES = """
with answer as (
    select said.*, row_number() over (partition by said.objective_id order by said.act_id desc) as recency
    from review.objective_answer as said
    inner join review.act as act on said.act_id = act.act_id
    where act.publication_id <= %(publication_id)s
),

objective as (
    select
        said.*, newest.answer, newest.reason as answer_reason, carried.by_on as carried_to_on
    from review.objective as said
    inner join review.act as act on said.act_id = act.act_id
    left join answer as newest on said.act_id = newest.objective_id and newest.recency = 1
    left join (
        select distinct on (objective_id) objective_id, by_on from answer where by_on is not null
        order by objective_id, act_id desc
    ) as carried on said.act_id = carried.objective_id
    where
        act.publication_id <= %(publication_id)s
        and (said.org_unit_key = any(%(posts)s) or said.owner_user_name = any(%(user_names)s))
),

point as (
    select
        objective.act_id, objective.baseline_month_on, figure.month_on, figure.value_12m, statistic.trend_point,
        row_number() over (partition by objective.act_id order by figure.month_on desc) as recency
    from objective
    inner join {marts}.performance as figure
        on objective.org_unit_key = figure.org_unit_key and objective.measure_id = figure.measure_id
    inner join {marts}.performance_statistic as statistic
        on
            figure.org_unit_key = statistic.org_unit_key and figure.measure_id = statistic.measure_id
            and figure.month_on = statistic.month_on and statistic.audience = 'inside' and statistic.is_whole
),

judged as (
    select
        act_id, max(value_12m) filter (where recency = 1) as value_now, max(month_on) as month_now_on,
        count(*) filter (where month_on > coalesce(baseline_month_on, '-infinity')) as month_count,
        coalesce(bool_or(
            trend_point = 'improvement' and recency <= 6 and month_on > coalesce(baseline_month_on, '-infinity')
        ), false) as is_better,
        coalesce(bool_or(
            trend_point = 'concern' and recency <= 6 and month_on > coalesce(baseline_month_on, '-infinity')
        ), false) as is_worse
    from point
    group by act_id
)

select
    objective.*, unit.org_unit_name, measure.title, measure.unit, judged.value_now, judged.month_now_on,
    coalesce(person.person_name, review.name_of(objective.owner_user_name)) as owner_name,
    case
        when coalesce(judged.month_count, 0) < 6 then 'too early'
        when judged.is_better and not judged.is_worse then 'really better'
        when judged.is_worse and not judged.is_better then 'really worse'
        else 'no real change'
    end as judgement
from objective
inner join {marts}.dim_measure as measure on objective.measure_id = measure.measure_id
left join {marts}.dim_org_unit as unit on objective.org_unit_key = unit.org_unit_key
left join judged on objective.act_id = judged.act_id
left join {marts}.person as person on objective.owner_user_name = person.user_name
order by objective.act_id
"""
_STATES = {"agree": "agreed", "carry": "carried", "withdraw": "withdrawn"}


def read(
    connection: Connection, of: Publication, labels: dict[str, str], user_names: list[str]
) -> list[dict[str, Any]]:
    """Return the objectives of these posts (labels by key), or that one of these people owns."""
    found = rows(
        connection,
        _OBJECTIVES,
        of.place,
        posts=list(labels),
        user_names=user_names,
        publication_id=of.publication_id,
    )
    return [
        {
            "measure": row["title"],
            "unit": labels.get(row["org_unit_key"], row["org_unit_name"] or row["org_unit_key"]),
            "description": f"{row['description']} (owner: {row['owner_name']})",
            "baseline": _at(row["baseline"], row["baseline_month_on"], row["unit"]),
            "target": f"{words.value(row['target'], row['unit'])} by {words.day(row['carried_to_on'] or row['by_on'])}",
            "now": _at(row["value_now"], row["month_now_on"], row["unit"]),
            "judgement": row["judgement"],
            "state": _state(row),
        }
        for row in found
    ]


def _state(row: Row) -> str:
    reason = f": {row['answer_reason']}" if row["answer_reason"] else ""
    return _STATES.get(row["answer"], row["answer"] or "proposed") + reason


def _at(amount: Any, month_on: Any, unit: str) -> str:  # noqa: ANN401 - a number and a day, or nothing
    if amount is None:
        return words.NOTHING
    return (
        f"{words.value(amount, unit)}, 12 months to {words.month(month_on)}" if month_on else words.value(amount, unit)
    )
