"""The measures that each rule endangers: `quality.rule_measure`, as of the newest run of each gate."""

from collections.abc import Mapping, Sequence

import psycopg

from expectations.rules.rule import Gate, Rule

_TABLE = """
create table if not exists quality.rule_measure (
    gate text not null,
    rule_id text not null,
    measure_id text not null,
    primary key (rule_id, measure_id)
);
comment on table quality.rule_measure is
'One row per rule and measure that its failure makes doubtful, as the newest run of its gate knew them.';
comment on column quality.rule_measure.gate is 'Gate that asks the rule.';
comment on column quality.rule_measure.rule_id is 'Rule, as in check_result.';
comment on column quality.rule_measure.measure_id is 'Measure, as in dim_measure.';
"""


def prepare(connection: psycopg.Connection) -> None:
    """Make `quality.rule_measure`. Idempotent."""
    connection.execute("create schema if not exists quality")
    connection.execute(_TABLE)


def store(
    connection: psycopg.Connection, gate: Gate, rules: Sequence[Rule], endangered: Mapping[str, Sequence[str]]
) -> None:
    """Write what the `rules` of `gate` endanger (rule id -> measure ids; none: nothing), in place of what was known."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("delete from quality.rule_measure where gate = %s", [gate])
        with cursor.copy("copy quality.rule_measure (gate, rule_id, measure_id) from stdin") as copy:
            for rule in rules:
                for measure_id in endangered.get(rule.rule_id, ()):
                    copy.write_row((gate, rule.rule_id, measure_id))
        # Unknown to the planner, what joins it in the same run takes a plan for a few rows.
        cursor.execute("analyze quality.rule_measure")
