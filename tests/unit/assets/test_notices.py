"""The schedule of the notices: Monday at seven where the hospital is, summer and winter, and off until switched on."""

from datetime import UTC, datetime

import dagster as dg

from orchestration.assets import notices


def test_schedule__ticks_on_mondays_at_seven_in_london_summer_and_winter() -> None:
    begin = datetime(2026, 10, 19, 8, tzinfo=UTC).timestamp()
    ticks = notices.weekly.execution_time_iterator(begin)
    # The clocks go back on 25 October 2026.
    assert [next(ticks).astimezone(UTC) for _ in range(2)] == [
        datetime(2026, 10, 26, 7, tzinfo=UTC),
        datetime(2026, 11, 2, 7, tzinfo=UTC),
    ]
    begin = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
    assert next(notices.weekly.execution_time_iterator(begin)).astimezone(UTC) == datetime(2026, 6, 1, 6, tzinfo=UTC)


def test_schedule__is_off_until_somebody_switches_it_on() -> None:
    assert notices.weekly.default_status == dg.DefaultScheduleStatus.STOPPED
    assert notices.weekly.job_name == "weekly_digest"
