"""Whose figures an answer shows: by its rows, by its filter, or all that were granted; never less than it shows."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from dashboards import specs
from dashboards.server.seen import Seen, whose

COLUMNS = ["org_unit_key", "unit_label", "measure_title", "value"]
FORGED: dict[str, Any] = {"label": "unit_label", "sqlExpression": "'Urology'", "expressionType": "SQL"}


def question(columns: list[Any], filters: tuple = (), **more: Any) -> SimpleNamespace:
    return SimpleNamespace(
        **{
            "columns": columns,
            "filter": list(filters),
            "metrics": [],
            "extras": {},
            "result_type": None,
            "post_processing": [],
            **more,
        }
    )


def rows(**columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(columns or {"value": [1]})


def one_of(value: Any, op: str = "IN", col: str = "unit_label") -> dict[str, Any]:
    return {"col": col, "op": op, "val": value}


NOBODY = ("no unit", set(), set())
CASES = {
    "rows say the key": (
        "rpt_trend", question(["org_unit_key"]), rows(org_unit_key=["a", "b", "a", None]), ("rows", {"a", "b"}, set())
    ),
    "rows say the label": ("rpt_trend", question(["unit_label"]), rows(unit_label=["A"]), ("rows", set(), {"A"})),
    "the filter is counted beside the rows": (
        "rpt_trend", question(["unit_label"], [one_of(["B"])]), rows(unit_label=["A"]), ("rows", set(), {"A", "B"})
    ),
    "the filter alone": ("rpt_trend", question(["value"], [one_of(["A", "B"])]), rows(), ("filter", set(), {"A", "B"})),
    "a filter of one": (
        "rpt_trend", question(["value"], [one_of("k", "==", "org_unit_key")]), rows(), ("filter", {"k"}, set())
    ),
    "a filter that leaves out": ("rpt_trend", question(["value"], [one_of(["A"], "NOT IN")]), rows(),
                                 ("all granted", set(), set())),
    "neither": ("rpt_trend", question(["value"]), rows(), ("all granted", set(), set())),
    "an expression that calls itself a label": (
        "rpt_trend", question([FORGED]), rows(unit_label=["Urology"]), ("all granted", set(), set())
    ),
    "a column that was renamed to a label afterwards": (
        "rpt_trend", question(["unit_label"], post_processing=[{"operation": "select"}]), rows(unit_label=["Urology"]),
        ("all granted", set(), set())
    ),
    "the unit for which a dispute is shown": (
        "rpt_dispute", question(["org_unit_key"]), rows(org_unit_key=["d"]), ("all granted", set(), set())
    ),
    "who carries what is disputed": (
        "rpt_dispute", question(["carrier_org_unit_key"]), rows(carrier_org_unit_key=["p"]), ("rows", {"p"}, set())
    ),
    "an expression beside a filter": (
        "rpt_trend", question([FORGED], [one_of(["A"])]), rows(unit_label=["Urology"]), ("filter", set(), {"A"})
    ),
    "units beside the chosen one": (
        "rpt_comparison", question(["compared_label"], [one_of(["A"])]), rows(compared_label=["A", "B"]),
        ("rows", set(), {"A", "B"})
    ),
    "no row": ("rpt_trend", question(["unit_label"], [one_of(["A"])]), rows(unit_label=[]), NOBODY),
    "about what waits": ("rpt_decision", question(["unit_label"]), rows(unit_label=["A"]), NOBODY),
    "about who looked": ("rpt_viewing", question(["unit_label"]), rows(unit_label=["A"]), NOBODY),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_units__are_known_from_rows_else_from_the_filter(case: str) -> None:
    dataset, query, frame, expected = CASES[case]
    assert whose(dataset, COLUMNS, query, frame) == expected


@pytest.mark.parametrize("dataset", ["rpt_comparison", "rpt_dispute", "rpt_objective", "rpt_record"])
def test_filter__does_not_say_whose_rows_of_others_are(dataset: str) -> None:
    """The chart of a department shows its clinicians, too: the chosen unit alone would be too little."""
    found = whose(dataset, COLUMNS, question(["value"], [one_of(["A"])]), rows())
    assert found == ("all granted", set(), {"A"})


def test_dataset_without_units__is_about_nobody() -> None:
    assert whose("rpt_delivery", ["file_name"], question(["file_name"]), rows(file_name=["x"])) == NOBODY


def answer(query: SimpleNamespace, *, form: str = "json", is_cached: bool = False, frame: Any = None) -> Seen:
    source = SimpleNamespace(table_name="rpt_trend", column_names=COLUMNS)
    context = SimpleNamespace(datasource=source, form_data={"slice_id": 1}, result_format=form, result_type="full")
    seen = Seen()
    seen.add(context, query, {"df": rows() if frame is None else frame, "is_cached": is_cached})
    return seen


def test_answer__of_several_queries_is_as_sure_as_the_least_sure() -> None:
    seen = answer(question(["unit_label"]), frame=rows(unit_label=["A"]), is_cached=True)
    assert (seen.basis, seen.is_cached) == ("rows", True)
    context = SimpleNamespace(
        datasource=SimpleNamespace(table_name="rpt_trend", column_names=COLUMNS),
        form_data=None, result_format="json", result_type="full",
    )  # fmt: skip
    seen.add(context, question(["value"]), {"df": rows(), "is_cached": False})
    assert (seen.basis, seen.is_cached, seen.labels, seen.form_data) == ("all granted", False, {"A"}, {"slice_id": 1})


@pytest.mark.parametrize(("form", "kind", "said"), [
    ("json", None, "shown"), ("csv", None, "downloaded as CSV"), ("xlsx", None, "downloaded as XLSX"),
    ("json", "samples", "samples"), ("json", "drill_detail", "samples"), ("csv", "samples", "downloaded as CSV"),
])  # fmt: skip
def test_action__is_what_was_done(form: str, kind: str | None, said: str) -> None:
    assert answer(question(["value"], result_type=kind), form=form).action == said


@pytest.mark.parametrize(("query", "are_choices"), [
    (question(["unit_label"], metrics=["first_place"]), True),
    (question(["measure_title"]), True),
    (question(["value"]), False),
    (question(["unit_label", "value"]), False),
    (question([]), False),
    (question(["unit_label"], metrics=[{"label": "first_place", "sqlExpression": "max(value)"}]), False),
    (question([FORGED]), False),
    (question(["unit_label"], extras={"where": "value > 3"}), False),
])  # fmt: skip
def test_list_to_choose_from__holds_no_figure(query: SimpleNamespace, are_choices: bool) -> None:
    """What is taken for a mere list of names is not told to those whose names they are."""
    assert answer(query).are_choices is are_choices


def test_every_filter_of_every_page__is_a_list_to_choose_from() -> None:
    """A new filter needs no second word: or opening a page would be told as a look at all that was granted."""
    filters = [item for page in specs.load().dashboards.values() for item in page.filters]
    assert {item.column for item in filters} > {"unit_label", "measure_family", "financial_year"}
    assert all(answer(question([item.column], metrics=[item.order_by])).are_choices for item in filters)
