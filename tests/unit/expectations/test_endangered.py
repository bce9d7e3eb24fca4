"""What a rule endangers: what it names, or what stands on its table, walked as dbt's lineage tells."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from expectations.rules import Rule, RuleError, endangered

RULE = Rule("t__r", "entities", "int_spell", None, "rows", {}, "validity", "warning", "Owner", "Holds.", "Do.")


def model(name: str, layer: str, reads: list[str], **meta: object) -> tuple[str, dict]:
    node = {
        "resource_type": "model",
        "name": name,
        "fqn": ["p", layer, name],
        "config": {"meta": meta},
        "depends_on": {"nodes": reads},
    }
    return f"model.p.{name}", node


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Write a manifest: stays from spells, a rate from attendances that is made through identities, one adjusted."""
    episode = {"resource_type": "source", "source_name": "pas", "name": "episode", "config": {"meta": {"extract": {}}}}
    nodes = dict(
        [
            model("stg_episode", "staging", ["source.p.pas.episode"]),
            model("int_patient", "intermediate", []),
            model("int_spell", "intermediate", ["model.p.stg_episode"]),
            model("int_case_mix", "intermediate", ["model.p.int_patient"]),
            model("int_attendance", "intermediate", ["model.p.int_spell"], no_feed_through=["int_spell"]),
            model("stay", "measures", ["model.p.int_spell"], measure={"case_mix": {}}),
            model("dna_rate", "measures", ["model.p.int_attendance"], measure={}),
            model("measure_record", "marts", ["model.p.stay", "model.p.dna_rate"]),
            model("person", "marts", []),
        ]
    )
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"nodes": nodes, "sources": {"source.p.pas.episode": episode}}))
    return file


@pytest.mark.parametrize(
    ("gate", "table", "measures"),
    [
        ("entities", "int_spell", ("stay",)),
        ("entities", "int_attendance", ("dna_rate",)),
        # The factors of an adjusted measure, though Python reads them.
        ("entities", "int_patient", ("stay",)),
        ("raw", "pas__episode", ("stay",)),
        ("marts", "measure_record", ("dna_rate", "stay")),
        ("marts", "person", ()),
    ],
)
def test_by_rule__follows_the_lineage(manifest: Path, gate: str, table: str, measures: tuple[str, ...]) -> None:
    rule = replace(RULE, gate=gate, table_name=table)
    assert endangered.by_rule([rule], manifest) == {"t__r": measures}


@pytest.mark.parametrize(("named", "measures"), [(("dna_rate",), ("dna_rate",)), (("all",), ("dna_rate", "stay"))])
def test_by_rule__what_a_rule_names_comes_first(manifest: Path, named: tuple, measures: tuple) -> None:
    assert endangered.by_rule([replace(RULE, endangers=named)], manifest) == {"t__r": measures}


def test_by_rule__a_measure_that_does_not_exist_is_refused(manifest: Path) -> None:
    with pytest.raises(RuleError, match="t__r: key endangers names dna_rat, which is no measure"):
        endangered.by_rule([replace(RULE, endangers=("dna_rat",))], manifest)
