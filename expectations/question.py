"""The SQL of a rule that is asked in SQL: how many rows failed, of how many, and which records these were."""

from collections.abc import Mapping
from dataclasses import dataclass

from expectations.rules.rule import Rule

BATCH = "{batch}"
# A day of a weekday on which less than this happens says nothing.
_FEWEST = 10
# The last 28 days with what is usual on them: the median of that weekday in the 12 weeks before.
_USUAL_DAYS = """from (
with happened as (
    select {day} as day_on, count(*) as row_count from {batch} as happening where {among} group by {day}
),
calendar as (
    select
        cast(period.data_to_on - back.days_ago as date) as day_on,
        back.days_ago < 28 as is_recent
    from {schema}.int_reporting_period as period
    cross join generate_series(0, 111) as back (days_ago)
),
counted as (
    select
        calendar.is_recent,
        extract(dow from calendar.day_on) as weekday,
        coalesce(happened.row_count, 0) as row_count
    from calendar
    left join happened on calendar.day_on = happened.day_on
),
usual as (
    select weekday, percentile_cont(0.5) within group (order by row_count) as row_count
    from counted
    where not is_recent
    group by weekday
)
select counted.row_count, usual.row_count as usual_count
from counted
inner join usual on counted.weekday = usual.weekday
where counted.is_recent and usual.row_count >= {fewest}
) as recent"""


@dataclass(frozen=True)
class Counts:
    """Two figures of one table, as expressions: the rows that failed and those that were asked; `source` is `from ...`.

    Rules with the same source can be counted in one scan.
    """

    failed: str
    checked: str
    source: str


def counts(rule: Rule) -> Counts:
    """Return the counts of a rule of kind `rows`, `column_names`, `query`, `reference` or `usual_days`."""
    arguments = rule.arguments
    if rule.kind == "usual_days":
        words = {"day": arguments["day"], "among": arguments.get("among", "true"), "fewest": str(_FEWEST)}
        return Counts("count(*) filter (where row_count < 0.5 * usual_count)", "count(*)", filled(_USUAL_DAYS, words))
    if rule.kind == "query":
        # Its query holds the table already.
        return Counts(
            f"(select count(*) from ({arguments['query']}) as failing)",  # noqa: S608 - our own rules
            f"(select count(*) from {BATCH})",  # noqa: S608 - as above
            "",
        )
    if rule.kind == "reference":
        return _reference(rule)
    among = arguments.get("among", "true")
    return Counts(
        f"count(*) filter (where ({among}) and ({arguments['where']}))",
        f"count(*) filter (where {among})",
        f"from {BATCH}",
    )


def _reference(rule: Rule) -> Counts:
    arguments = rule.arguments
    table, _, key = arguments["to"].partition(".")
    of = f"{{{table}}}" if rule.gate == "raw" else f"{{schema}}.{table}"
    among = f"b.{rule.column_name} is not null"
    if arguments.get("except"):
        among += f" and b.{rule.column_name} not in ({', '.join(map(quoted, arguments['except']))})"
    return Counts(
        "count(*) filter (where t.key is null)",
        "count(*)",
        # A join, since Postgres would ask `exists` inside a filter once for each row.
        f"from {BATCH} as b left join (select distinct {key} as key from {of} as o) as t "  # noqa: S608 - as above
        f"on t.key = b.{rule.column_name} where {among}",
    )


def failing_records(rule: Rule) -> str:
    """Return a query for `record_type`, `record_id` of the records that fail a rule which has a `record`."""
    record, arguments = rule.record, rule.arguments
    if record is None:
        raise ValueError(f"Rule {rule.rule_id} tells of no record.")
    record_type = record.type_column or quoted(record.record_type or "")
    source = (
        f"({arguments['query']})"
        if rule.kind == "query"
        else f"(select * from {BATCH} where ({arguments.get('among', 'true')}) and ({arguments['where']}))"  # noqa: S608 - as above
    )
    return f"select distinct {record_type} as record_type, {record.id_column} as record_id from {source} as failing"  # noqa: S608 - as above


def filled(query: str, placeholders: Mapping[str, str]) -> str:
    """Return `query` with the placeholders (name -> SQL) that it names in braces."""
    for name, value in placeholders.items():
        query = query.replace(f"{{{name}}}", value)
    return query


def quoted(text: str) -> str:
    """Return `text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
