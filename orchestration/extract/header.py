"""The first line of a file: whether this is text at all, and whether its columns are those of the contract."""

import csv
from collections.abc import Sequence

from orchestration.extract.contract import Contract, normalise
from orchestration.extract.errors import FileRefusedError

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SIGNATURES = {
    b"\xff\xfe": "is UTF-16 text",
    b"\xfe\xff": "is UTF-16 text",
    b"PK\x03\x04": "is a zip archive or an Excel workbook",
    b"\x1f\x8b": "is gzip-compressed",
    b"PAR1": "is a Parquet file",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook",
    b"%PDF": "is a PDF document",
}
_NAMES_SHOWN = 5


def columns(line: bytes, contract: Contract, file_name: str) -> tuple[str, ...]:
    """Return the contract's names of the columns in the header `line`, in the order of the file.

    The order is the source's own affair; names are compared after `normalise`, and a column's aliases stand for it.
    Raises `FileRefusedError` with one sentence when the line is not text, not a header, or not this contract's.
    """
    names = _names(line, contract, file_name)
    known = {normalise(alias): column.name for column in contract.columns for alias in column.aliases}
    found = [known.get(name, name) for name in map(normalise, names)]
    declared = {column.name: column.header for column in contract.columns}
    if not declared.keys() & set(found):
        # Most likely a file without a header: its first line is a patient's, and must not be quoted.
        raise FileRefusedError(
            f"{file_name} has no header line of {contract.name}, which declares {len(declared)} columns: ask the "
            f"source for it with a header, its fields separated by {contract.delimiter!r}."
        )
    problems = []
    if missing := [header for name, header in declared.items() if name not in found]:
        problems.append(f"lacks {_listed('column', missing)}")
    if unknown := [name.strip() for name, key in zip(names, found, strict=True) if key not in declared]:
        problems.append(f"holds {_listed('unknown column', unknown)}")
    if twice := sorted({declared[name] for name in found if name in declared and found.count(name) > 1}):
        problems.append(f"holds {_listed('column', twice)} more than once")
    if not problems:
        return tuple(found)
    advice = "ask the source for the whole extract, or change the contract"
    if len(names) == 1 and len(declared) > 1:
        advice = f"its fields must be separated by {contract.delimiter!r}"
    raise FileRefusedError(
        f"{file_name} {' and '.join(problems)}; the contract of {contract.name} declares {len(declared)} columns: "
        f"{advice}."
    )


def _names(line: bytes, contract: Contract, file_name: str) -> list[str]:
    def refuse(problem: str) -> FileRefusedError:
        return FileRefusedError(
            f"{file_name} {problem}; {contract.name} is delivered as {contract.encoding} text with a header line: "
            "ask the source for it in that form."
        )

    for signature, problem in _SIGNATURES.items():
        if line.startswith(signature):
            raise refuse(problem)
    if b"\0" in line:
        raise refuse("is binary, or text of another encoding (NUL bytes in its first line)")
    line = line.removeprefix(BYTE_ORDER_MARK).rstrip(b"\r\n")
    if not line.strip():
        raise refuse("has an empty first line")
    if b"\r" in line:
        raise refuse("ends its lines with bare carriage returns")
    try:
        text = line.decode(contract.encoding)
    except UnicodeDecodeError as error:
        at = f"byte {error.start + 1} of its first line is 0x{line[error.start]:02x}"
        raise refuse(f"has a header that is not {contract.encoding} ({at})") from None
    try:
        return next(csv.reader([text], delimiter=contract.delimiter, strict=True))
    except csv.Error:
        raise refuse("has a header with a quotation mark that is not closed") from None


def _listed(what: str, names: Sequence[str]) -> str:
    """Return 'the column A' or 'the columns A, B, C, D, E and 3 more', each name cut to a readable length."""
    shown = ", ".join(name[:60] or "(no name)" for name in names[:_NAMES_SHOWN])
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"the {what}{'s' if len(names) > 1 else ''} {shown}{more}"
