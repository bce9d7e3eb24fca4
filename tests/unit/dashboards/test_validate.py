"""The proof of the chain: every broken link is found and named; the house's own chain is whole."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from dashboards import report_models, specs, validate
from dashboards.errors import SpecError
from dashboards.report_models import Column, Exposure, Manifest
from dashboards.specs import Specs
from orchestration import transform
from tests.unit.dashboards.worked_page import worked_manifest, worked_specs


def problems(specs: Specs, manifest: Manifest | None = None) -> list[str]:
    return [*validate.find_problems(specs, manifest or worked_manifest())]


def with_part(specs: Specs, kind: str, name: str, /, **changes: Any) -> Specs:
    parts = dict(getattr(specs, kind))
    parts[name] = dataclasses.replace(parts[name], **changes)
    return dataclasses.replace(specs, **{kind: parts})


def test_worked_page__is_whole() -> None:
    assert problems(worked_specs()) == []


def test_house__is_whole(new_installation: Any) -> None:
    """The real pages stand on the real contracts."""
    manifest = report_models.load(Path(transform.manifest(new_installation())))
    validate.check(specs.load(), manifest)


def test_missing_column__is_named_with_its_chart() -> None:
    (problem,) = problems(worked_specs(columns=["unit_label", "readmissions"]))
    assert problem == "Chart worked_table: readmissions is no column of rpt_worked."


def test_check__raises_all_problems_at_once() -> None:
    broken = worked_specs(columns=["first_lost", "second_lost"])
    with pytest.raises(SpecError, match=r"first_lost[\s\S]*second_lost"):
        validate.check(broken, worked_manifest())


@pytest.mark.parametrize(
    ("kind", "name", "changes", "sentence"),
    [
        ("datasets", "rpt_worked", {"labels": {"lost": "Lost"}}, "lost is no column"),
        ("datasets", "rpt_worked", {"time_column": "lost_on"}, "lost_on is no column"),
        ("charts", "worked_table", {"dataset": "rpt_lost"}, "there is no dataset rpt_lost"),
        ("charts", "worked_table", {"kind": "pie"}, "pie is no kind of chart"),
        ("charts", "worked_table", {"show": {"column": "value"}}, "unexpected keyword"),
        ("dashboards", "worked-page", {"roles": ("Stranger",)}, "there is no role Stranger"),
        ("dashboards", "worked-page", {"rows": (({"chart": "lost", "width": 1, "height": 1},),)}, "no chart lost"),
        ("roles", "Reader", {"landing": "lost-page"}, "lands on lost-page"),
    ],
)
def test_broken_link__is_named(kind: str, name: str, changes: dict[str, Any], sentence: str) -> None:
    assert any(sentence in problem for problem in problems(with_part(worked_specs(), kind, name, **changes)))


def test_model_nobody_may_read__is_a_problem() -> None:
    manifest = worked_manifest()
    model = dataclasses.replace(manifest.models["rpt_worked"], access="none")
    (problem,) = problems(worked_specs(), Manifest({"rpt_worked": model}, manifest.exposures))
    assert "no reader would see a row" in problem


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"access": "audience"}, "given by audience, no column"),
        ({"access": "scope"}, "given by scope_org_unit_key, no column"),
        ({"further_units": ("chosen_org_unit_key",)}, "given by chosen_org_unit_key, no column"),
        ({"columns": {"audience": Column("audience", "text", "Who is shown it.")}}, "declare access `audience`"),
    ],
)
def test_rows_given_by_what_is_not_there__are_a_problem(changes: dict[str, Any], sentence: str) -> None:
    manifest = worked_manifest()
    model = manifest.models["rpt_worked"]
    changed = {**changes, "columns": {**model.columns, **changes.get("columns", {})}}
    model = dataclasses.replace(model, **changed)
    (problem,) = problems(worked_specs(), Manifest({"rpt_worked": model}, manifest.exposures))
    assert sentence in problem


@pytest.mark.parametrize(
    ("exposures", "sentence"),
    [
        ({}, "dbt has no exposure worked_page"),
        ({"worked_page": Exposure("worked_page", frozenset({"rpt_other"}))}, "differ in rpt_other, rpt_worked"),
    ],
)
def test_exposure__must_say_what_the_page_reads(exposures: dict[str, Exposure], sentence: str) -> None:
    (problem,) = problems(worked_specs(), Manifest(worked_manifest().models, exposures))
    assert sentence in problem


def test_unknown_key_in_a_file__is_named_with_the_file(tmp_path: Path) -> None:
    for folder in ("datasets", "charts", "dashboards", "security"):
        (tmp_path / folder).mkdir()
    (tmp_path / "security" / "roles.yaml").write_text("roles: []\npermissions: []\n")
    (tmp_path / "charts" / "odd.yaml").write_text("title: Odd\nkind: table\ndataset: x\nshow: {}\ncolour: red\n")
    with pytest.raises(SpecError, match=r"odd\.yaml: colour is no key of a chart"):
        specs.load(tmp_path)
