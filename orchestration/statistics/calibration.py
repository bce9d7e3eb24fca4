"""Whether expected values hold: calibration, discrimination and drift of a case-mix model."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betaincinv, logit

from orchestration.errors import WarehouseError
from orchestration.statistics.glm import CASE_SUMS, Family, GroupedFit, fit_grouped, pearson, squared_error

_95 = 1.959963984540054
_99_8 = 3.090232306167813
# Normal limits of a sum do not hold for fewer expected; for a quantity, for fewer cases.
_FEWEST = 10
_WINDOW = 12


class CalibrationError(WarehouseError):
    """Expected values that cannot be compared with what was observed."""


@dataclass(frozen=True)
class Calibration:
    """How expected values hold over all cases; what cannot be known is not a number.

    `intercept` is 0 where as much is expected as observed: on the scale of the link, above 0 too little is expected
    (calibration-in-the-large). `slope` is 1 where expected values are as far apart as they should be; under 1 they are
    too far apart, as of a model that learned noise. Both have 95 % intervals. `c_statistic` is the chance that a case
    with the event had a higher expected value than one without (ties count half), `brier` the mean squared error,
    `scaled_brier` 1 less its ratio to that of the overall rate; they are of `logistic` alone. `r_squared` is 1 less the
    ratio of squared errors to those of the overall mean, over cases. `tenths` is of cases in the order of what was
    expected: `tenth` (1 to 10), `case_count`, `outcome_sum`, `expected_sum`, `observed` and `expected` (per case) and
    the 95 % interval `lower`, `upper` of the observed: exact (Clopper & Pearson 1934) of a share, normal of a mean.
    """

    family: Family
    case_count: float
    outcome_sum: float
    expected_sum: float
    intercept: float
    intercept_lower: float
    intercept_upper: float
    slope: float
    slope_lower: float
    slope_upper: float
    c_statistic: float
    brier: float
    scaled_brier: float
    r_squared: float
    tenths: pd.DataFrame


def calibrate(judged: pd.DataFrame, *, family: Family) -> Calibration:
    """Return how `expected` (of one case, out of fold) compares with what was observed.

    `judged` has `expected`, `case_count`, `outcome_sum`, and `outcome_square_sum` for `log_mean`; rows of any grain,
    such as `CaseMixModel.expected`. Cases with the same expected value are in one tenth: there may be fewer than ten.

    Source: Cox, Biometrika 1958;45:562-5 (intercept with the logit of expected as offset, slope with it as the only
    term); Steyerberg et al., Epidemiology 2010;21:128-38 (scaled Brier score). Intervals are Wald's and take cases as
    independent. Raises `CalibrationError` for a missing column, no cases, or an expected value that none can have.
    """
    at = _by_expected(judged, family)
    mean, total, outcome = at["expected"].to_numpy(), float(at["case_count"].sum()), float(at["outcome_sum"].sum())
    intercept, slope = _in_the_large(at, family, _95), _slope(at, family, _95)
    error = squared_error(at, mean).sum() / total
    spread = squared_error(at, np.full(len(at), outcome / total)).sum() / total
    share = 1 - error / spread if spread > 0 else np.nan
    is_logistic = family == "logistic"
    return Calibration(
        family=family,
        case_count=total,
        outcome_sum=outcome,
        expected_sum=float((at["case_count"] * mean).sum()),
        intercept=intercept[0],
        intercept_lower=intercept[1],
        intercept_upper=intercept[2],
        slope=slope[0],
        slope_lower=slope[1],
        slope_upper=slope[2],
        c_statistic=_c_statistic(at) if is_logistic else np.nan,
        brier=float(error) if is_logistic else np.nan,
        scaled_brier=float(share) if is_logistic else np.nan,
        r_squared=float(share),
        tenths=_tenths(at, family),
    )


def drift(judged: pd.DataFrame, *, family: Family) -> pd.DataFrame:
    """Return observed and expected by month and over the 12 months up to each, and whether the model has drifted.

    `judged` is as for `calibrate`, with `month_on` (any day of the month). The frame has a row for every month from the
    first to the last: `month_on` (its first day), `case_count`, `outcome_sum`, `expected_sum`, `variance_sum`, and from
    the twelfth on the same of 12 months (`observed_12`, `expected_12`, `variance_12`), their `ratio` with the 99.8 %
    limits `lower` and `upper` round 1, and `z` = (observed - expected) / root of the variance. The variance of a case
    is p (1 - p) for `logistic`; for `log_mean` the expected value times Pearson's statistic per case of all months.

    `attrs["alarm"]`: over the last 12 months `ratio` is beyond its limits, or the 99.8 % interval of the slope (see
    `Calibration`) does not hold 1. With fewer than 12 months, or in them fewer than 10 expected events or non-events
    (for `log_mean`, cases), nothing can be told and there is no alarm. `attrs["reason"]` says it in a sentence;
    `slope`, `slope_lower` and `slope_upper` are of the last 12 months.

    An alarm asks for a look at the model, not at anybody. Months of which outcomes are not yet complete are the
    caller's to leave out. Raises `CalibrationError` as `calibrate` does.
    """
    if "month_on" not in judged.columns:
        raise CalibrationError("The expected values have no column month_on.")
    at = _by_expected(judged.assign(month=pd.to_datetime(judged["month_on"]).dt.to_period("M")), family, "month")
    mean = at["expected"].to_numpy()
    each = 1 - mean if family == "logistic" else pearson(at, mean) / at["case_count"].sum()
    at["expected_sum"] = at["case_count"] * mean
    at["variance_sum"] = at["expected_sum"] * each
    months = pd.period_range(at["month"].min(), at["month"].max(), freq="M")
    frame = at.groupby("month")[["case_count", "outcome_sum", "expected_sum", "variance_sum"]].sum()
    frame = frame.reindex(months, fill_value=0.0)
    # Sums that come and go leave crumbs in a running sum; twelve months are summed anew each time.
    for name, of in (("observed", "outcome_sum"), ("expected", "expected_sum"), ("variance", "variance_sum")):
        frame[f"{name}_12"] = sum(frame[of].shift(back) for back in range(_WINDOW))
    width = _99_8 * np.sqrt(frame["variance_12"]) / frame["expected_12"]
    frame["ratio"] = frame["observed_12"] / frame["expected_12"]
    frame["lower"], frame["upper"] = (1 - width).clip(lower=0), 1 + width
    frame["z"] = (frame["observed_12"] - frame["expected_12"]) / np.sqrt(frame["variance_12"])
    frame = frame.rename_axis("month_on").reset_index()
    frame["month_on"] = frame["month_on"].dt.to_timestamp()
    frame.attrs = _told(frame, at[at["month"] > months[-1] - _WINDOW], family)
    return frame


def _told(frame: pd.DataFrame, last: pd.DataFrame, family: Family) -> dict[str, object]:
    """Return the alarm and its reason; `last` are the cases of the last 12 months."""
    slope, lower, upper = _slope(last, family, _99_8)
    told = {"slope": slope, "slope_lower": lower, "slope_upper": upper, "alarm": False}
    if len(frame) < _WINDOW:
        return {
            **told,
            "reason": f"There are {len(frame)} months; it takes {_WINDOW} to tell whether the model drifts.",
        }
    now, cases = frame.iloc[-1], last["case_count"].sum()
    enough = min(now["expected_12"], cases - now["expected_12"]) if family == "logistic" else cases
    until = f"In the 12 months to {now['month_on']:%B %Y}"
    if enough < _FEWEST:
        return {**told, "reason": f"{until} there are too few cases to tell whether the model drifts."}
    reasons = []
    if not now["lower"] <= now["ratio"] <= now["upper"]:
        reasons.append(
            f"the ratio of observed to expected is {now['ratio']:.2f}, beyond its 99.8 % limits "
            f"{now['lower']:.2f} to {now['upper']:.2f}"
        )
    if lower > 1 or upper < 1:
        reasons.append(f"the slope is {slope:.2f} (99.8 % interval {lower:.2f} to {upper:.2f}), away from 1")
    if not reasons:
        return {**told, "reason": f"{until} observed and expected agree: the ratio is {now['ratio']:.2f}."}
    return {
        **told,
        "alarm": True,
        "reason": f"{until} {' and '.join(reasons)}: look at what changed before anybody is compared by it.",
    }


def _by_expected(judged: pd.DataFrame, family: Family, *also: str) -> pd.DataFrame:
    """Return the sums of cases with the same expected value, in its order, whatever the order of rows."""
    sums = [name for name in CASE_SUMS if family == "log_mean" or name != "outcome_square_sum"]
    if missing := [name for name in ["expected", *sums] if name not in judged.columns]:
        raise CalibrationError(f"The expected values have no column {missing[0]}.")
    # A database gives sums of whole numbers as decimals.
    rows = judged[[*also, "expected", *sums]].assign(**{name: pd.to_numeric(judged[name]) for name in sums})
    rows = rows[rows["case_count"] > 0].sort_values([*also, "expected", *sums])
    if rows.empty:
        raise CalibrationError("There are no cases to compare with what was expected.")
    if not (rows["expected"] > 0).all() or (family == "logistic" and not (rows["expected"] < 1).all()):
        raise CalibrationError("An expected value is missing or out of range: above 0, and of an event below 1.")
    at = rows.groupby([*also, "expected"], as_index=False)[sums].sum()
    # The square of an outcome of 0 or 1 is itself.
    return at if family == "log_mean" else at.assign(outcome_square_sum=at["outcome_sum"])


def _in_the_large(at: pd.DataFrame, family: Family, z: float) -> tuple[float, float, float]:
    fit = fit_grouped(family, at, np.ones((len(at), 1)), _link(at, family))
    return _interval(fit, 0, z)


def _slope(at: pd.DataFrame, family: Family, z: float) -> tuple[float, float, float]:
    if at["expected"].nunique() < 2:
        return np.nan, np.nan, np.nan
    return _interval(fit_grouped(family, at, np.column_stack([np.ones(len(at)), _link(at, family)])), 1, z)


def _link(at: pd.DataFrame, family: Family) -> np.ndarray:
    expected = at["expected"].to_numpy()
    return logit(expected) if family == "logistic" else np.log(expected)


def _interval(fit: GroupedFit, place: int, z: float) -> tuple[float, float, float]:
    if not fit.converged:
        return np.nan, np.nan, np.nan
    estimate, width = float(fit.coefficients[place]), z * float(fit.standard_errors[place])
    return estimate, estimate - width, estimate + width


def _c_statistic(at: pd.DataFrame) -> float:
    """Return the share of pairs of an event and a non-event in which the event has the higher expected value."""
    events, others = at["outcome_sum"].to_numpy(), (at["case_count"] - at["outcome_sum"]).to_numpy()
    pairs = events.sum() * others.sum()
    return float((events * (np.cumsum(others) - others / 2)).sum() / pairs) if pairs else np.nan


def _tenths(at: pd.DataFrame, family: Family) -> pd.DataFrame:
    """Return sums by tenth; cases with one expected value are in the tenth of their middle."""
    middle = at["case_count"].cumsum() - at["case_count"] / 2
    tenth = np.ceil(10 * middle / at["case_count"].sum()).astype(int).rename("tenth")
    sums = at.assign(expected_sum=at["case_count"] * at["expected"])[[*CASE_SUMS, "expected_sum"]].groupby(tenth).sum()
    count, outcome = sums["case_count"], sums["outcome_sum"]
    sums["observed"], sums["expected"] = outcome / count, sums["expected_sum"] / count
    if family == "logistic":
        # At no event and at nothing but events the beta distribution has no such quantile; the limit is 0 or 1.
        sums["lower"] = np.where(outcome > 0, betaincinv(outcome, count - outcome + 1, 0.025), 0.0)
        sums["upper"] = np.where(outcome < count, betaincinv(outcome + 1, count - outcome, 0.975), 1.0)
    else:
        variance = (sums["outcome_square_sum"] - outcome**2 / count) / (count - 1).where(count > 1)
        width = _95 * np.sqrt(variance.clip(lower=0) / count)
        sums["lower"], sums["upper"] = sums["observed"] - width, sums["observed"] + width
    return sums.drop(columns="outcome_square_sum").reset_index()
