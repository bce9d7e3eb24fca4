"""The error that the synthetic trust raises at its boundary."""

from orchestration.errors import UsageError


class SyntheticError(UsageError):
    """A synthetic trust cannot be made as asked; the message says why and what to do."""
