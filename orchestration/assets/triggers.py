"""What starts a refresh: the job itself, the daily schedule, and the sensor on the folder of extracts."""

import json

import dagster as dg

from orchestration import settings

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    description="One full pass: load, check, transform, check, publish.",
)

daily = dg.ScheduleDefinition(
    name="daily",
    job=refresh,
    cron_schedule="0 5 * * *",
    execution_timezone="Europe/London",
    description="Every morning at five, after the night's extracts.",
)


@dg.sensor(job=refresh, minimum_interval_seconds=60)
def new_extracts(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Start a refresh when the files in the folder of extracts changed and have been still since the last look."""
    folder = settings.load().extracts
    if not folder.is_dir():
        return dg.SkipReason(f"There is no folder of extracts at {folder}.")
    files = {f.name: [f.stat().st_size, f.stat().st_mtime_ns] for f in sorted(folder.iterdir()) if f.is_file()}
    now = json.dumps(files)
    before = json.loads(context.cursor) if context.cursor else {"seen": "", "started": ""}
    if now == before["started"]:
        return dg.SkipReason("No file is new.")
    if now != before["seen"]:
        # A file may still be growing: look once more before it is read.
        return dg.SensorResult(
            skip_reason="Files changed; waiting until they are still.",
            cursor=json.dumps({**before, "seen": now}),
        )
    return dg.SensorResult(
        run_requests=[dg.RunRequest()],
        cursor=json.dumps({"seen": now, "started": now}),
    )
