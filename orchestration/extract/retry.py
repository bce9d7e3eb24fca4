"""Try again what fails in passing, such as a line that breaks: four attempts, with about ten seconds of waits."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

ATTEMPTS = 4
# Seconds before the second attempt; each later one waits twice as long as the one before.
FIRST_WAIT = 1.5


def retry(call: Callable[[], Result], is_passing: Callable[[Exception], bool]) -> Result:
    """Return what `call` gives; call it again, after a wait, where it fails with what `is_passing` takes for that.

    Raises what the last attempt raised. Waits are of random length up to a bound, so that many do not knock at once.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return call()
        except Exception as error:
            if not is_passing(error):
                raise
        time.sleep(FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.5, 1.0))  # noqa: S311 - nothing secret
    return call()
