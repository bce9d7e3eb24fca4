"""The contract of each extract, read from the dbt source that declares it: how it arrives, what it holds."""

import codecs
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.extract.data_types import DATA_TYPES
from orchestration.extract.errors import ContractError
from orchestration.settings import PROJECT

SCHEMA = "raw"
TIME_MARK = "{extracted_at}"
DELIVERY_KINDS = ("full_snapshot", "bulk_replacement", "net_change", "append")
_LONGEST_NAME = 63
_EXTRACT_KEYS = {"file_pattern", "delimiter", "encoding", "delivery_kind", "business_key"}
_COLUMN_KEYS = {"required", "codes", "sensitivity"}


@dataclass(frozen=True)
class Column:
    """One declared column: `codes` are the values allowed (empty: any), `required` means never empty."""

    name: str
    data_type: str
    description: str
    required: bool = False
    codes: tuple[str, ...] = ()
    sensitivity: str | None = None

    @property
    def header(self) -> str:
        """The column's name as the source writes it, in the style of the NHS Data Dictionary."""
        return self.name.replace("_", " ").upper()


@dataclass(frozen=True)
class Contract:
    """One extract: where it comes from, how its files look, and what a row may hold."""

    source: str
    table: str
    description: str
    file_pattern: str
    delimiter: str
    encoding: str
    delivery_kind: str
    business_key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """Name of the extract and of its raw table, such as `pas__patient`."""
        return f"{self.source}__{self.table}"

    @property
    def raw_table(self) -> str:
        """Raw table with its schema, such as `raw.pas__patient`."""
        return f"{SCHEMA}.{self.name}"

    @property
    def digest(self) -> str:
        """Fingerprint of all that decides whether a file fits; words that only describe leave it as it is."""
        columns = tuple((c.name, c.data_type, c.required, c.codes) for c in self.columns)
        shape = (self.name, self.file_pattern, self.delimiter, self.encoding, self.business_key, columns)
        return hashlib.blake2b(repr(shape).encode(), digest_size=16).hexdigest()


