"""Errors of this room: each message is one sentence that says what is wrong, where, and what to do."""


class SpecError(ValueError):
    """A spec of a dataset, chart, dashboard or role is not one that we can compile."""


class DeployError(RuntimeError):
    """The dashboards could not be deployed."""
