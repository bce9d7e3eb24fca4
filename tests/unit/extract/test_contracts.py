"""The contracts of the project load, and a declaration that cannot be used is refused with file, table and column."""

import copy
from pathlib import Path

import pytest
import yaml

from orchestration.extract import contracts
from orchestration.extract.errors import ContractError

SOURCE = {
    "name": "ward",
    "schema": "raw",
    "tables": [
        {
            "name": "bed",
            "identifier": "ward__bed",
            "description": "One row per bed.",
            "config": {
                "meta": {
                    "extract": {
                        "file_pattern": "ward__bed__{extracted_at}.csv",
                        "delimiter": ",",
                        "encoding": "utf-8",
                        "delivery_kind": "full_snapshot",
                        "business_key": ["bed_number"],
                    }
                }
            },
            "columns": [
                {
                    "name": "bed_number",
                    "data_type": "integer",
                    "description": "Bed.",
                    "config": {"meta": {"required": True}},
                },
                {"name": "bed_type_code", "data_type": "text", "config": {"meta": {"codes": ["A", "B"]}}},
            ],
        }
    ],
}


def write(folder: Path, source: dict, name: str = "ward") -> Path:
    file = folder / "models" / "staging" / name / f"_{name}__sources.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({"version": 2, "sources": [source]}))
    return folder


def test_load__reads_every_contract_of_the_project():
    found = {contract.name: contract for contract in contracts.load()}
    episode = found["pas__consultant_episode"]
    assert len(found) == 19
    assert episode.raw_table == "raw.pas__consultant_episode"
    assert episode.business_key == ("hospital_provider_spell_number", "episode_number")
    assert len(episode.columns) == 65
    assert episode.columns[6].header == "PATIENT CLASSIFICATION CODE"
    assert episode.columns[6].codes == ("1", "2", "3", "4", "5")


def test_load__a_new_table_needs_no_python(tmp_path):
    (bed,) = contracts.load(write(tmp_path, SOURCE))
    assert (bed.name, bed.delivery_kind, bed.columns[0].required) == ("ward__bed", "full_snapshot", True)


def test_load__a_table_without_an_extract_is_no_contract(tmp_path):
    source = copy.deepcopy(SOURCE)
    source["tables"].append({"name": "made_elsewhere"})
    assert [c.name for c in contracts.load(write(tmp_path, source))] == ["ward__bed"]


def extract_of(table):
    return table["config"]["meta"]["extract"]


def column(table, number=1):
    return table["columns"][number]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: extract_of(t).pop("delimiter"), ["meta.extract lacks delimiter"]),
        (lambda t: extract_of(t).update(colour="red"), ["meta.extract holds colour"]),
        (lambda t: extract_of(t).update(delimiter=",,"), ["delimiter is ',,'"]),
        (lambda t: extract_of(t).update(encoding="klingon"), ["encoding is 'klingon'"]),
        (lambda t: extract_of(t).update(encoding="utf-16"), ["encoding is 'utf-16'"]),
        (lambda t: extract_of(t).update(delivery_kind="guess"), ["delivery_kind is 'guess'", "append"]),
        (lambda t: extract_of(t).update(file_pattern="bed.csv"), ["file_pattern is 'bed.csv'", "{extracted_at}"]),
        (lambda t: extract_of(t).update(business_key=[]), ["business_key is empty"]),
        (lambda t: extract_of(t).update(business_key=["bed"]), ["column bed", "not declared"]),
        (lambda t: extract_of(t).update(business_key=["bed_type_code"]), ["bed_type_code", "required: true"]),
        (lambda t: t.update(identifier="bed"), ["identifier: ward__bed"]),
        (lambda t: t.update(columns=[]), ["no columns"]),
        (lambda t: t["columns"].append(t["columns"][0]), ["column bed_number: declared twice"]),
        (lambda t: column(t).update(data_type="money"), ["column bed_type_code", "data_type is 'money'", "numeric"]),
        (lambda t: column(t).update(name="Bed Type"), ["column Bed Type", "lower case"]),
        (lambda t: column(t).update(name="_bed"), ["column _bed"]),
        (lambda t: column(t).update(name="b" * 64), ["64 characters"]),
        (lambda t: column(t)["config"]["meta"].update(codes=[1, 2]), ["codes is [1, 2]", "in quotes"]),
        (lambda t: column(t)["config"]["meta"].update(codes=["A", "A"]), ["codes holds A twice"]),
        (lambda t: column(t)["config"]["meta"].update(required="yes"), ["required is 'yes'"]),
        (lambda t: column(t)["config"]["meta"].update(code=["A"]), ["holds code"]),
        (lambda t: column(t, 0)["config"]["meta"].update(codes=["1"]), ["codes are for text"]),
    ],
)
def test_load__refuses_a_declaration_that_cannot_be_used(tmp_path, change, words):
    source = copy.deepcopy(SOURCE)
    change(source["tables"][0])
    with pytest.raises(ContractError) as error:
        contracts.load(write(tmp_path, source))
    for word in ["_ward__sources.yml", "ward.bed", *words]:
        assert word in str(error.value)
    assert "\n" not in str(error.value)


def test_load__refuses_two_extracts_of_one_file_pattern(tmp_path):
    source = copy.deepcopy(SOURCE)
    source["tables"].append({**copy.deepcopy(SOURCE["tables"][0]), "name": "cot", "identifier": "ward__cot"})
    with pytest.raises(ContractError, match=r"file pattern .* declared twice"):
        contracts.load(write(tmp_path, source))


@pytest.mark.parametrize("text", ["sources: [", "just words", "sources:\n  - name"])
def test_load__refuses_yaml_that_is_none(tmp_path, text):
    write(tmp_path, SOURCE)
    (tmp_path / "models/staging/ward/_ward__sources.yml").write_text(text)
    with pytest.raises(ContractError, match=r"_ward__sources\.yml"):
        contracts.load(tmp_path)


def test_load__refuses_a_project_without_contracts(tmp_path):
    with pytest.raises(ContractError, match="No contract found"):
        contracts.load(tmp_path)


def test_digest__changes_with_the_shape_and_not_with_the_words(tmp_path):
    (bed,) = contracts.load(write(tmp_path / "a", SOURCE))
    source = copy.deepcopy(SOURCE)
    source["tables"][0]["columns"][0]["description"] = "Another word."
    assert contracts.load(write(tmp_path / "b", source))[0].digest == bed.digest
    source["tables"][0]["columns"][1]["config"]["meta"]["codes"].append("C")
    assert contracts.load(write(tmp_path / "c", source))[0].digest != bed.digest
