"""Take in what the sources delivered: bring it here, choose what was asked for, load it."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.errors import UsageError
from orchestration.extract import bring, folder, load
from orchestration.extract.contract import Contract
from orchestration.extract.data_types import ZONE
from orchestration.extract.folder import Arrival, Unmatched
from orchestration.extract.ledger import Delivery
from orchestration.extract.place import Place
from orchestration.settings import Settings


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

    def databases(self, contracts: Sequence[Contract]) -> list[Contract]:
        """Return the contracts whose databases to ask: what they give was extracted now, which days may leave out."""
        if self.first_day or self.last_day:
            return []
        return [contract for contract in contracts if self.source in {None, contract.source}]

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
    """What was taken in: a delivery for each file chosen; the files that no contract claims; what could not be had."""

    deliveries: tuple[Delivery, ...]
    unmatched: tuple[Unmatched, ...]
    problems: tuple[str, ...]

    @property
    def new(self) -> tuple[Delivery, ...]:
        """The deliveries that this intake recorded; the others were known."""
        return tuple(delivery for delivery in self.deliveries if delivery.is_new)


def take(
    settings: Settings,
    contracts: Sequence[Contract],
    takes: Callable[[Arrival], bool] = lambda _: True,
    *,
    databases_of: Sequence[Contract] = (),
    workers: int = 1,
    on_progress: load.OnProgress | None = None,
    on_news: Callable[[str], None] | None = None,
) -> Intake:
    """Load the files that `takes` chooses, those of a feed by their extract times, into tables that are prepared.

    Where the extracts lie in another place they are brought first, and the databases are asked of the contracts
    `databases_of`. A place or database that fails is a problem, and keeps nothing else from coming. Raises
    `ExtractError` when the folder is missing or our database fails; what was loaded before that stays.
    """
    asked = [contract for contract in contracts if contract.query is None or contract in databases_of]
    brought = bring.bring(settings, asked, on_progress=on_news)
    found = _match(brought.folders, contracts)
    chosen = [arrival for arrival in found.arrivals if takes(arrival)]
    deliveries = load.load_arrivals(settings, chosen, workers=workers, on_progress=on_progress)
    return Intake(deliveries, found.unmatched, brought.problems)


def _match(folders: Iterable[Path], contracts: Sequence[Contract]) -> folder.Match:
    """Match the files of several folders as if they lay in one."""
    found = [folder.match(one, contracts) for one in folders]
    return folder.match_files([one.path for each in found for one in (*each.arrivals, *each.unmatched)], contracts)


def extract_day(arrival: Arrival) -> date | None:
    """Return the local day on which the source extracted a file, where its name says so."""
    return arrival.extracted_at.astimezone(ZONE).date() if arrival.extracted_at else None


def stamps(settings: Settings, contracts: Sequence[Contract]) -> dict[str, str]:
    """Return, by name, the files that a contract claims where the extracts lie, and what changes when a file does.

    Raises `ExtractError` when the folder is missing or the place does not answer.
    """
    if settings.extracts_url is None:
        found = folder.match(settings.extracts, contracts)
        return {one.path.name: f"{one.path.stat().st_size} {one.path.stat().st_mtime_ns}" for one in found.arrivals}
    with closing(Place(settings)) as place:
        files = {file.name: f"{file.size} {file.stamp}" for file in place.files()}
    claimed = folder.match_files([Path(name) for name in files], contracts).arrivals
    return {one.path.name: files[one.path.name] for one in claimed}
