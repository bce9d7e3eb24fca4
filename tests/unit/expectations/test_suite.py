"""Expectations: what is counted of the same rows is one query, and nothing else is."""

from expectations import suite
from expectations.rules import Rule


def rule(name: str, kind: str = "rows", **arguments: object) -> Rule:
    return Rule(name, "marts", "t", None, kind, arguments, "validity", "warning", "Owner", "Holds.", "Do.")


ROWS = [rule("a", where="x < 0"), rule("b", where="y < 0", among="z", at_most=0.1)]
QUERY = rule("c", "query", query="select 1 from {batch} where x like '%{2}%'")


def test_expectations__rules_of_rows_share_one_query_and_each_reads_its_own_counts() -> None:
    first, other, second = suite.expectations([ROWS[0], QUERY, ROWS[1]], {})
    assert first.unexpected_rows_query == second.unexpected_rows_query != other.unexpected_rows_query
    assert first.unexpected_rows_query == (
        "select count(*) filter (where (true) and (x < 0)) as failed_0, count(*) filter (where true) as checked_0, "
        "count(*) filter (where (z) and (y < 0)) as failed_1, count(*) filter (where z) as checked_1 from {batch}"
    )
    assert (first.place, second.place, other.place) == (0, 1, 0)
    assert (first.at_most, second.at_most) == (0, 0.1)


def test_expectations__asked_alone_each_has_its_own_query() -> None:
    queries = [one.unexpected_rows_query for one in suite.expectations(ROWS, {}, in_one_scan=False)]
    assert len(set(queries)) == 2
    assert all("failed_0" in query and "failed_1" not in query for query in queries)


def test_expectations__braces_that_are_no_placeholder_are_doubled() -> None:
    (asked,) = suite.expectations([QUERY], {"schema": "s"})
    assert "'%{{2}}%'" in asked.unexpected_rows_query
