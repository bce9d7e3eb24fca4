"""What sources without lines of text have in common: values with types of their own, to be written as CSV."""

from collections.abc import Sequence

from orchestration.extract.contracts import Column, Contract, normalise


def declared_columns(headers: Sequence[str], contract: Contract) -> tuple[Column | None, ...]:
    """Return the declared column of each header, None where the contract knows none.

    A source often keeps a date as a moment at midnight: what the contract declares decides how it is written.
    """
    known = {normalise(name): column for column in contract.columns for name in (column.name, *column.aliases)}
    return tuple(known.get(normalise(header)) for header in headers)


def line(fields: Sequence[str], delimiter: str) -> bytes:
    """Return `fields` as a line of CSV in UTF-8 with its end, in quotation marks only where one needs them.

    A row of one empty field has them too: a line without any character would be no row.
    """
    text = delimiter.join(_quoted(field, delimiter) for field in fields)
    # A lone surrogate is no text; the reader will say so of this row.
    return ((text or '""') + "\n").encode(errors="surrogatepass")


def _quoted(field: str, delimiter: str) -> str:
    if '"' in field or delimiter in field or "\n" in field or "\r" in field:
        return '"' + field.replace('"', '""') + '"'
    return field
