"""Kinds of records agree with what else knows them: the contract of measure_record, contracts of feeds, models."""

import yaml

from orchestration.extract import contracts
from orchestration.trace.record_kind import KINDS
from orchestration.transform import DBT_PROJECT


def test_kinds__are_those_of_measure_record() -> None:
    told = yaml.safe_load((DBT_PROJECT / "models/marts/measure_record.yml").read_text())
    column = next(one for one in told["models"][0]["columns"] if one["name"] == "record_type")
    accepted = next(test["accepted_values"] for test in column["data_tests"] if "accepted_values" in test)
    assert set(KINDS) == set(accepted["arguments"]["values"])


def test_kinds__name_columns_of_their_feeds_and_models_that_are_there() -> None:
    columns = {contract.name: {column.name for column in contract.columns} for contract in contracts.load()}
    for kind in KINDS.values():
        for feed, parts in kind.feeds.items():
            assert {part for part in parts if part} <= columns[feed], kind.record_type
        model = (DBT_PROJECT / "models/intermediate" / f"{kind.entity}.sql").read_text()
        assert kind.key_column in model, kind.record_type


def test_parts__of_an_id_are_by_column_and_an_id_of_another_kind_has_none() -> None:
    episode, month = KINDS["episode"], KINDS["post_month"]
    assert episode.parts("S1|2", "pas__consultant_episode") == {
        "hospital_provider_spell_number": "S1",
        "episode_number": "2",
    }
    assert episode.parts("S1", "pas__consultant_episode") is None
    assert month.parts("P1|2026-01-01", "workforce__post") == {"post_number": "P1"}
    assert [kind.record_type for kind in KINDS.values() if kind.has_plain_id] == [
        "spell", "attendance", "theatre_list", "theatre_case", "proms_pair",
    ]  # fmt: skip
