"""What is to be reconciled, as the contracts and the dbt manifest declare it: extracts, entities, kinds of records."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import WarehouseError
from orchestration.extract.contract import SCHEMA, Contract

_KEYS = {"rows_of", "one_per", "by_patient", "record_type", "record_id", "refers_to"}


class ReconciliationError(WarehouseError):
    """An entity is declared in a way that cannot be reconciled."""


@dataclass(frozen=True)
class Relation:
    """A table or view: its schema and name."""

    schema: str
    name: str


@dataclass(frozen=True)
class Extract:
    """One raw table, its business key, and the staging view that shows its current rows."""

    raw: Relation
    business_key: tuple[str, ...]
    staging: Relation


@dataclass(frozen=True)
class Entity:
    """One table of entities: of which table's rows it is made, and which records of measures are its rows.

    Each row of `rows_of` is one entity, or all that are alike in `one_per` are, or (`by_patient`) all of one patient.
    `refers_to`: kinds of records that its rows name, and the column; those may be of no other system.
    """

    table: Relation
    rows_of: Relation | None
    one_per: tuple[str, ...]
    by_patient: bool
    record_type: str | None
    record_id: str | None
    refers_to: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Declared:
    """All that is reconciled, the table of whose a hospital number is, and the schema of the marts."""

    extracts: tuple[Extract, ...]
    entities: tuple[Entity, ...]
    patients: Relation
    marts: str


def load(manifest: Path, contracts: Sequence[Contract]) -> Declared:
    """Return what the dbt `manifest` declares under `config.meta.entity` of models, and the extracts of `contracts`.

    Raises `ReconciliationError` naming the model and the key.
    """
    nodes = json.loads(manifest.read_text())["nodes"].values()
    models = {node["name"]: node for node in nodes if node["resource_type"] == "model"}
    place = {name: Relation(node["schema"], name) for name, node in models.items()}
    for name in (f"stg_{contract.name}" for contract in contracts):
        if name not in place:
            raise ReconciliationError(f"There is no staging model {name}: add it, or remove the contract.")
    return Declared(
        extracts=tuple(
            Extract(Relation(SCHEMA, c.name), tuple(c.business_key), place[f"stg_{c.name}"]) for c in contracts
        ),
        entities=tuple(
            _entity(models[name], place) for name in sorted(models) if "entity" in models[name]["config"]["meta"]
        ),
        patients=place["int_patient_identity"],
        marts=place["measure_record"].schema,
    )


def _entity(node: dict, place: Mapping[str, Relation]) -> Entity:
    told = node["config"]["meta"]["entity"]
    where = f"{node['original_file_path']}: {node['name']}: meta.entity"
    if unknown := sorted(set(told) - _KEYS):
        raise ReconciliationError(f"{where}: unknown key {unknown[0]}; known are {', '.join(sorted(_KEYS))}.")
    if ("record_type" in told) != ("record_id" in told):
        raise ReconciliationError(f"{where}: record_type and record_id say together which records are its rows.")
    if "rows_of" not in told and "record_type" not in told:
        raise ReconciliationError(f"{where}: says neither rows_of nor record_type, so there is nothing to reconcile.")
    if told.get("rows_of", node["name"]) not in place:
        raise ReconciliationError(f"{where}: rows_of names {told['rows_of']}, which is no model.")
    return Entity(
        table=place[node["name"]],
        rows_of=place.get(told.get("rows_of", "")),
        one_per=tuple(told.get("one_per", ())),
        by_patient=told.get("by_patient", False),
        record_type=told.get("record_type"),
        record_id=told.get("record_id"),
        refers_to=tuple(told.get("refers_to", {}).items()),
    )
