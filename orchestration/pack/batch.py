"""Packs of many clinicians at once: processes side by side, and each file appears when it is whole."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from orchestration import secret
from orchestration.pack import asked
from orchestration.pack.asked import Period
from orchestration.pack.errors import PackUsageError
from orchestration.pack.seal import KEY_FILE
from orchestration.postgres import connection
from orchestration.settings import Settings


@dataclass(frozen=True)
class Order:
    """One pack to be made: of whom, which months, which publication, and where the file is to be."""

    clinician: str
    period: Period
    publication_id: int | None
    out: Path


@dataclass(frozen=True)
class Made:
    """What became of an order: its file, or why there is none."""

    order: Order
    reason: str | None


def key(settings: Settings) -> bytes:
    """Return the key by which this installation signs; it is made the first time."""
    return secret.read_or_make(settings.secrets / KEY_FILE, 32).encode()


def file_name(code: str, period: Period) -> str:
    """Return the name of a pack's file."""
    return f"appraisal-{code}-{period.first:%Y-%m}-{period.last:%Y-%m}.pdf"


def make(settings: Settings, order: Order) -> Path:
    """Make one pack. Raises what `orchestration.pack.make.build` does, and `PackUsageError` where no file can be."""
    # ReportLab is not for those who only read the help.
    from orchestration.pack import make as maker  # noqa: PLC0415

    with connection.connect(settings) as owner:
        pdf = maker.build(
            owner, order.clinician, order.period.first, order.period.last, order.publication_id, key=key(settings)
        )
    try:
        _write(order.out, pdf)
    except OSError as error:
        raise PackUsageError(
            f"{order.out} cannot be written: {(error.strerror or 'no reason given').lower()}."
        ) from None
    return order.out


def orders(
    settings: Settings, department: str, period: Period, publication_id: int | None, folder: Path
) -> list[Order]:
    """Return an order for each clinician who held a post in the department, all of one publication."""
    asked.check_period(period)
    with connection.connect(settings) as owner:
        of = asked.publication(owner, publication_id)
        asked.covered(owner, of, period)
        people = asked.of_department(owner, of, department, asked.clinicians(owner, of, period))
    codes = [person["consultant_code"] or person["posts"][0] for person in people]
    return [Order(code, period, publication_id, folder / file_name(code.replace(":", "-"), period)) for code in codes]


def run(settings: Settings, wanted: list[Order], workers: int, on_made: Callable[[Made], None]) -> None:
    """Make all that is wanted by so many processes; `on_made` hears of each as it comes."""
    for made in _run(settings, wanted, workers):
        on_made(made)


def _run(settings: Settings, wanted: list[Order], workers: int) -> Iterator[Made]:
    # A process that is copied would share our connections: each begins anew.
    with ProcessPoolExecutor(max_workers=min(workers, len(wanted)), mp_context=get_context("spawn")) as pool:
        running = [pool.submit(_make, settings, order) for order in wanted]
        for done in as_completed(running):
            yield done.result()


def _make(settings: Settings, order: Order) -> Made:
    try:
        make(settings, order)
    except PackUsageError as error:
        return Made(order, str(error))
    return Made(order, None)


def _write(path: Path, pdf: bytes) -> None:
    """Write a file that its owner alone can read, and give it its name once it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pdf)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
