"""Figures of one clinician by measure: of the whole practice and of each post, with what may be said of them."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from orchestration.pack import peers, said, trends, words
from orchestration.pack.ask import Connection, Row, rows
from orchestration.pack.asked import Period

_MEASURES = """
select
    measure_id, title, domain, unit, unit_name, direction, method, case_mix_model, case_mix_factors, is_additive,
    target, target_source, plain_words, numerator_definition, denominator_definition, exclusion_definition,
    definition_source, is_source_verified, definition_version, attribution_role,
    scope_org_unit_key
from {marts}.dim_measure
order by domain collate "C", title collate "C", measure_id collate "C"
"""
_FIGURES = """
select
    figure.org_unit_key, figure.measure_id, figure.month_on, figure.numerator, figure.denominator, figure.record_count,
    figure.numerator_12m, figure.denominator_12m, figure.value_12m, figure.record_count_12m,
    statistic.is_whole, statistic.trend_assurance, statistic.comparison_method,
    statistic.expected_12m, statistic.comparison_value, statistic.comparison_target, statistic.lower_95,
    statistic.upper_95, statistic.lower_998, statistic.upper_998, statistic.reliability, statistic.state,
    statistic.state_reason
from {marts}.performance as figure
left join {marts}.performance_statistic as statistic
    on
        figure.org_unit_key = statistic.org_unit_key
        and figure.measure_id = statistic.measure_id
        and figure.month_on = statistic.month_on
        and statistic.audience = 'inside'
where figure.org_unit_key = any(%(posts)s) and figure.month_on between %(first)s and %(last)s
order by figure.measure_id, figure.org_unit_key, figure.month_on
"""
_BESIDE = "select measure_id, data_quality_measure_id from {marts}.measure_data_quality order by measure_id, place"

Series = dict[tuple[str, str], list[Row]]


def measures(connection: Connection, place: str) -> list[Row]:
    """Return the dictionary of a publication, by family and title."""
    return rows(connection, _MEASURES, place)


def read(
    connection: Connection, place: str, dictionary: list[Row], posts: list[Row], period: Period
) -> list[dict[str, Any]]:
    """Return the families of measures of which there are records in the period, each with its figures.

    `posts` are in the order in which they are told, each with `org_unit_key` and `label`.
    """
    keys = [post["org_unit_key"] for post in posts]
    series: Series = defaultdict(list)
    for row in rows(connection, _FIGURES, place, posts=keys, first=period.first, last=period.last):
        series[row["measure_id"], row["org_unit_key"]].append(row)
    drawn = trends.read(connection, place, keys, period)
    beside = peers.read(connection, place, keys)
    quality = defaultdict(list)
    for row in rows(connection, _BESIDE, place):
        quality[row["measure_id"]].append(row["data_quality_measure_id"])
    by_id = {measure["measure_id"]: measure for measure in dictionary}
    families: dict[str, list[dict[str, Any]]] = {}
    for measure in dictionary:
        there = [post for post in posts if _has_records(series.get((measure["measure_id"], post["org_unit_key"])))]
        if not there:
            continue
        told = _measure(measure, there, series, drawn, beside)
        told["rests_on"] = [
            _rests_on(by_id[other], [row for post in posts for row in series.get((other, post["org_unit_key"]), [])])
            for other in quality[measure["measure_id"]]
        ]
        families.setdefault(words.sentence(measure["domain"].replace("_", " ")), []).append(told)
    return [{"title": title, "measures": told} for title, told in families.items()]


def _has_records(months: list[Row] | None) -> bool:
    return any(row["record_count"] for row in months or [])


def _measure(
    measure: Row, posts: list[Row], series: Series, drawn: trends.Trends, beside: peers.Peers
) -> dict[str, Any]:
    """Return one measure with the figures of the posts that have records of it."""
    measure_id = measure["measure_id"]
    months = {post["org_unit_key"]: series[measure_id, post["org_unit_key"]] for post in posts}
    whole = [row for of_post in months.values() for row in of_post]
    return {
        "measure_id": measure_id,
        "title": measure["title"],
        "unit": words.symbol(measure["unit"], measure["unit_name"]),
        "direction": words.DIRECTIONS.get(measure["direction"], "Neither way is better"),
        "target": words.value(measure["target"], measure["unit"]) if measure["target"] is not None else None,
        "whole": _sum(whole, measure["unit"]) if measure["is_additive"] or len(posts) == 1 else None,
        "expected": said.expected_of_all([_standing(of_post) for of_post in months.values()], measure),
        "posts": [
            {
                "post": post["label"],
                **_sum(months[post["org_unit_key"]], measure["unit"]),
                **said.of(_standing(months[post["org_unit_key"]]), measure),
                "trend": drawn.get((measure_id, post["org_unit_key"])),
                **peers.of(beside, measure_id, post["org_unit_key"], _standing(months[post["org_unit_key"]])),
            }
            for post in posts
        ],
    }


def _standing(months: list[Row]) -> Row | None:
    """Return the last whole month: what is to be made of a measure is told of it, as on pages."""
    return next((row for row in reversed(months) if row["is_whole"]), None)


def _sum(months: list[Row], unit: str) -> dict[str, str]:
    """Return numerators and denominators summed, and the value divided once."""
    numerator = sum((row["numerator"] for row in months), Decimal(0))
    denominator = None if unit == "count" else sum((row["denominator"] for row in months), Decimal(0))
    amount = numerator if denominator is None else numerator / denominator if denominator else None
    return {
        "value": words.value(amount, unit),
        "n": words.number(sum(row["record_count"] for row in months)),
        "numerator": words.plain(numerator),
        "denominator": words.plain(denominator),
    }


def _rests_on(measure: Row, months: list[Row]) -> str:
    of = _sum(months, measure["unit"])
    return f"{measure['title']} {of['value']} (n = {of['n']})"
