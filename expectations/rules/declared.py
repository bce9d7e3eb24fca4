"""Rules declared in YAML: read, checked against their schema, and spread over the tables that they name."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from expectations.rules.rule import (
    ALL_MEASURES,
    DIMENSIONS,
    KINDS,
    KINDS_OF_RECORDS,
    SEVERITIES,
    Contract,
    Gate,
    Record,
    Rule,
    RuleError,
)

_TEXTS = ("rule", "kind", "dimension", "severity", "description", "what_to_do")
_DEFAULTS = ("owner", "endangers", "record")
_COMMON = {*_TEXTS, *_DEFAULTS, "of"}
_RECORD = {"id": "id_column", "type": "record_type", "type_in": "type_column"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def load(file: Path, gate: Gate, contracts: Sequence[Contract]) -> tuple[Rule, ...]:
    """Return the rules of one YAML file.

    The file is a mapping: `rules` (a list), the defaults of these (`table`; `owner`; `endangers`, measures or `all`;
    `record`, what the rows of the table are) and, where values are shared by anchors, `shared`. A rule about something
    else than these records has a `record` of its own, or `none`. Raises `RuleError` naming file, rule and key.
    """
    content = read(file)
    unknown = sorted(set(content) - {*_DEFAULTS, "table", "rules", "shared"})
    if unknown:
        raise RuleError(f"{_where(file)}: unknown key {unknown[0]}.")
    entries = content.get("rules")
    if not isinstance(entries, list) or not entries:
        raise RuleError(f"{_where(file)}: key rules must be a list with at least one rule.")
    columns = {contract.name: {column.name for column in contract.columns} for contract in contracts}
    rules: list[Rule] = []
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise RuleError(f"{_where(file)}: rule number {number} must be a mapping.")
        where = f"{_where(file)}: rule {entry.get('rule', f'number {number}')}"
        known = columns if gate == "raw" else None
        defaults = {key: content[key] for key in _DEFAULTS if key in content}
        rules.extend(_rules(where, gate, {**defaults, **entry}, content.get("table"), known))
    return tuple(rules)


def read(file: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file; raises `RuleError` when it cannot be read or is none."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError(f"{_where(file)}: this file of rules is missing.") from None
    except yaml.YAMLError as error:
        raise RuleError(f"{_where(file)}: not readable as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise RuleError(f"{_where(file)}: must be a mapping.")
    return content


def _where(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _rules(
    where: str, gate: Gate, entry: Mapping[str, Any], table: str | None, known: Mapping[str, set[str]] | None
) -> list[Rule]:
    _check_texts(where, entry)
    kind = KINDS[entry["kind"]]
    arguments = {key: value for key, value in entry.items() if key not in _COMMON}
    _check_arguments(where, entry["kind"], arguments)
    asked = entry.get("of", table)
    places = [asked] if isinstance(asked, str) else asked
    if not isinstance(places, list) or not places or not all(isinstance(place, str) for place in places):
        raise RuleError(f"{where}: key of must name a table, table.column, or a list of these.")
    # A rule without a dot in `of` asks about a column of the file's own table.
    pairs = [_place(place, table) for place in places]
    repeats = Counter(name for name, _ in pairs)
    rules = []
    for name, column in pairs:
        _check_place(where, name, column, known)
        if kind.needs_column and column is None:
            raise RuleError(f"{where}: key of must name a column: kind {entry['kind']} asks about one.")
        middle = f"__{column}" if repeats[name] > 1 else ""
        rules.append(
            Rule(
                rule_id=f"{name}{middle}__{entry['rule']}",
                gate=gate,
                table_name=name,
                column_name=column,
                kind=entry["kind"],
                arguments=arguments,
                dimension=entry["dimension"],
                severity=entry["severity"],
                owner=entry["owner"],
                description=entry["description"],
                what_to_do=entry["what_to_do"],
                endangers=_endangers(where, entry),
                record=_record(where, gate, entry),
            )
        )
    return rules


def _place(place: str, table: str | None) -> tuple[str, str | None]:
    name, dot, column = place.partition(".")
    if dot:
        return name, column
    return (table, name) if table and name != table else (name, None)


def _endangers(where: str, entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    measures = entry.get("endangers")
    if measures is None:
        return None
    if measures == "all":
        return ALL_MEASURES
    if not isinstance(measures, list) or not all(isinstance(one, str) for one in measures):
        raise RuleError(f"{where}: key endangers must be all or a list of measures; without it, those on the table.")
    return tuple(measures)


def _record(where: str, gate: Gate, entry: Mapping[str, Any]) -> Record | None:
    told = entry.get("record", "none")
    if told == "none":
        return None
    if gate != "entities":
        raise RuleError(f"{where}: key record: only rows of entities are records that count in measures.")
    if not isinstance(told, dict) or set(told) not in ({"id", "type"}, {"id", "type_in"}):
        raise RuleError(f"{where}: key record must be none, or have id and either type or type_in.")
    if entry["kind"] not in KINDS_OF_RECORDS:
        raise RuleError(
            f"{where}: key record: kind {entry['kind']} does not tell which records failed; "
            f"use {' or '.join(KINDS_OF_RECORDS)}, or say none."
        )
    return Record(**{_RECORD[key]: value for key, value in told.items()})


def _check_texts(where: str, entry: Mapping[str, Any]) -> None:
    for key in (*_TEXTS, "owner"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise RuleError(f"{where}: key {key} is missing or is not a text.")
    if not _NAME.fullmatch(entry["rule"]):
        raise RuleError(f"{where}: key rule must be lower case with underscores.")
    for key, allowed in (("kind", tuple(KINDS)), ("dimension", DIMENSIONS), ("severity", SEVERITIES)):
        if entry[key] not in allowed:
            raise RuleError(f"{where}: key {key} is {entry[key]!r}; it must be one of {', '.join(allowed)}.")


def _check_arguments(where: str, kind: str, arguments: Mapping[str, Any]) -> None:
    allowed = {**KINDS[kind].required, **KINDS[kind].optional}
    for key in KINDS[kind].required:
        if key not in arguments:
            raise RuleError(f"{where}: key {key} is missing: kind {kind} needs it.")
    for key, value in arguments.items():
        if key not in allowed:
            raise RuleError(f"{where}: key {key} is not known to kind {kind}; known: {', '.join(allowed)}.")
        expected = (int, float) if allowed[key] is float else allowed[key]
        if not isinstance(value, expected) or isinstance(value, bool):
            raise RuleError(f"{where}: key {key} must be a {allowed[key].__name__}.")
    if not 0 <= arguments.get("at_most", 0) < 1:
        raise RuleError(f"{where}: key at_most must be a share from 0 to below 1: else the rule cannot fail.")


def _check_place(where: str, table: str, column: str | None, known: Mapping[str, set[str]] | None) -> None:
    if known is None:
        return
    if table not in known:
        raise RuleError(f"{where}: key of names {table}, which no contract declares.")
    if column is not None and column not in known[table]:
        raise RuleError(f"{where}: key of names {table}.{column}, which its contract does not declare.")
