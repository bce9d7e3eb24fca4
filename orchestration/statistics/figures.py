"""All statistics of one measure at once: trend, fair comparison, reliability and state of each unit and month."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from orchestration.statistics import funnel, means, reliability, spc, state

Comparison = Literal["binomial", "mean", "none"]
# Fewer peers could be recognised, and do not tell by how much such units differ anyway.
FEWEST_PEERS = 5
WINDOW = 12
_LIMITS = ("lower_95", "upper_95", "lower_998", "upper_998")
_ESTIMATE = {"shrunk": "estimate", "shrunk_lower": "estimate_lower", "shrunk_upper": "estimate_upper"}


@dataclass(frozen=True)
class Measure:
    """What statistics ask of a measure: direction, kind of comparison, model of its patients and target, if any."""

    direction: str
    method: Comparison
    minimum_denominator: float
    case_mix_model: str | None = None
    dispersion: float = 1.0
    target: float | None = None


def describe(rows: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Return the statistics of each row of one measure, on the index of `rows`.

    A row is a month of a unit, the months of a unit together and in order, without gaps. It has `unit` (whole numbers
    from 0, in order), `level` and `team` (numbers; units of one level, and individuals of one team, are peers),
    `month` (number), `value`, `numerator`, `denominator` (of the month), `numerator_12m`, `denominator_12m`,
    `value_12m`, `record_count_12m`, `segment` (grows where limits are calculated anew), `expected` (sum of the month;
    NaN where no model speaks), `is_individual`, `is_peer` (it stands for somebody, and not for others who are there
    too), `is_whole` (the month has ended, and all its outcomes are known) and `is_trusted` (nothing of its data is
    held). What is not shown is missing, and not used.

    The columns returned are those of the mart `performance_statistic`, but for its keys.

    * Trend: natural process limits of the unit's own whole months (`spc.panel`), each segment for itself, told where
      these make limits,
      and whether they pass the measure's target (`spc.assurance`). Of individuals points beyond the limits alone are
      told.
    * Comparison over 12 months, by month, of units with the measure's minimum of records, from five on. With a case-mix
      model, the units of a level are held against what was expected of their patients (target 1): Poisson limits of
      events, or a mean whose variance is the model's dispersion / expected. Without one only individuals are compared,
      within their team: other units differ in their patients. Over-dispersion is allowed for (`consistent`).
    * Reliability and the empirical-Bayes estimate among those that are compared (beta-binomial, gamma-Poisson, normal).
    * The state in words (`state.of`).
    """
    told = pd.DataFrame(index=rows.index)
    told["n"] = rows["record_count_12m"]
    told["is_whole"] = rows["is_whole"]
    segment = rows[["unit", "segment"]].ne(rows[["unit", "segment"]].shift()).any(axis=1).cumsum() - 1
    trend = spc.panel(
        rows["value"].where(rows["is_whole"]).to_numpy(), segment.to_numpy(), np.full(len(rows), measure.direction)
    )
    trend.index = rows.index
    has_trend = trend["has_limits"]
    told["trend_method"] = np.where(has_trend, "xmr", None)
    for name in ("mean", "lower", "upper", "rule", "point"):
        told[f"trend_{name}"] = trend[name].where(has_trend)
    # Of an individual's months one of twenty meets a rule by chance: those beyond the limits alone are told.
    is_told = ~rows["is_individual"] | trend["rule"].isin(["outside limits", "common cause"])
    told["trend_point"] = told["trend_point"].where(is_told | told["trend_point"].isna(), "common")
    limits = (told["trend_lower"].to_numpy(), told["trend_upper"].to_numpy())
    told["trend_assurance"] = spc.assurance(*limits, measure.direction, measure.target)
    told["expected_12m"] = _rolling(rows["expected"], rows["unit"]).where(rows["numerator_12m"].notna())
    compared = _comparison(rows, told["expected_12m"], measure)
    told = told.join(compared)
    has_comparison = told["comparison_method"].notna()
    told["comparison_method"] = told["comparison_method"].where(has_comparison, None)
    answers = state.of(
        pd.DataFrame(
            {
                "is_trusted": rows["is_whole"] & rows["is_trusted"],
                "is_individual": rows["is_individual"],
                "is_comparable": measure.method != "none",
                "has_comparison": has_comparison,
                "flag": told.pop("flag").astype(object).fillna(""),
                "is_reliable": told["reliability"].ge(state.RELIABILITY_BAR),
                "has_trend": has_trend,
                "rule": trend["rule"],
                "point": trend["point"],
            },
            index=rows.index,
        ),
        direction=measure.direction,
    )
    return told.join(answers)


