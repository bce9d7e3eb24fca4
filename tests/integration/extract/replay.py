"""Load deliveries one after the other and hold all that the database says against the reference implementation."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from psycopg import Connection, sql

from orchestration.extract import decision, folder, load
from orchestration.extract.contract import Contract
from orchestration.extract.ledger import Delivery
from orchestration.settings import Settings
from tests.integration.extract.stays import FOREIGN, File
from tests.reference.sent import Key, Said, Values, read
from tests.reference.state import Loaded, current, history


@dataclass(frozen=True)
class Kept:
    """One row of the raw table."""

    delivery_id: int
    row_number: int
    extracted_at: datetime
    loaded_at: datetime
    is_deleted: bool
    row_hash: int
    key: Key
    values: Values

    @property
    def position(self) -> tuple[datetime, int, datetime, int]:
        """Where it stands among the versions."""
        return (self.extracted_at, self.delivery_id, self.loaded_at, self.row_number)


@dataclass
class Replay:
    """What was sent so far and what became of it, beside what is in the database."""

    settings: Settings
    owner: Connection
    arrivals: Path
    contract: Contract
    loaded: list[Loaded] = field(default_factory=list)
    held: dict[int, tuple[File, Said]] = field(default_factory=dict)
    _kept: Counter[Kept] = field(default_factory=Counter)
    _latest: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    _said: dict[int, Said] = field(default_factory=dict)
    _moment: datetime | None = None

    def deliver(self, file: File) -> Delivery:
        """Load a file, and check what that did."""
        path = self.arrivals / file.name
        path.write_bytes(file.data)
        if file.provider == FOREIGN:
            # A file that may be held is kept aside by who loads a folder.
            (delivery,) = load.load_arrivals(self.settings, [folder.arrival(path, self.contract)])
        else:
            delivery = load.load_file(self.owner, self.contract, path)
        path.unlink()
        known = self._latest.get(file.name)
        if known is not None and known[0] == file.data:
            assert (delivery.is_new, delivery.delivery_id) == (False, known[1]), "a file known by name and content"
            self.check()
            return delivery
        assert delivery.is_new
        self._latest[file.name] = (file.data, delivery.delivery_id)
        said = read(self.contract, file.name, file.data)
        self._said[delivery.delivery_id] = said
        if delivery.state == "held":
            self.held[delivery.delivery_id] = (file, said)
        else:
            self._arrived(delivery, said)
        self.check()
        return delivery

    def release(self, delivery_id: int) -> Delivery:
        """Release a delivery that was held."""
        _, said = self.held.pop(delivery_id)
        delivery = decision.release(self.settings, delivery_id, [self.contract], by="Ada", because="It is right.")
        self._arrived(delivery, said)
        self.check()
        return delivery

    def reject(self, delivery_id: int) -> Delivery:
        """Reject a delivery that was held."""
        del self.held[delivery_id]
        delivery = decision.reject(self.settings, delivery_id, by="Ada", because="It is wrong.")
        assert delivery.state == "rejected"
        self.check()
        return delivery

    def check(self) -> None:
        """Check that rows were only added, that the ledger adds up, and that staging sees what is true."""
        kept = self._read_kept()
        was = self._kept
        assert not was - kept, "a row of the raw table was changed or removed"
        for row in (kept - was).elements():
            assert self.loaded and row.loaded_at == self.loaded[-1].known_at, "a row whose moment is not its load's"
        self._kept = kept
        self._check_ledger()
        assert self.staged() == current(self.contract, self.loaded)

    def check_every_moment(self) -> None:
        """Check what was known at each moment, of each extract time."""
        rows = sorted(self._kept.elements(), key=lambda row: row.position)
        for known_by in [None, *(one.known_at for one in self.loaded)]:
            for extracted_by in [None, *sorted({row.extracted_at for row in rows})]:
                wanted = current(self.contract, self.loaded, known_by=known_by, extracted_by=extracted_by)
                assert _last(rows, known_by, extracted_by) == wanted, (known_by, extracted_by)

    def check_versions(self) -> None:
        """Check that, after arrival in order, exactly the versions are kept, each counted as what it is."""
        versions = history(self.contract, self.loaded)
        wanted = [(v.extracted_at, v.arrival, v.row_number, v.key, v.values) for v in versions]
        found = [
            (row.extracted_at, row.delivery_id, row.row_number, row.key, None if row.is_deleted else row.values)
            for row in self._kept.elements()
        ]
        assert sorted(found, key=_place) == sorted(wanted, key=_place)
        counts = self.owner.execute(
            "select delivery_id, loaded_count, deleted_count from raw.delivery where state = 'loaded' order by 1"
        ).fetchall()
        assert counts == [
            (
                one.arrival,
                sum(v.row_number > 0 for v in versions if v.arrival == one.arrival),
                sum(v.row_number == 0 for v in versions if v.arrival == one.arrival),
            )
            for one in sorted(self.loaded, key=lambda one: one.arrival)
        ]

    @property
    def is_in_order(self) -> bool:
        """Whether every row arrived in the order of its extract time."""
        places = [(row.extracted_at, one.arrival) for one in self.loaded for row in one.said.rows]
        whole = [(one.said.extracted_at, one.arrival) for one in self.loaded]
        return places == sorted(places) and whole == sorted(whole)

    @property
    def _told_by_deletion(self) -> set[str | None]:
        change = self.contract.change_type
        return {*self.contract.business_key, change.column if change else None, self.contract.extracted_at_column}

    def _arrived(self, delivery: Delivery, said: Said) -> None:
        assert delivery.state == "loaded", delivery.sentence
        assert delivery.loaded_at is not None
        if said.rows or not self.contract.has_time_in_rows:
            assert delivery.extracted_at == said.extracted_at
        assert self._moment is None or delivery.loaded_at > self._moment, "moments of loading ascend"
        self._moment = delivery.loaded_at
        self.loaded.append(Loaded(said, delivery.delivery_id, delivery.loaded_at))

    def _read_kept(self) -> Counter[Kept]:
        names = [column.name for column in self.contract.columns]
        query = sql.SQL(
            "select _delivery_id, _row_number, _extracted_at, _loaded_at, _is_deleted, _row_hash, {} from {}"
        ).format(sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier("raw", self.contract.name))
        key = [names.index(name) for name in self.contract.business_key]
        found: Counter[Kept] = Counter()
        for delivery_id, number, extracted_at, loaded_at, is_deleted, row_hash, *values in self.owner.execute(query):
            kept = Kept(
                delivery_id, number, extracted_at, loaded_at, is_deleted, row_hash,
                tuple(values[at] for at in key), tuple(values),
            )  # fmt: skip
            if is_deleted:
                assert row_hash == 0
                others = {
                    value for name, value in zip(names, values, strict=True) if name not in self._told_by_deletion
                }
                assert others <= {None}, "a deletion keeps no values but its key, and what made it one"
            found[kept] += 1
        return found

    def _check_ledger(self) -> None:
        rows = Counter(row.delivery_id for row in self._kept.elements())
        aside: dict[int, list[int]] = {}
        for delivery_id, number in self.owner.execute(
            "select delivery_id, row_number from raw.quarantine order by delivery_id, row_number"
        ):
            aside.setdefault(delivery_id, []).append(number)
        ledger = self.owner.execute(
            """
            select delivery_id, state, received_count, loaded_count, unchanged_count, quarantined_count, held_count,
                deleted_count
            from raw.delivery order by delivery_id
            """
        ).fetchall()
        assert {row[0] for row in ledger} == set(self._said)
        for delivery_id, state, received, in_raw, unchanged, quarantined, held, deleted in ledger:
            said = self._said[delivery_id]
            assert received == said.received_count == in_raw + unchanged + quarantined + held, ledger
            assert rows[delivery_id] == in_raw + deleted, ledger
            assert len(aside.get(delivery_id, [])) == quarantined, ledger
            if state == "loaded":
                assert aside.get(delivery_id, []) == sorted(row.row_number for row in said.broken)
                assert held == 0
            else:
                assert (in_raw, unchanged, deleted) == (0, 0, 0), ledger
        states = {row[0]: row[1] for row in ledger}
        assert {one for one in states if states[one] == "loaded"} == {one.arrival for one in self.loaded}
        assert {one for one in states if states[one] == "held"} == set(self.held)

    def staged(self) -> dict[Key, Values]:
        key = sql.SQL(", ").join(map(sql.Identifier, self.contract.business_key))
        names = [column.name for column in self.contract.columns]
        query = sql.SQL(
            """
            select {names} from (
                select distinct on ({key}) * from {table}
                order by {key}, _extracted_at desc, _delivery_id desc, _loaded_at desc, _row_number desc
            ) as latest where not _is_deleted
            """
        ).format(
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            key=key,
            table=sql.Identifier("raw", self.contract.name),
        )
        places = [names.index(name) for name in self.contract.business_key]
        return {tuple(values[at] for at in places): tuple(values) for values in self.owner.execute(query)}


def _last(rows: Iterable[Kept], known_by: datetime | None, extracted_by: datetime | None) -> dict[Key, Values]:
    """Return the rows that stand last among those of a moment and before; `rows` are in the order of position."""
    state: dict[Key, Kept] = {}
    for row in rows:
        if (known_by is None or row.loaded_at <= known_by) and (
            extracted_by is None or row.extracted_at <= extracted_by
        ):
            state[row.key] = row
    return {key: row.values for key, row in state.items() if not row.is_deleted}


def _place(version: tuple[datetime, int, int, Key, Values | None]) -> tuple[object, ...]:
    return (*version[:3], str(version[3:]))
