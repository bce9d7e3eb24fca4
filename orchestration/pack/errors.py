"""What can go wrong with a pack, each in one sentence: what was asked for is not there, or a file is not whole."""

from orchestration.errors import UsageError, WarehouseError


class PackError(WarehouseError):
    """A pack cannot be made from what the database holds."""


class PackUsageError(UsageError):
    """What was asked for is not there: a clinician, a department, a period or a publication."""


class NotWholeError(WarehouseError):
    """A file is no pack, or not the one that was made."""
