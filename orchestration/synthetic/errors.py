"""The error that the synthetic trust raises at its boundary."""


class SyntheticError(RuntimeError):
    """A synthetic trust cannot be made as asked; the message says why and what to do."""
