"""What a refresh says while it runs: a line for each step and table, from Dagster's own events."""

import logging
import sys
import time

import dagster as dg

# Steps of dbt, whose every line is told as an event already.
_TALKATIVE = {"build_models", "build_shown"}


class ProgressHandler(logging.Handler):
    """Turns Dagster's events into lines: what begins, what is done (how many of how many), what failed."""

    def __init__(self, total: int) -> None:
        super().__init__(logging.DEBUG)
        self._total, self._done, self._began = total, 0, time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Say what happened, if it is worth a line."""
        details = getattr(record, "dagster_meta", {})
        event: dg.DagsterEvent | None = details.get("dagster_event")
        if event is None:
            if record.levelno in {logging.INFO, logging.WARNING} and details.get("step_key") not in _TALKATIVE:
                self._line(str(details.get("orig_message", "")))
        elif event.event_type_value == "ASSET_MATERIALIZATION" and event.asset_key:
            self._done += 1
            self._line(f"{self._done:>4}/{self._total} {'.'.join(event.asset_key.path)}")
        elif event.event_type_value == "STEP_START":
            self._line(f"{event.step_key} ...")
        elif event.event_type_value == "STEP_UP_FOR_RETRY":
            self._line(f"{event.step_key} will be tried again")
        elif event.event_type_value == "STEP_FAILURE":
            self._line(f"{event.step_key} FAILED")

    def _line(self, text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self._began:7.1f} s  {text}\n")
        sys.stderr.flush()


@dg.logger(config_schema={"total": int})
def progress(context: dg.InitLoggerContext) -> logging.Logger:
    """Return the logger that a refresh from the command line uses; `total` is the number of assets to come."""
    logger = logging.Logger("progress", level=logging.DEBUG)
    logger.addHandler(ProgressHandler(context.logger_config["total"]))
    return logger
