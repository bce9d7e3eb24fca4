"""Days of the synthetic trust: data years, bank holidays, seasons. A day is a count of days since 1970-01-01."""

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
import numpy as np

EPOCH = date(1970, 1, 1).toordinal()
NEVER = 2**30
MINUTES_A_DAY = 1440
# Christmas and August: how much of the planned work goes on.
QUIET_MONTH = {8: 0.88, 12: 0.90}


@dataclass(frozen=True)
class DataYear:
    """Twelve months of data: number from 0, first and last day."""

    number: int
    start: int
    end: int


def day_of(value: date) -> int:
    """Days from 1970-01-01 to `value`."""
    return value.toordinal() - EPOCH


def date_of(day: int) -> date:
    """Inverse of `day_of`."""
    return date.fromordinal(int(day) + EPOCH)


def data_years(end_on: date, years: int) -> tuple[DataYear, ...]:
    """The `years` data years up to the last month that is complete on `end_on`."""
    next_day = end_on + timedelta(days=1)
    end = end_on if next_day.day == 1 else end_on.replace(day=1) - timedelta(days=1)
    first = end + timedelta(days=1)
    starts = [day_of(first.replace(year=first.year - years + number)) for number in range(years + 1)]
    return tuple(DataYear(n, starts[n], starts[n + 1] - 1) for n in range(years))


def first_of_month(day: int) -> int:
    """First day of the month of `day`."""
    return day_of(date_of(day).replace(day=1))


def month_ends(year: DataYear) -> list[int]:
    """Last day of each month of `year`."""
    days = np.arange(year.start + 1, year.end + 2)
    return [int(day) - 1 for day in days if date_of(int(day)).day == 1]


def weekday(days: np.ndarray) -> np.ndarray:
    """Monday 0 to Sunday 6."""
    return (days + 3) % 7


def month(days: np.ndarray) -> np.ndarray:
    """Month of the year, 1 to 12."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12 + 1


@lru_cache
def bank_holidays(first_year: int, last_year: int) -> np.ndarray:
    """Days of the bank holidays of England."""
    found = holidays.country_holidays("GB", subdiv="ENG", years=range(first_year, last_year + 1))
    return np.array(sorted(day_of(day) for day in found), dtype=np.int32)


def is_working(days: np.ndarray) -> np.ndarray:
    """Whether planned work goes on: a weekday, no bank holiday."""
    if not len(days):
        return np.zeros(0, dtype=bool)
    years = date_of(days.min()).year, date_of(days.max()).year
    return (weekday(days) < 5) & ~np.isin(days, bank_holidays(*years))


def is_winter(days: np.ndarray) -> np.ndarray:
    """December to February."""
    return np.isin(month(days), (12, 1, 2))


def emergency_weights(days: np.ndarray, winter: float) -> np.ndarray:
    """How many emergencies come on each day, relatively: most on Mondays, fewest at weekends, more in winter."""
    by_weekday = np.array([1.12, 1.05, 1.02, 1.01, 1.04, 0.90, 0.86])[weekday(days)]
    # Peak in mid January: `winter` is the rise there and the fall in mid July.
    return by_weekday * (1 + winter * np.cos(2 * np.pi * (days % 365.25 - 15) / 365.25))


def planned_share(days: np.ndarray) -> np.ndarray:
    """Share of planned sessions that are held in the month of each day."""
    share = np.ones(13)
    for number, value in QUIET_MONTH.items():
        share[number] = value
    return share[month(days)]


def stream(seed: int, name: str, number: int = 0) -> np.random.Generator:
    """Random numbers of one part of the trust in one year: other parts do not change them."""
    return np.random.default_rng([seed, number, zlib.crc32(name.encode())])
