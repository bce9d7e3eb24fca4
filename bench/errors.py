"""What can go wrong while measuring."""

from orchestration.errors import WarehouseError


class BenchError(WarehouseError):
    """A measurement could not be made, or measured something else than it should."""
