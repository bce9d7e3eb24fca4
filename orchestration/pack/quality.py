"""How good the records are on which the figures stand: what was left out and why, and which fail a rule."""

from collections import defaultdict
from typing import Any

from orchestration.pack import words
from orchestration.pack.ask import Connection, Row, rows
from orchestration.pack.asked import Period

_RECORDS = """
select measure_id, exclusion_reason, count(*) as record_count
from {marts}.measure_record
where org_unit_key = any(%(posts)s) and month_on between %(first)s and %(last)s
group by measure_id, exclusion_reason
order by measure_id, record_count desc, exclusion_reason
"""
# Of each figure the rules that touched it in the last month of the period in which any did.
_DOUBTS = """
select org_unit_key, measure_id, month_on, reason, is_untrusted
from {marts}.measure_trust as trust
where
    org_unit_key = any(%(posts)s) and touched_count_12m > 0
    and month_on = (
        select max(month_on) from {marts}.performance_statistic as statistic
        where
            statistic.org_unit_key = trust.org_unit_key and statistic.measure_id = trust.measure_id
            and statistic.audience = 'inside' and statistic.is_whole and statistic.month_on <= %(last)s
    )
    and month_on >= %(first)s
order by is_untrusted desc, measure_id, org_unit_key, rule_id
"""


def read(connection: Connection, place: str, dictionary: list[Row], posts: list[Row], period: Period) -> dict[str, Any]:
    """Return `records` (counted and left out, by measure) and `doubts` (rules that records fail, with the figures)."""
    asked = {"posts": [post["org_unit_key"] for post in posts], "first": period.first, "last": period.last}
    by_measure: dict[str, list[Row]] = defaultdict(list)
    for row in rows(connection, _RECORDS, place, **asked):
        by_measure[row["measure_id"]].append(row)
    titles = {measure["measure_id"]: measure["title"] for measure in dictionary}
    labels = {post["org_unit_key"]: post["label"] for post in posts}
    return {
        "records": [_counts(titles[key], by_measure[key]) for key in titles if key in by_measure],
        "doubts": _doubts(rows(connection, _DOUBTS, place, **asked), titles, labels),
    }


def _doubts(found: list[Row], titles: dict[str, str], labels: dict[str, str]) -> list[dict[str, Any]]:
    """Return each check that records of a post fail, with the figures that it touches: one check touches many."""
    told: dict[tuple[bool, str, str], list[str]] = defaultdict(list)
    for row in found:
        count, is_told, check = row["reason"].partition(" records fail the check: ")
        figure = f"{titles[row['measure_id']]} ({count})" if is_told else titles[row["measure_id"]]
        told[row["is_untrusted"], labels[row["org_unit_key"]], check if is_told else row["reason"]].append(figure)
    return [
        {"is_untrusted": is_untrusted, "post": post, "check": check, "figures": figures}
        for (is_untrusted, post, check), figures in told.items()
    ]


def _counts(title: str, found: list[Row]) -> dict[str, Any]:
    counted = sum(row["record_count"] for row in found if row["exclusion_reason"] is None)
    left_out = [row for row in found if row["exclusion_reason"] is not None]
    return {
        "measure": title,
        "counted": words.number(counted),
        "left_out": words.number(sum(row["record_count"] for row in left_out)),
        "reasons": [f"{row['exclusion_reason']} {words.number(row['record_count'])}" for row in left_out],
    }
