"""What Parquet and Excel have in common: rows without lines, whose values have types of their own."""

from collections.abc import Sequence

from orchestration.extract.contracts import Column, Contract, normalise


def declared_columns(headers: Sequence[str], contract: Contract) -> tuple[Column | None, ...]:
    """Return the declared column of each header, None where the contract knows none.

    A source often keeps a date as a moment at midnight: what the contract declares decides how it is written.
    """
    known = {normalise(name): column for column in contract.columns for name in (column.name, *column.aliases)}
    return tuple(known.get(normalise(header)) for header in headers)
