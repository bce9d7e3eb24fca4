"""One small extract in each kind of delivery, and files of it: few keys and few values, so that everything meets."""

import random
from dataclasses import dataclass, field

from orchestration.extract.contract import ChangeType, Column, Contract, Guards, Provider

OWN, FOREIGN = "RX1", "RZ9"
_COLUMNS = (
    Column("stay_number", "text", "", required=True),
    Column("provider_code", "text", "", required=True),
    Column("ward_code", "text", "", codes=("A", "B", "C")),
    Column("bed", "integer", ""),
    Column("admitted_on", "date", "", required=True),
)
_CHANGE = Column("change_code", "text", "", required=True, codes=("I", "U", "D"))
_CHANGED_AT = Column("changed_at", "timestamp", "", required=True)
# Whether a file is held is another matter (test_guards.py): here only one of a foreign provider is.
_NO_BOUNDS = Guards(deleted_share=1.0, longest_period_days=100_000, volume_ratio=1e9)


def contract(table: str, kind: str, pattern: str, *more: Column, **declared: object) -> Contract:
    """Return the contract of one extract of the source `ward`."""
    declared = {"guards": _NO_BOUNDS, **declared}
    return Contract(
        source="ward",
        table=table,
        description=f"Stays as {table}.",
        file_pattern=pattern,
        delimiter=",",
        encoding="utf-8",
        delivery_kind=kind,
        business_key=("stay_number",),
        columns=(*_COLUMNS, *more),
        provider=Provider("provider_code", (OWN,)),
        **declared,  # type: ignore[arg-type]
    )


CONTRACTS = {
    made.table: made
    for made in (
        contract("snapshot", "full_snapshot", "ward__snapshot__{extracted_at}.csv"),
        contract(
            "bulk",
            "bulk_replacement",
            "ward__bulk__{sender}__{period_start}_{period_end}__{extracted_at}.csv",
            period_column="admitted_on",
        ),
        contract(
            "change", "net_change", "ward__change__{extracted_at}.csv", _CHANGE,
            change_type=ChangeType("change_code", ("D",)),
        ),
        contract(
            "timed", "net_change", "ward__timed__{sender}.csv", _CHANGE, _CHANGED_AT,
            change_type=ChangeType("change_code", ("D",)), extracted_at_column="changed_at",
        ),
        contract("append", "append", "ward__append__{extracted_at}.csv"),
    )
}  # fmt: skip
AUGUST, SEPTEMBER, BOTH = ("20260801", "20260831"), ("20260901", "20260930"), ("20260801", "20260930")
IN_AUGUST, IN_SEPTEMBER = "2026-08-05", "2026-09-05"
PERIODS = (AUGUST, SEPTEMBER, BOTH, ("20260815", "20260915"))
DATES = (IN_AUGUST, "2026-08-25", IN_SEPTEMBER, "2026-09-25")


@dataclass(frozen=True)
class File:
    """A file of one extract: the day of its extract (with rows that have their own time, a number), and its lines."""

    table: str
    day: int
    lines: tuple[str, ...] = ()
    sender: str = "S1"
    period: tuple[str, str] = BOTH
    provider: str = field(default=OWN)

    @property
    def contract(self) -> Contract:
        """Its contract."""
        return CONTRACTS[self.table]

    @property
    def name(self) -> str:
        """Name of the file."""
        marks = {
            "{extracted_at}": f"202610{self.day:02}",
            "{sender}": f"N{self.day}" if self.table == "timed" else self.sender,
            "{period_start}": self.period[0],
            "{period_end}": self.period[1],
        }
        name = self.contract.file_pattern
        for mark, value in marks.items():
            name = name.replace(mark, value)
        return name

    @property
    def data(self) -> bytes:
        """Its content."""
        header = ",".join(column.header for column in self.contract.columns)
        return "\n".join([header, *(line.replace(OWN, self.provider) for line in self.lines), ""]).encode()


def line(
    table: str, key: object, ward: str = "A", on: str = DATES[0], change: str = "U", at: int = 1, bed: object = 1
) -> str:
    """Return one line; `at` is the day of its change where rows have their own time."""
    fields = [f"K{key}", OWN, ward, str(bed), on]
    fields += [change] * (table in {"change", "timed"}) + [f"2026-10-{at:02} 10:00"] * (table == "timed")
    return ",".join(fields)


def any_file(table: str, chance: random.Random, day: int) -> File:
    """Return a file of up to five rows: good, repeated, deleting, broken, broken so that the key cannot be read."""
    period = chance.choice(PERIODS)
    lines = tuple(_any_line(table, chance) for _ in range(chance.randint(0, 5)))
    return File(table, day, lines, chance.choice(("S1", "S2")), period)


def _any_line(table: str, chance: random.Random) -> str:
    good = line(
        table,
        chance.randint(1, 3),
        ward=chance.choice("AB"),
        on=chance.choice(DATES if table == "bulk" else DATES[:1]),
        change=chance.choice("UUD"),
        at=chance.randint(1, 4),
    )
    way = chance.randint(0, 9)
    if way == 0:
        return good.replace(",1,", ",x,")
    if way == 1:
        return good.rsplit(",", 1)[0]
    if way == 2:
        return good[2:]
    return good