def normalise(name: str) -> str:
    """Return a header's name as a contract writes it: lower case, runs of other characters as one `_`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def load(project: Path = PROJECT / "dbt_project") -> tuple[Contract, ...]:
    """Read every contract declared in the dbt project in folder `project`, ordered by name.

    A contract is a table of a source in `models/staging/*/_*__sources.yml` with `config.meta.extract`. Raises
    `ContractError` that names file, table and column when a declaration cannot be used.
    """
    files = sorted(project.glob("models/staging/*/_*__sources.yml"))
    if not files:
        raise ContractError(f"No contract found: {project}/models/staging holds no _<source>__sources.yml.")
    contracts = sorted((c for file in files for c in _read_file(file)), key=lambda c: c.name)
    for what, values in (
        ("the extract", [c.name for c in contracts]),
        ("the file pattern", [c.file_pattern for c in contracts]),
    ):
        for value in _repeated(values):
            raise ContractError(f"In {project}, {what} {value} is declared twice: each needs its own.")
    return tuple(contracts)


def _read_file(file: Path) -> Iterator[Contract]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{file} is not readable YAML: {' '.join(str(error).split())}") from None
    sources = document.get("sources") if isinstance(document, dict) else None
    if not isinstance(sources, list):
        raise ContractError(f"{file} declares no `sources`.")
    for source in sources:
        if not isinstance(source, dict) or not all(isinstance(t, dict) for t in source.get("tables") or []):
            raise ContractError(f"{file}: each source, and each of its tables, is a mapping with a name.")
        for table in source.get("tables") or []:
            where = f"{file.name}, {source.get('name')}.{table.get('name')}"
            extract = _meta(table).get("extract")
            if extract is not None:
                yield _contract(where, source, table, extract)


def _contract(where: str, source: Mapping[str, Any], table: Mapping[str, Any], extract: Mapping[str, Any]) -> Contract:
    _check_keys(where, "meta.extract", extract, known=_EXTRACT_KEYS, needed=_EXTRACT_KEYS)
    contract = Contract(
        source=str(source.get("name")),
        table=str(table.get("name")),
        description=str(table.get("description", "")).strip(),
        file_pattern=str(extract["file_pattern"]),
        delimiter=str(extract["delimiter"]),
        encoding=str(extract["encoding"]),
        delivery_kind=str(extract["delivery_kind"]),
        business_key=_texts(where, "business_key", extract["business_key"]),
        columns=tuple(_column(where, column) for column in table.get("columns") or []),
    )
    _check_place(where, contract, source, table)
    _check_arrival(where, contract)
    _check_columns(where, contract)
    return contract


def _column(where: str, declared: Mapping[str, Any]) -> Column:
    name = str(declared.get("name"))
    here = f"{where}, column {name}"
    meta = _meta(declared)
    _check_keys(here, "meta", meta, known=_COLUMN_KEYS, needed=set())
    data_type = declared.get("data_type")
    if data_type not in DATA_TYPES:
        raise ContractError(f"{here}: data_type is {data_type!r}; declare one of {', '.join(DATA_TYPES)}.")
    if name != normalise(name) or not name[:1].isalpha():
        raise ContractError(f"{here}: write the name in lower case, with letters, digits and single `_` only.")
    if len(name) > _LONGEST_NAME:
        raise ContractError(f"{here}: the name has {len(name)} characters; Postgres keeps {_LONGEST_NAME}. Shorten it.")
    required = meta.get("required", False)
    if not isinstance(required, bool):
        raise ContractError(f"{here}: required is {required!r}; write true or false.")
    codes = _texts(here, "codes", meta["codes"]) if "codes" in meta else ()
    if codes and data_type != "text":
        raise ContractError(f"{here}: codes are for text; this column is {data_type}.")
    return Column(
        name,
        data_type,
        str(declared.get("description", "")).strip(),
        required,
        codes,
        meta.get("sensitivity"),
    )


def _check_place(where: str, contract: Contract, source: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    if source.get("schema") != SCHEMA:
        raise ContractError(f"{where}: an extract is loaded into the schema {SCHEMA}; declare `schema: {SCHEMA}`.")
    if table.get("identifier") != contract.name:
        raise ContractError(
            f"{where}: identifier is {table.get('identifier')!r}; declare `identifier: {contract.name}`."
        )
    if normalise(contract.name.replace("__", "_")) != contract.name.replace("__", "_"):
        raise ContractError(f"{where}: write source and table in lower case, with letters, digits and `_` only.")
    if len(contract.name) > _LONGEST_NAME:
        raise ContractError(f"{where}: {contract.name} has more than {_LONGEST_NAME} characters. Shorten it.")


def _check_arrival(where: str, contract: Contract) -> None:
    if contract.file_pattern.count(TIME_MARK) != 1 or "/" in contract.file_pattern:
        raise ContractError(
            f"{where}: file_pattern is {contract.file_pattern!r}; it names a file and holds {TIME_MARK} once."
        )
    delimiter = contract.delimiter
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter.isalnum() or delimiter in '"\r\n\0 .-:_':
        raise ContractError(f"{where}: delimiter is {delimiter!r}; declare one character such as ',', ';', '|'.")
    if not _extends_ascii(contract.encoding):
        raise ContractError(
            f"{where}: encoding is {contract.encoding!r}; declare utf-8, or one byte a letter such as cp1252."
        )
    if contract.delivery_kind not in DELIVERY_KINDS:
        raise ContractError(
            f"{where}: delivery_kind is {contract.delivery_kind!r}; declare one of {', '.join(DELIVERY_KINDS)}."
        )


def _extends_ascii(encoding: str) -> bool:
    """Tell whether line ends, quotes and delimiters can be found in the bytes before they are decoded."""
    try:
        name = codecs.lookup(encoding).name
        if name.startswith("utf"):
            return name == "utf-8"
        text = bytes(range(256)).decode(encoding, "replace")
    except (LookupError, UnicodeError):
        return False
    return len(text) == 256 and text[:128] == bytes(range(128)).decode("ascii")


def _check_columns(where: str, contract: Contract) -> None:
    if not contract.columns:
        raise ContractError(f"{where}: no columns are declared.")
    for name in _repeated([column.name for column in contract.columns]):
        raise ContractError(f"{where}, column {name}: declared twice.")
    if not contract.business_key:
        raise ContractError(f"{where}: business_key is empty; name the columns that tell one row from another.")
    required = {column.name: column.required for column in contract.columns}
    for name in contract.business_key:
        if name not in required:
            raise ContractError(f"{where}, column {name}: part of the business_key, but not declared.")
        if not required[name]:
            raise ContractError(f"{where}, column {name}: part of the business_key, so declare `required: true`.")


def _meta(declared: Mapping[str, Any]) -> Mapping[str, Any]:
    return (declared.get("config") or {}).get("meta") or {}


def _check_keys(where: str, what: str, given: Mapping[str, Any], known: set[str], needed: set[str]) -> None:
    if not isinstance(given, Mapping):
        raise ContractError(f"{where}: {what} is {given!r}; declare a mapping.")
    for key in sorted(needed - given.keys()):
        raise ContractError(f"{where}: {what} lacks {key}.")
    for key in sorted(given.keys() - known):
        raise ContractError(f"{where}: {what} holds {key}, which nothing reads; known are {', '.join(sorted(known))}.")


def _texts(where: str, what: str, values: object) -> tuple[str, ...]:
    """Return a YAML list of texts; a bare 01 or Y would have become a number or a truth value in YAML."""
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise ContractError(f"{where}: {what} is {values!r}; declare a list of texts, each in quotes.")
    for value in _repeated(values):
        raise ContractError(f"{where}: {what} holds {value} twice.")
    return tuple(values)


def _repeated(values: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [value for value in values if value in seen or seen.add(value)]  # type: ignore[func-returns-value]
