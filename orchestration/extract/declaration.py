"""Turn the declaration of an extract in YAML into its contract; say what, and where, cannot be used."""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from orchestration.extract.contract import (
    DELIVERY_KINDS,
    END_MARK,
    FORMATS,
    MARKS,
    SCHEMA,
    START_MARK,
    TIME_MARK,
    WHO,
    ChangeType,
    Column,
    Contract,
    Guards,
    Provider,
    Query,
    normalise,
)
from orchestration.extract.data_types import DATA_TYPES, FORMS
from orchestration.extract.errors import ContractError

_LONGEST_NAME = 63
# The segments of a raw table have its name and a number.
_LONGEST_TABLE = 50
_NEEDED = {"file_pattern", "delivery_kind", "business_key"}
_CSV = {"delimiter", "encoding"}
_EXTRACT_KEYS = {
    *_NEEDED, *_CSV, "format", "first_line", "extracted_at_column", "period_column", "change_type", "provider",
    "guards", "query",
}  # fmt: skip
_COLUMN_KEYS = {"required", "codes", "sensitivity", "aliases", "form", "identifies"}


def meta(declared: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `config.meta` of a source, table or column."""
    return (declared.get("config") or {}).get("meta") or {}


def repeated(values: Iterable[str]) -> list[str]:
    """Return the values that stand there more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


def contract(where: str, source: Mapping[str, Any], table: Mapping[str, Any], extract: Mapping[str, Any]) -> Contract:
    """Return the contract of `table`; `where` names it in errors. Raises `ContractError`."""
    file_format = extract.get("format", "csv") if isinstance(extract, Mapping) else "csv"
    needed = _NEEDED | _CSV if file_format == "csv" else _NEEDED
    _check_keys(where, "meta.extract", extract, known=_EXTRACT_KEYS, needed=needed)
    made = Contract(
        source=str(source.get("name")),
        table=str(table.get("name")),
        description=str(table.get("description", "")).strip(),
        file_pattern=str(extract["file_pattern"]),
        delimiter=str(extract.get("delimiter", ",")),
        encoding=str(extract.get("encoding", "utf-8")),
        delivery_kind=str(extract["delivery_kind"]),
        business_key=_texts(where, "business_key", extract["business_key"]),
        columns=tuple(_column(where, column) for column in table.get("columns") or []),
        format=str(file_format),
        first_line=extract.get("first_line"),
        extracted_at_column=extract.get("extracted_at_column"),
        period_column=extract.get("period_column"),
        change_type=_change_type(where, extract.get("change_type")),
        provider=_provider(where, extract.get("provider")),
        guards=_guards(where, extract.get("guards") or {}),
        query=_query(where, extract.get("query")),
    )
    _check_place(where, made, source, table)
    _check_format(where, made)
    _check_marks(where, made)
    _check_columns(where, made)
    _check_kind(where, made)
    return made


def _column(where: str, declared: Mapping[str, Any]) -> Column:
    name = str(declared.get("name"))
    here = f"{where}, column {name}"
    said = meta(declared)
    _check_keys(here, "meta", said, known=_COLUMN_KEYS, needed=set())
    data_type = declared.get("data_type")
    if data_type not in DATA_TYPES:
        raise ContractError(f"{here}: data_type is {data_type!r}; declare one of {', '.join(DATA_TYPES)}.")
    if name != normalise(name) or not name[:1].isalpha():
        raise ContractError(f"{here}: write the name in lower case, with letters, digits and single `_` only.")
    if len(name) > _LONGEST_NAME:
        raise ContractError(f"{here}: the name has {len(name)} characters; Postgres keeps {_LONGEST_NAME}. Shorten it.")
    required = said.get("required", False)
    if not isinstance(required, bool):
        raise ContractError(f"{here}: required is {required!r}; write true or false.")
    codes = _texts(here, "codes", said["codes"]) if "codes" in said else ()
    if codes and data_type != "text":
        raise ContractError(f"{here}: codes are for text; this column is {data_type}.")
    form = said.get("form")
    if form not in FORMS[data_type]:
        known = [str(one) for one in FORMS[data_type] if one]
        raise ContractError(
            f"{here}: form is {form!r}; " + (f"declare one of {', '.join(known)}." if known else "leave it out.")
        )
    identifies = said.get("identifies")
    if identifies is not None and (identifies not in WHO or data_type != "text"):
        raise ContractError(f"{here}: identifies is {identifies!r}; declare {' or '.join(WHO)}, of a column of text.")
    return Column(
        name,
        data_type,
        str(declared.get("description", "")).strip(),
        required,
        codes,
        said.get("sensitivity"),
        _texts(here, "aliases", said["aliases"]) if "aliases" in said else (),
        form,
        identifies,
    )


def _change_type(where: str, said: object) -> ChangeType | None:
    if said is None:
        return None
    _check_keys(where, "change_type", said, known={"column", "delete"}, needed={"column", "delete"})
    return ChangeType(str(said["column"]), _texts(where, "change_type.delete", said["delete"]))  # type: ignore[index]


def _provider(where: str, said: object) -> Provider | None:
    if said is None:
        return None
    _check_keys(where, "provider", said, known={"column", "codes"}, needed={"column", "codes"})
    return Provider(str(said["column"]), _texts(where, "provider.codes", said["codes"]))  # type: ignore[index]


def _guards(where: str, said: Mapping[str, Any]) -> Guards:
    known = {"deleted_share", "longest_period_days", "volume_ratio"}
    _check_keys(where, "guards", said, known=known, needed=set())
    for name, value in said.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise ContractError(f"{where}: guards.{name} is {value!r}; declare a number above 0.")
    return Guards(**said)


def _query(where: str, said: object) -> Query | None:
    if said is None:
        return None
    known = {"connection", "sql", "order_by", "watermark", "page_rows"}
    _check_keys(where, "query", said, known=known, needed={"connection", "sql", "order_by"})
    return Query(**{**said, "order_by": _texts(where, "query.order_by", said["order_by"])})  # type: ignore[dict-item,index]


def _check_place(where: str, made: Contract, source: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    if source.get("schema") != SCHEMA:
        raise ContractError(f"{where}: an extract is loaded into the schema {SCHEMA}; declare `schema: {SCHEMA}`.")
    if table.get("identifier") != made.name:
        raise ContractError(f"{where}: identifier is {table.get('identifier')!r}; declare `identifier: {made.name}`.")
    if normalise(made.name.replace("__", "_")) != made.name.replace("__", "_"):
        raise ContractError(f"{where}: write source and table in lower case, with letters, digits and `_` only.")
    if len(made.name) > _LONGEST_TABLE:
        raise ContractError(f"{where}: {made.name} has more than {_LONGEST_TABLE} characters. Shorten it.")


def _check_format(where: str, made: Contract) -> None:
    if made.format not in FORMATS:
        raise ContractError(f"{where}: format is {made.format!r}; declare one of {', '.join(FORMATS)}.")
    delimiter = made.delimiter
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter.isalnum() or delimiter in '"\r\n\0 .-:_':
        raise ContractError(f"{where}: delimiter is {delimiter!r}; declare one character such as ',', ';', '|'.")
    if not _extends_ascii(made.encoding):
        raise ContractError(
            f"{where}: encoding is {made.encoding!r}; declare utf-8, or one byte a letter such as cp1252."
        )
    if made.first_line is not None and made.format != "csv":
        raise ContractError(f"{where}: first_line is for csv; this extract is {made.format}.")
    if made.delivery_kind not in DELIVERY_KINDS:
        raise ContractError(
            f"{where}: delivery_kind is {made.delivery_kind!r}; declare one of {', '.join(DELIVERY_KINDS)}."
        )


def _check_marks(where: str, made: Contract) -> None:
    said = made.file_pattern + (made.first_line or "")
    if "/" in made.file_pattern or repeated(re.findall(r"\{\w*\}", said)):
        raise ContractError(f"{where}: file_pattern is {made.file_pattern!r}; it names a file and holds a mark once.")
    for mark in re.findall(r"\{\w*\}", said):
        if mark not in MARKS:
            raise ContractError(f"{where}: {mark} is no mark; known are {', '.join(MARKS)}.")
    if (TIME_MARK in said) == (made.extracted_at_column is not None):
        raise ContractError(
            f"{where}: file_pattern is {made.file_pattern!r}; say when the source extracted a file by {TIME_MARK} "
            "in it or in first_line, or else by extracted_at_column."
        )
    if (START_MARK in said) != (END_MARK in said) or (START_MARK in said) != (made.delivery_kind == "bulk_replacement"):
        raise ContractError(
            f"{where}: {START_MARK} and {END_MARK} stand in file_pattern or first_line of a bulk_replacement, "
            "both of them, and nowhere else."
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


def _check_columns(where: str, made: Contract) -> None:
    if not made.columns:
        raise ContractError(f"{where}: no columns are declared.")
    for name in repeated([column.name for column in made.columns]):
        raise ContractError(f"{where}, column {name}: declared twice.")
    headers = [normalise(name) for column in made.columns for name in (column.name, *column.aliases)]
    for name in repeated(headers):
        raise ContractError(f"{where}: the header {name} stands for two columns; an alias belongs to one.")
    if not made.business_key:
        raise ContractError(f"{where}: business_key is empty; name the columns that tell one row from another.")
    for name in made.business_key:
        _check_named(where, made, name, "business_key")


def _check_kind(where: str, made: Contract) -> None:
    kind = made.delivery_kind
    for what, value, owner in (
        ("period_column", made.period_column, "bulk_replacement"),
        ("change_type", made.change_type, "net_change"),
    ):
        if (value is not None) != (kind == owner):
            raise ContractError(f"{where}: a {owner} declares {what}, and no other kind does; this is {kind}.")
    if made.period_column is not None:
        _check_named(where, made, made.period_column, "period_column", ("date",))
    if made.extracted_at_column is not None:
        _check_named(where, made, made.extracted_at_column, "extracted_at_column", ("date", "timestamp"))
    if made.change_type is not None:
        _check_named(where, made, made.change_type.column, "change_type", ("text",))
        codes = next(one.codes for one in made.columns if one.name == made.change_type.column)
        for code in made.change_type.delete:
            if codes and code not in codes:
                raise ContractError(f"{where}, column {made.change_type.column}: its codes lack {code}, which deletes.")
    if made.provider is not None:
        _check_named(where, made, made.provider.column, "provider", ("text",))


def _check_named(where: str, made: Contract, name: str, what: str, types: tuple[str, ...] = ()) -> None:
    column = next((one for one in made.columns if one.name == name), None)
    if column is None:
        raise ContractError(f"{where}, column {name}: part of the {what}, but not declared.")
    if not column.required:
        raise ContractError(f"{where}, column {name}: part of the {what}, so declare `required: true`.")
    if types and column.data_type not in types:
        raise ContractError(f"{where}, column {name}: the {what} is {' or '.join(types)}, not {column.data_type}.")


def _check_keys(where: str, what: str, given: object, known: set[str], needed: set[str]) -> None:
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
    for value in repeated(values):
        raise ContractError(f"{where}: {what} holds {value} twice.")
    return tuple(values)
