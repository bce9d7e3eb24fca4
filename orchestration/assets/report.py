"""The auditor's report at the end of a run: a run does not fail for a report that cannot be written."""

import logging

from orchestration.audit.report import end
from orchestration.errors import UsageError
from orchestration.settings import Settings


def write(settings: Settings, run_id: str, log: logging.Logger) -> None:
    """Write the report of a run, if it asked any gate; say in its log where it is, or why there is none."""
    try:
        log.info(f"The auditor's report: {end.write(settings, run_id)}")
    except UsageError:
        log.debug("This run asked no gate: nothing to report to the auditor.")
    except Exception as error:
        log.warning(f"The auditor's report was not written ({error}): `cpw audit report {run_id}` writes it.")
