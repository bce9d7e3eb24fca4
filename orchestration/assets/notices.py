"""The weekly notices as a job of Dagster: what waits for each person, on Monday morning."""

import dagster as dg

from orchestration import settings
from orchestration.assets.faults import RETRY, told_once
from orchestration.notice import send


@dg.op(description="Count what waits for each person, and tell those for whom something does.", retry_policy=RETRY)
def send_notices(context: dg.OpExecutionContext) -> None:
    """Send what is left of this week's notices; each failure is logged, and the run fails at its end."""
    with told_once():
        context.log.info(send.send(settings.load(), on_news=context.log.warning))


@dg.job(description="Tell each person by e-mail what waits for them: counts and a link, once a week at most.")
def weekly_digest() -> None:
    """Send the notices of this week."""
    send_notices()


weekly = dg.ScheduleDefinition(
    name="weekly",
    job=weekly_digest,
    cron_schedule="0 7 * * 1",
    execution_timezone="Europe/London",
    description="Every Monday at seven: what waits for each person, by e-mail.",
)
