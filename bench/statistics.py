"""How long the statistics of a large trust take: 1,000 clinicians, 40 measures, 120 months, no database in between."""

import time

import numpy as np
import pandas as pd

from orchestration.comparison.declaration import RECENT_MONTHS
from orchestration.statistics import change, figures
from orchestration.statistics.figures import Measure

CLINICIANS, TEAM, MONTHS, WINDOW = 1_000, 17, 120, 12
# As the measures of the house are: proportions, means, outcomes with a case-mix model, activities.
MEASURES = (
    (16, Measure("decrease", "binomial", 10)),
    (14, Measure("decrease", "mean", 10)),
    (4, Measure("decrease", "binomial", 10, "logistic")),
    (2, Measure("decrease", "mean", 10, "log_mean", 5.0)),
    (4, Measure("neutral", "none", 0)),
)


def panel(measure: Measure, rng: np.random.Generator) -> pd.DataFrame:
    """Return the months of every clinician for one measure."""
    count = CLINICIANS * MONTHS
    denominator = rng.integers(5, 60, count).astype(float)
    is_event = measure.method == "binomial"
    numerator = rng.binomial(denominator.astype(int), 0.1) if is_event else denominator * rng.gamma(4, 5, count)
    unit = np.repeat(np.arange(CLINICIANS), MONTHS)
    rows = pd.DataFrame(
        {
            "unit": unit,
            "level": 0,
            "team": unit // TEAM,
            "month": np.tile(np.arange(MONTHS), CLINICIANS),
            "numerator": numerator.astype(float),
            "denominator": denominator,
            "is_individual": True,
            "is_peer": True,
            "is_whole": True,
            "is_trusted": True,
        }
    )
    rows["value"] = rows["numerator"] / rows["denominator"]
    for name in ("numerator", "denominator"):
        total = rows[name].to_numpy().reshape(CLINICIANS, MONTHS).cumsum(axis=1)
        before = np.pad(total, ((0, 0), (WINDOW, 0)))[:, :MONTHS]
        rows[f"{name}_12m"] = (total - before).ravel()
    rows["value_12m"] = rows["numerator_12m"] / rows["denominator_12m"]
    rows["record_count_12m"] = rows["denominator_12m"].astype(int)
    mean = 0.1 if is_event else 20.0
    rows["expected"] = denominator * mean if measure.case_mix_model else np.nan
    return rows


def main() -> None:
    """Print the seconds of each kind of measure, and of all."""
    rng = np.random.default_rng(1)
    total = 0.0
    for count, measure in MEASURES:
        seconds = []
        for _ in range(min(count, 2)):
            rows = panel(measure, rng)
            began = time.perf_counter()
            figures.describe(rows, measure)
            recent = rows[rows["month"] >= MONTHS - RECENT_MONTHS]
            change.step(recent["value"], recent["unit"], weight=recent["denominator"])
            seconds.append(time.perf_counter() - began)
        total += count * min(seconds)
        kind = f"{measure.method}{', ' + measure.case_mix_model if measure.case_mix_model else ''}"
        print(f"{kind:<22} {min(seconds):6.2f} s a measure of {CLINICIANS * MONTHS:,} figures, {count} measures")
    print(f"{'all':<22} {total:6.1f} s for {sum(count for count, _ in MEASURES)} measures")


if __name__ == "__main__":
    main()
