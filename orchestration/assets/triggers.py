"""What starts a refresh: the job itself, the daily schedule, and the sensor on the place of the extracts."""

import dagster as dg

from orchestration import intake, settings
from orchestration.assets import announcement
from orchestration.assets.sightings import Sightings, run_key
from orchestration.errors import WarehouseError
from orchestration.extract import contracts

_UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(announcement.LEDGER),
    description="One full pass: load, check, transform, check, publish.",
)

daily = dg.ScheduleDefinition(
    name="daily",
    job=refresh,
    cron_schedule="0 5 * * *",
    execution_timezone="Europe/London",
    description="Every morning at five, after the night's extracts: all that lies there, and what databases hold.",
)


@dg.sensor(job=refresh, minimum_interval_seconds=60)
def new_extracts(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Start a refresh with the files that are new and have been still since the last look, a minute ago.

    A file that grows is looked at again, and holds back no other. While a refresh is under way, files gather for
    the next one.
    """
    try:
        found = intake.stamps(settings.load(), contracts.load())
    except WarehouseError as error:
        return dg.SkipReason(str(error))
    seen, still = Sightings.read(context.cursor).look(found)
    if not still:
        reason = "Files changed; waiting until they are still." if seen.moving else "No file is new."
        return dg.SensorResult(skip_reason=reason, cursor=seen.cursor)
    if context.instance.get_runs(dg.RunsFilter(job_name=refresh.name, statuses=_UNDER_WAY), limit=1):
        return dg.SensorResult(skip_reason="A refresh is under way: the next takes what is new.", cursor=seen.cursor)
    config = {"ops": {"load_extracts": {"config": {"files": sorted(still)}}}}
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=run_key(still), run_config=config)], cursor=seen.take(still).cursor
    )
