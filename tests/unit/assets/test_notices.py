"""The schedule of the notices: Monday at seven where the hospital is, summer and winter, and off until switched on."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
from dagster._utils.schedules import schedule_execution_time_iterator

from orchestration.assets import notices


def ticks(begin: datetime) -> Iterator[datetime]:
    """When Dagster starts the job from a moment on."""
    schedule = notices.weekly
    found = schedule_execution_time_iterator(
        begin.timestamp(), schedule.cron_schedule, schedule.execution_timezone, ascending=True
    )
    return (tick.astimezone(UTC) for tick in found)


def test_schedule__ticks_on_mondays_at_seven_in_london_summer_and_winter() -> None:
    before_the_clocks_go_back = ticks(datetime(2026, 10, 18, tzinfo=UTC))
    assert [next(before_the_clocks_go_back) for _ in range(2)] == [
        datetime(2026, 10, 19, 6, tzinfo=UTC),
        datetime(2026, 10, 26, 7, tzinfo=UTC),
    ]


def test_schedule__is_off_until_somebody_switches_it_on() -> None:
    assert notices.weekly.default_status == dg.DefaultScheduleStatus.STOPPED
    assert notices.weekly.job_name == "weekly_digest"