def _rolling(value: pd.Series, unit: pd.Series) -> pd.Series:
    """Return the sum of this month and the eleven before of the same unit; months in order, without gaps.

    The first months of a unit have fewer before them. Where a month of the twelve has no value, nor has their sum.
    """
    total, missing = value.fillna(0.0).to_numpy(), value.isna().to_numpy()
    summed, is_missing = total.copy(), missing.copy()
    units = unit.to_numpy()
    for lag in range(1, min(WINDOW, len(total))):
        same = units[lag:] == units[:-lag]
        summed[lag:] += np.where(same, total[:-lag], 0.0)
        is_missing[lag:] |= same & missing[:-lag]
    return pd.Series(np.where(is_missing, np.nan, summed), index=value.index)


def _comparison(rows: pd.DataFrame, expected: pd.Series, measure: Measure) -> pd.DataFrame:
    """Return comparison and reliability of the rows that have peers, or an expected value; missing elsewhere."""
    names = ["comparison_method", "peer_count", "comparison_value", "comparison_target", "z", *_LIMITS]
    names += ["reliability", "more_needed", *_ESTIMATE.values(), "flag"]
    enough = rows["is_peer"] & (rows["denominator_12m"] >= max(measure.minimum_denominator, 1))
    if measure.method == "none":
        enough &= False
    elif measure.case_mix_model is None:
        enough &= rows["is_individual"]
    else:
        enough &= expected > 0
    peers_of = rows["team" if measure.case_mix_model is None else "level"]
    group = peers_of * (rows["month"].max() + 1) + rows["month"]
    peers = group[enough].map(group[enough].value_counts())
    peers = peers[peers >= FEWEST_PEERS]
    if peers.empty:
        return pd.DataFrame(index=rows.index, columns=names, dtype="float64")
    chosen, by = rows.loc[peers.index], group[peers.index]
    if measure.case_mix_model == "logistic":
        method, limits, trust = _events(chosen, expected[peers.index], by)
    elif measure.case_mix_model == "log_mean":
        method, limits, trust = _expected_mean(chosen, expected[peers.index], by, measure.dispersion)
    elif measure.method == "binomial":
        method, limits, trust = _binomial(chosen, by)
    else:
        method, limits, trust = _mean(rows, chosen, by)
    found = limits[["value", "target", "z", *_LIMITS, "flag"]].rename(
        columns={"value": "comparison_value", "target": "comparison_target"}
    )
    found = found.join(trust[["reliability", "more_needed", *_ESTIMATE]].rename(columns=_ESTIMATE))
    found["comparison_method"], found["peer_count"] = method, peers
    found["more_needed"] = found["more_needed"].astype("float64")
    return found.loc[found["z"].notna(), names].reindex(rows.index)


def _binomial(chosen: pd.DataFrame, by: pd.Series) -> tuple[str, pd.DataFrame, pd.DataFrame]:
    top, bottom = chosen["numerator_12m"], chosen["denominator_12m"]
    limits = funnel.limits(top, bottom, kind="proportion", overdispersion="consistent", by=by)
    return "binomial", limits, reliability.beta_binomial(top, bottom, by=by, bar=state.RELIABILITY_BAR)


def _events(chosen: pd.DataFrame, expected: pd.Series, by: pd.Series) -> tuple[str, pd.DataFrame, pd.DataFrame]:
    observed = chosen["numerator_12m"]
    limits = funnel.limits(observed, expected, kind="ratio", overdispersion="consistent", by=by)
    trust = reliability.gamma_poisson(
        observed, expected, cases=chosen["denominator_12m"], by=by, bar=state.RELIABILITY_BAR
    )
    return "expected events", limits, trust


def _expected_mean(
    chosen: pd.DataFrame, expected: pd.Series, by: pd.Series, dispersion: float
) -> tuple[str, pd.DataFrame, pd.DataFrame]:
    ratio, variance = chosen["numerator_12m"] / expected, dispersion / expected
    limits = means.limits(ratio, variance, target=1.0, by=by, overdispersion="consistent")
    trust = reliability.normal(ratio, variance, cases=chosen["denominator_12m"], by=by, bar=state.RELIABILITY_BAR)
    return "expected mean", limits, trust


def _mean(rows: pd.DataFrame, chosen: pd.DataFrame, by: pd.Series) -> tuple[str, pd.DataFrame, pd.DataFrame]:
    months = means.rolling_variance(rows["numerator"], rows["denominator"], rows["unit"], window=WINDOW)
    months = months.loc[chosen.index]
    bottom = chosen["denominator_12m"]
    pooled = means.pooled_variance(months["squares"], months["months"], bottom, by=by)
    limits = means.limits(
        chosen["value_12m"], pooled["variance"], weight=bottom, by=by, overdispersion="consistent", df=pooled["df"]
    )
    trust = reliability.normal(chosen["value_12m"], pooled["variance"], cases=bottom, by=by, bar=state.RELIABILITY_BAR)
    return "mean", limits, trust
