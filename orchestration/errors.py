"""The family of our own errors: each says in one sentence what happened, where, and what to do."""


class WarehouseError(RuntimeError):
    """Something could not be done; the message is for the user, and a command ends with `exit_code`."""

    exit_code = 1


class UsageError(WarehouseError):
    """What was asked for cannot be done as asked: a folder that is not there, a setting that cannot be used."""

    exit_code = 2
