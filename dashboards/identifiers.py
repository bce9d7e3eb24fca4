"""Ids of assets, derived from their names: the same name is the same asset on every machine and every day."""

from typing import Literal
from uuid import UUID, uuid5

Kind = Literal["database", "dataset", "chart", "dashboard"]

NAMESPACE = UUID("5f0a9d0e-6a0b-5c55-9a54-6f1f0c7d2b11")
_OURS = 5


def identify(kind: Kind, name: str) -> UUID:
    """Return the id of the asset of this `kind` and `name`."""
    return uuid5(NAMESPACE, f"{kind}:{name}")


def is_ours(uuid: str) -> bool:
    """Tell whether an asset was made from a spec: derived ids are version 5, Superset draws version 4 at random."""
    return UUID(uuid).version == _OURS


def position(kind: str, *names: object) -> str:
    """Return the id of one part of a page's layout, unique within the page."""
    return f"{kind}-{uuid5(NAMESPACE, '/'.join(str(name) for name in names)).hex[:12]}"
