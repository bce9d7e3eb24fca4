"""The files of held deliveries: a copy of each is kept until somebody decides, since sources clear their folders."""

import os
import shutil
from pathlib import Path

from orchestration.extract import read
from orchestration.extract.ledger import Delivery
from orchestration.settings import Settings


def path(settings: Settings, delivery: Delivery) -> Path:
    """Return where the copy of a held file lies; its name is the file's own, which says what it is."""
    return settings.home / "held" / str(delivery.delivery_id) / delivery.file_name


def keep(settings: Settings, delivery: Delivery, file: Path) -> None:
    """Copy `file`, readable by its owner only, unless that was done before."""
    copy = path(settings, delivery)
    if _is_of(copy, delivery):
        return
    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = copy.with_name(f".{copy.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target, file.open("rb") as source:
        shutil.copyfileobj(source, target)
    # What came in its place since is a delivery of its own.
    draft.replace(copy) if _is_of(draft, delivery) else draft.unlink()


def forget(settings: Settings, delivery: Delivery) -> None:
    """Remove the copy of a file about which somebody decided."""
    shutil.rmtree(path(settings, delivery).parent, ignore_errors=True)


def _is_of(file: Path, delivery: Delivery) -> bool:
    """Tell whether `file` holds what was delivered."""
    if not file.exists():
        return False
    with file.open("rb") as opened:
        return read.digest(opened) == delivery.file_digest
