"""Take in what the sources delivered: bring it here, choose what was asked for, load it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from orchestration.errors import UsageError
from orchestration.extract import folder, load
from orchestration.extract.contracts import Contract
from orchestration.extract.data_types import ZONE
from orchestration.extract.folder import Arrival, Unmatched
from orchestration.extract.ledger import Delivery
from orchestration.settings import Settings

OnProgress = Callable[[load.Progress], None]


@dataclass(frozen=True)
class Choice:
    """Which files to load; one that says nothing takes all. Days are local, the last one included."""

    source: str | None = None
    first_day: date | None = None
    last_day: date | None = None

    def check(self, contracts: Sequence[Contract]) -> None:
        """Raise `UsageError` where nothing can be meant: a source that no contract names, days the wrong way round."""
        sources = sorted({contract.source for contract in contracts})
        if self.source is not None and self.source not in sources:
            raise UsageError(f"No contract is of the source {self.source!r}: name one of {', '.join(sources)}.")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise UsageError(
                f"The last day, {self.last_day}, is before the first, {self.first_day}: give the earlier first."
            )

    def takes(self, arrival: Arrival) -> bool:
        """Tell whether `arrival` is of the source and was extracted on one of the days.

        A file that says only within when it was extracted belongs to no day.
        """
        if self.source not in {None, arrival.contract.source}:
            return False
        if self.first_day is None and self.last_day is None:
            return True
        day = extract_day(arrival)
        return day is not None and (self.first_day or day) <= day <= (self.last_day or day)


@dataclass(frozen=True)
class Intake:
    """What was taken in: one delivery for each file chosen, and the files that no contract claims."""

    deliveries: tuple[Delivery, ...]
    unmatched: tuple[Unmatched, ...]

    @property
    def new(self) -> tuple[Delivery, ...]:
        """The deliveries that this intake recorded; the others were known."""
        return tuple(delivery for delivery in self.deliveries if delivery.is_new)


def take(
    settings: Settings,
    contracts: Sequence[Contract],
    takes: Callable[[Arrival], bool] = Choice().takes,
    *,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> Intake:
    """Load the files that `takes` chooses, in the order of their extract times, into tables that are prepared.

    Raises `ExtractError` when the place of the extracts is missing or does not answer, or the database fails; what was
    loaded before that stays.
    """
    found = folder.match(settings.extracts, contracts)
    chosen = [arrival for arrival in found.arrivals if takes(arrival)]
    return Intake(load.load_arrivals(settings, chosen, workers=workers, on_progress=on_progress), found.unmatched)


def extract_day(arrival: Arrival) -> date | None:
    """Return the local day on which the source extracted a file, where its name says so."""
    return arrival.extracted_at.astimezone(ZONE).date() if arrival.extracted_at else None


def stamps(settings: Settings, contracts: Sequence[Contract]) -> dict[str, str]:
    """Return, by name, the files that a contract claims where the extracts lie, and what changes when a file does."""
    found = folder.match(settings.extracts, contracts)
    return {one.path.name: f"{one.path.stat().st_size} {one.path.stat().st_mtime_ns}" for one in found.arrivals}
