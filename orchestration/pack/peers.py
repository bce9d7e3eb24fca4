"""Colleagues without names, from the marts of the pages: points of a funnel with limits, and the sentence below it."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from orchestration.pack import words
from orchestration.pack.ask import Connection, Row, rows
from orchestration.pack.said import is_adjusted, short

_POINTS = """
select
    org_unit_key, measure_id, point_kind, size, target, lower_95, upper_95, lower_998, upper_998,
    coalesce(your_value, colleague_value) as value
from {marts}.rpt_peer_comparison
where org_unit_key = any(%(posts)s)
order by org_unit_key, measure_id, point_kind, point_number
"""
_SENTENCES = """
select org_unit_key, measure_id, peer_count, summary_html
from {marts}.rpt_peer_summary
where org_unit_key = any(%(posts)s)
"""
# Colleagues are drawn of the last whole month of a publication.
_MONTHS = """
select org_unit_key, measure_id, max(month_on) as month_on
from {marts}.performance_statistic
where audience = 'inside' and is_whole and org_unit_key = any(%(posts)s)
group by org_unit_key, measure_id
"""
_SENTENCE = re.compile(r"(?<=\.) (?=[A-Z])")
_LIMITS = ("target", "lower_95", "upper_95", "lower_998", "upper_998")


@dataclass(frozen=True)
class Peers:
    """By measure and post: points, the sentence of the page, and the month to which both are."""

    points: dict[tuple[str, str], list[Row]]
    sentences: dict[tuple[str, str], Row]
    months: dict[tuple[str, str], Any]


def read(connection: Connection, place: str, posts: list[str]) -> Peers:
    """Return the colleagues of each post, where five or more are shown on its page."""
    points: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows(connection, _POINTS, place, posts=posts):
        points[_key(row)].append(row)
    sentences = {_key(row): row for row in rows(connection, _SENTENCES, place, posts=posts)}
    months = {_key(row): row["month_on"] for row in rows(connection, _MONTHS, place, posts=posts)}
    return Peers(points, sentences, months)


def of(beside: Peers, measure_id: str, post: str, standing: Row | None) -> dict[str, Any]:
    """Return `funnel` (points to draw, or nothing) and `peers` (the sentence about them, or why there are none)."""
    key = (measure_id, post)
    sentence = beside.sentences.get(key)
    if standing is None or sentence is None:
        return {"funnel": None, "peers": None}
    if beside.months.get(key) != standing["month_on"]:
        last = words.month(beside.months[key])
        return {
            "funnel": None,
            "peers": f"Colleagues are shown of the 12 months to {last} alone, which end after the period.",
        }
    told = _of_this_measure(sentence["summary_html"])
    if not sentence["peer_count"]:
        return {"funnel": None, "peers": told}
    points = beside.points[key]
    return {
        "funnel": {
            "you": [[short(row["size"]), short(row["value"])] for row in points if row["point_kind"] == "You"],
            "colleagues": [
                [short(row["size"]), short(row["value"])] for row in points if row["point_kind"] == "Colleagues"
            ],
            "limits": [
                [short(row["size"]), *(short(row[name]) for name in _LIMITS)]
                for row in points
                if row["point_kind"] == "Limits" and all(row[name] is not None for name in _LIMITS)
            ],
            "size": "expected" if is_adjusted(standing) else "n",
        },
        "peers": told,
    }


def _of_this_measure(html: str) -> str:
    """Return what the sentences of the page say of this measure alone: what they say of all stands on the cover."""
    first, *others = _SENTENCE.split(words.text_of(html.rpartition("</b> ")[2]))
    return " ".join([first, *(other for other in others if other.startswith("Nobody"))])


def _key(row: Row) -> tuple[str, str]:
    return row["measure_id"], row["org_unit_key"]
