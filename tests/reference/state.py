"""ADR 5 in plain Python: what is true after a set of deliveries, by applying all of them in order from scratch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orchestration.extract.contract import Contract
from tests.reference.sent import Key, Row, Said, Values


@dataclass(frozen=True)
class Loaded:
    """A delivery that was loaded: what it says, its place among those of one extract time, when it became known."""

    said: Said
    arrival: int
    known_at: datetime


@dataclass(frozen=True)
class Version:
    """What a delivery made of a key: `values` None means gone; `row_number` 0, that no row of it said so."""

    extracted_at: datetime
    arrival: int
    row_number: int
    key: Key
    values: Values | None


# The state of a key: its values, and the sender from whom they came where that matters (bulk replacement); None: gone.
State = dict[Key, tuple[Values, str | None] | None]


def current(
    contract: Contract,
    deliveries: Iterable[Loaded],
    *,
    known_by: datetime | None = None,
    extracted_by: datetime | None = None,
) -> dict[Key, Values]:
    """Return the rows that are true by what was known at `known_by` and said by the sources until `extracted_by`."""
    state: State = {}
    known = [one for one in deliveries if known_by is None or one.known_at <= known_by]
    for _ in _applied(contract, known, state, extracted_by):
        pass
    return {key: held[0] for key, held in state.items() if held is not None}


def history(contract: Contract, deliveries: Iterable[Loaded]) -> list[Version]:
    """Return the versions that must be kept when the deliveries are loaded in the order of their extract times."""
    return list(_applied(contract, deliveries, {}, None))


def _applied(
    contract: Contract, deliveries: Iterable[Loaded], state: State, until: datetime | None
) -> Iterable[Version]:
    """Apply what was said, one statement after the other, to `state`; yield each change."""
    for at, one, rows in _in_order(contract, deliveries):
        if until is not None and at > until:
            return
        yield from _set_rows(contract, state, one, rows)
        if contract.delivery_kind in {"full_snapshot", "bulk_replacement"}:
            for key in [key for key in state if _is_gone(contract, state, one.said, key)]:
                state[key] = None
                yield Version(at, one.arrival, 0, key, None)


def _in_order(contract: Contract, deliveries: Iterable[Loaded]) -> list[tuple[datetime, Loaded, list[Row]]]:
    """Return (position in time, delivery, the rows that it says there), in the order in which they apply."""
    moments: list[tuple[datetime, Loaded, list[Row]]] = []
    for one in deliveries:
        if contract.extracted_at_column and contract.delivery_kind in {"net_change", "append"}:
            moments += [(row.extracted_at, one, [row]) for row in one.said.rows]
        else:
            moments.append((one.said.extracted_at, one, list(one.said.rows)))
    return sorted(moments, key=lambda moment: (moment[0], moment[1].arrival))


def _set_rows(contract: Contract, state: State, one: Loaded, rows: list[Row]) -> Iterable[Version]:
    sender = one.said.sender if contract.delivery_kind == "bulk_replacement" else None
    for row in rows:
        # That a key is gone, of which nothing was ever said, is news; that it is gone again is not.
        repeats = row.key in state and state[row.key] == (None if row.values is None else (row.values, sender))
        state[row.key] = None if row.values is None else (row.values, sender)
        if not repeats:
            yield Version(row.extracted_at, one.arrival, row.row_number, row.key, row.values)


def _is_gone(contract: Contract, state: State, said: Said, key: Key) -> bool:
    """Tell whether `said` takes `key` away by not holding it."""
    held = state[key]
    if held is None or key in {row.key for row in said.rows} | said.silent_about:
        return False
    if contract.delivery_kind == "full_snapshot":
        return True
    values, sender = held
    assert said.period and contract.period_column
    place = [column.name for column in contract.columns].index(contract.period_column)
    return said.period[0] <= values[place] <= said.period[1] and sender == said.sender  # type: ignore[operator]
