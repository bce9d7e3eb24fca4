"""What models declare of their rows: read from a manifest; a wrong key is named with its model."""

import json
from pathlib import Path

import pytest

from orchestration.reconciliation import declaration
from orchestration.reconciliation.declaration import Entity, ReconciliationError, Relation

MARTS = {"int_patient_identity": "identity", "measure_record": "marts_next", "stg_pas__patient": "staging"}


def manifest(folder: Path, entity: dict | None) -> Path:
    nodes = {
        name: {"resource_type": "model", "name": name, "schema": schema, "config": {"meta": {}}}
        for name, schema in MARTS.items()
    }
    nodes["int_patient"] = {
        "resource_type": "model",
        "name": "int_patient",
        "schema": "intermediate",
        "original_file_path": "models/int_patient.sql",
        "config": {"meta": {"entity": entity} if entity is not None else {}},
    }
    path = folder / "manifest.json"
    path.write_text(json.dumps({"nodes": nodes}))
    return path


def test_entity__is_read_with_the_schemas_of_its_tables(tmp_path: Path) -> None:
    found = declaration.load(manifest(tmp_path, {"rows_of": "stg_pas__patient", "by_patient": True}), [])
    table, rows = Relation("intermediate", "int_patient"), Relation("staging", "stg_pas__patient")
    assert found.entities == (Entity(table, rows, (), True, None, None, ()),)
    assert found.patients == Relation("identity", "int_patient_identity") and found.marts == "marts_next"
    assert declaration.load(manifest(tmp_path, None), []).entities == ()


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        ({"row_of": "stg_pas__patient"}, "unknown key row_of"),
        ({"record_type": "spell"}, "record_type and record_id say together"),
        ({}, "neither rows_of nor record_type"),
        ({"rows_of": "stg_nothing"}, "stg_nothing, which is no model"),
    ],
)
def test_wrong_declaration__names_model_and_key(tmp_path: Path, entity: dict, said: str) -> None:
    with pytest.raises(ReconciliationError, match=f"int_patient.sql: int_patient: meta.entity: .*{said}"):
        declaration.load(manifest(tmp_path, entity), [])
