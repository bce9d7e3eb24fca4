"""Read Parquet as CSV, batch by batch: a row group is never in memory as a whole, whatever its size."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.extract.data_types import ZONE
from orchestration.extract.errors import FileRefusedError
from orchestration.extract.folder import Arrival
from orchestration.extract.tabular import declared_columns, line

_ROWS = 10_000
_BUFFER = 1 << 20
_SIGNATURE = b"PAR1"
_MARK = b'"'
# Bytes, since a column may hold what is no text; and no limit of 2 GB.
_TEXT = pa.large_binary()


def blocks(file: BinaryIO, arrival: Arrival) -> Iterator[bytes]:
    """Yield the rows of `file` as CSV in UTF-8, after a line with the names of its columns.

    Dates and times are ISO, a moment with a time zone is the local time in the UK, truth is `true` or `false`.
    Raises `FileRefusedError` with one sentence when this is no Parquet file, or has a column that is no plain value.
    """
    name = arrival.path.name
    if file.read(len(_SIGNATURE)) != _SIGNATURE:
        raise FileRefusedError(
            f"{name} is not a Parquet file, as the contract of {arrival.contract.name} declares: ask the source for "
            "it in that form."
        )
    file.seek(0)
    try:
        # Read through a small buffer: without it a whole column of a row group would be fetched at once.
        parquet = pq.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
        headers = parquet.schema_arrow.names
        _check(parquet.schema_arrow, name)
        yield line(headers, arrival.contract.delimiter)
        types = [c.data_type if c else "" for c in declared_columns(headers, arrival.contract)]
        for batch in parquet.iter_batches(batch_size=_ROWS, use_threads=False):
            yield _csv(batch, types, arrival.contract.delimiter, name)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's own fault; Arrow's complaints of a file have no number
        reason = " ".join(str(error).split())[:100]
        raise FileRefusedError(
            f"{name} cannot be read as a Parquet file ({reason}): ask the source to send it again."
        ) from None


def _check(schema: pa.Schema, file_name: str) -> None:
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_nested(kind):
            problem = "rows within a row: ask the source for plain columns"
        elif pa.types.is_duration(kind) or pa.types.is_interval(kind) or isinstance(kind, pa.BaseExtensionType):
            problem = f"values of type {kind}: ask the source for it as text"
        else:
            continue
        raise FileRefusedError(f"{file_name}: the column {field.name[:60]} holds {problem}.")


def _csv(batch: pa.RecordBatch, types: Sequence[str], delimiter: str, file_name: str) -> bytes:
    """Return a batch as lines of CSV, made column by column: the lines lie in memory as they are to be written."""
    fields = []
    for name, column, data_type in zip(batch.schema.names, batch.columns, types, strict=True):
        try:
            fields.append(_text(column, data_type, delimiter))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise FileRefusedError(
                f"{file_name}: the column {name[:60]} holds values of type {column.type} that cannot be written as "
                "text: ask the source for it as text."
            ) from None
    if not batch.num_rows or not fields:
        return b""
    if len(fields) == 1:
        # A line without any character would be no row.
        fields[0] = pc.if_else(pc.equal(pc.binary_length(pc.fill_null(fields[0], b"")), 0), b'""', fields[0])
    fields[-1] = _joined(pc.fill_null(fields[-1], b""), b"\n")
    lines = _joined(*fields, between=delimiter.encode())
    return lines.buffers()[2].to_pybytes()


def _joined(*parts: pa.Array | bytes, between: bytes = b"") -> pa.Array:
    """Join texts row by row; what is not there is the empty text."""
    texts = [pa.scalar(part, _TEXT) if isinstance(part, bytes) else part for part in (*parts, between)]
    return pc.binary_join_element_wise(*texts, null_handling="replace", null_replacement=b"")


def _text(values: pa.Array, data_type: str, delimiter: str) -> pa.Array:
    """Return each value as the field by which a CSV file would hold it. No delimiter is part of a number or a date."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kind = values.type
    if pa.types.is_date(kind) and data_type == "timestamp":
        values = values.cast(pa.date32()).cast(pa.timestamp("s"))
    if pa.types.is_timestamp(values.type):
        texts = _moments(values, data_type)
    elif pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        texts = _numbers(values)
    elif pa.types.is_time(kind):
        texts = _seconds(values)
    elif pa.types.is_date(kind):
        texts = values.cast(pa.date32()).cast(pa.large_string())
    elif _is_bytes(kind):
        texts = _quoted(values.cast(_TEXT), delimiter)  # whether it is text is the reader's question
    else:
        texts = values.cast(pa.large_string())
    return texts.cast(_TEXT)


def _is_bytes(kind: pa.DataType) -> bool:
    return (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _moments(values: pa.Array, data_type: str) -> pa.Array:
    """Return local times, their fraction of a second where there is one, and no time where the contract has dates."""
    if values.type.tz is not None:
        values = pc.local_timestamp(values.cast(pa.timestamp(values.type.unit, ZONE.key)))
    texts = _seconds(values)
    return pc.replace_substring_regex(texts, r" 00:00:00$", "") if data_type == "date" else texts


def _seconds(values: pa.Array) -> pa.Array:
    """Return times with the fraction of a second only where there is one: its zeros tell of the type alone."""
    if values.type.unit != "s" and pc.all(pc.equal(pc.subsecond(values), 0)).as_py():
        values = values.cast(pa.timestamp("s") if pa.types.is_timestamp(values.type) else pa.time32("s"))
    texts = values.cast(pa.large_string())
    if values.type.unit == "s":
        return texts
    return pc.replace_substring_regex(pc.replace_substring_regex(texts, r"\.0+$", ""), r"(\.\d*[1-9])0+$", r"\1")


def _numbers(values: pa.Array) -> pa.Array:
    texts = values.cast(pa.large_string())
    if not pc.any(pc.match_substring_regex(texts, "[eE]")).as_py():
        return texts
    plain = [None if text is None else format(Decimal(text), "f") for text in texts.to_pylist()]
    return pa.array(plain, pa.large_string())


def _quoted(fields: pa.Array, delimiter: str) -> pa.Array:
    """Put quotation marks round the fields that need them, as `tabular.line` does."""
    special = pc.match_substring_regex(fields, f'["\r\n{re.escape(delimiter)}]')
    if not pc.any(special).as_py():
        return fields
    doubled = pc.replace_substring(fields, _MARK, _MARK + _MARK)
    return pc.if_else(special, _joined(_MARK, doubled, _MARK), fields)
