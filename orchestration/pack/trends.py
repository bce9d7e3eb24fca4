"""Months of each figure as they are drawn: values with what each is among them, mean, limits and target."""

from typing import Any

from orchestration.pack import words
from orchestration.pack.ask import Connection, rows
from orchestration.pack.asked import Period
from orchestration.pack.said import short

_TRENDS = """
select
    org_unit_key, measure_id, month_on, display_value, mean, lower_limit, upper_limit, target,
    case
        when improvement_value is not null then 'improvement'
        when concern_value is not null then 'concern'
        when neutral_value is not null then 'neutral'
        else 'common'
    end as kind
from {marts}.rpt_trend_month
where audience = 'inside' and org_unit_key = any(%(posts)s) and month_on between %(first)s and %(last)s
order by org_unit_key, measure_id, month_on
"""

# By measure and post: lists of months, values, kinds, means and limits, all of one length, and the target.
Trends = dict[tuple[str, str], dict[str, Any]]


def read(connection: Connection, place: str, posts: list[str], period: Period) -> Trends:
    """Return the months of the period as the trend charts of pages show them."""
    found: Trends = {}
    for row in rows(connection, _TRENDS, place, posts=posts, first=period.first, last=period.last):
        trend = found.setdefault(
            (row["measure_id"], row["org_unit_key"]),
            {"months": [], "target": None, **{name: [] for name in _LISTS}},
        )
        trend["months"].append(words.month(row["month_on"]))
        for name, column in _LISTS.items():
            number = row[column]
            trend[name].append(number if name == "kinds" or number is None else short(number))
        trend["target"] = None if row["target"] is None else short(row["target"])
    return found


_LISTS = {"values": "display_value", "kinds": "kind", "mean": "mean", "lower": "lower_limit", "upper": "upper_limit"}
