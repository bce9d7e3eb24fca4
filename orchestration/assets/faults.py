"""Which faults pass by themselves: these are tried again after a while, all others are told at once."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import psycopg

from orchestration.postgres.connection import DatabaseError

# A database that restarts is back within a minute; a place that does not answer, within some. With jitter, so that
# two that failed together do not come back together: about 15, 45 and 105 seconds.
RETRY = dg.RetryPolicy(max_retries=3, delay=15, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
PASSING: tuple[type[BaseException], ...] = (
    DatabaseError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    ConnectionError,
    TimeoutError,
)


@contextmanager
def told_once() -> Iterator[None]:
    """Let a passing fault go on to the retry policy; turn any other into a failure that is not tried again."""
    try:
        yield
    except dg.Failure:
        raise
    except Exception as error:
        if passes(error):
            raise
        raise dg.Failure(str(error), allow_retries=False) from error


def passes(error: BaseException) -> bool:
    """Tell whether `error`, or what caused it, is a fault that may be gone when it is tried again."""
    causes: BaseException | None = error
    while causes is not None:
        if isinstance(causes, PASSING):
            return True
        causes = causes.__cause__
    return False
