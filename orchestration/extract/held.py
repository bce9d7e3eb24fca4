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
    """Copy `file`, readable by its owner only, unless that was done before or it is the copy itself."""
    copy = path(settings, delivery)
    if copy.exists():
        return
    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = copy.with_name(f".{copy.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target, file.open("rb") as source:
        shutil.copyfileobj(source, target)
    with draft.open("rb") as copied:
        is_the_same = read.digest(copied) == delivery.file_digest
    # What came in its place since is a delivery of its own.
    draft.replace(copy) if is_the_same else draft.unlink()


def forget(settings: Settings, delivery: Delivery) -> None:
    """Remove the copy of a file about which somebody decided."""
    shutil.rmtree(path(settings, delivery).parent, ignore_errors=True)
