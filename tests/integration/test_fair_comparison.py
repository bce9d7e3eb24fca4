"""Fair comparison on a real warehouse: complete, consistent, seen by whom it should be; high risk is not blamed."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics import funnel, spc, state
from tests.installations import BuiltWarehouse, as_reader

FIGURES = """
select
    clinician.consultant_code, unit.org_unit_level, statistic.*, performance.numerator_12m::float as numerator_12m,
    performance.denominator_12m::float as denominator_12m, performance.value::float as value
from marts.performance_statistic as statistic
inner join marts.performance using (org_unit_key, measure_id, month_on)
inner join marts.dim_org_unit as unit using (org_unit_key)
left join intermediate.int_clinician as clinician using (clinician_key)
where statistic.audience = 'inside' and statistic.measure_id = %(measure)s
order by org_unit_key, month_on
"""


@pytest.fixture(scope="module")
def mortality(warehouse: BuiltWarehouse) -> pd.DataFrame:
    return warehouse.query(FIGURES, measure="in_hospital_mortality")


def test_every_figure__has_its_statistics_and_says_its_state(warehouse: BuiltWarehouse) -> None:
    found = warehouse.query(
        "select audience, count(*) as n, count(state) as told, count(distinct state) as states"
        " from marts.performance_statistic group by audience"
    ).set_index("audience")
    for audience, table in (("inside", "performance"), ("outside", "performance_outside")):
        figures = warehouse.query(f"select count(*) as n from marts.{table}")["n"].item()
        assert found.loc[audience, "n"] == found.loc[audience, "told"] == figures
    said = set(warehouse.query("select distinct state from marts.performance_statistic")["state"])
    print("states:", sorted(said))
    assert said <= set(state.STATES) and len(said) >= 5
    # Of the last months not all readmissions and deaths are known.
    pending = warehouse.query(
        "select measure_id, count(*) as n, count(*) filter (where state <> 'data not trusted') as judged"
        " from marts.performance_statistic where not is_whole group by measure_id"
    ).set_index("measure_id")
    assert {"emergency_readmission_30d", "mortality_30d"} <= set(pending.index)
    assert "in_hospital_mortality" not in pending.index and pending["judged"].sum() == 0


def test_trend__is_that_of_the_published_months(mortality: pd.DataFrame) -> None:
    of_trust = mortality[mortality["org_unit_level"] == "trust"]
    chart = spc.xmr(of_trust["value"].to_numpy(), improvement="decrease")
    assert np.allclose(of_trust["trend_upper"], chart["upper"])
    assert of_trust["trend_rule"].to_list() == chart["rule"].to_list()


def test_expected__adds_up_from_records_to_the_trust(warehouse: BuiltWarehouse, mortality: pd.DataFrame) -> None:
    records = warehouse.query(
        "select date_trunc('month', occurred_on)::date as month_on, sum(expected) as expected"
        " from marts.record_expected where measure_id = 'in_hospital_mortality' group by 1 order by 1"
    )
    last_12 = records["expected"].rolling(12, min_periods=1).sum()
    of_trust = mortality[mortality["org_unit_level"] == "trust"]
    assert np.allclose(of_trust["expected_12m"], last_12)
    clinicians = mortality[mortality["org_unit_level"] == "clinician"].groupby("month_on")["expected_12m"].sum()
    assert np.allclose(clinicians, last_12)


def test_models__hold_out_of_fold(warehouse: BuiltWarehouse) -> None:
    """Of a trust of 32: calibrated in the large, not too far apart, and better than chance where there are events."""
    models = warehouse.query("select * from marts.case_mix_model").set_index("measure_id")
    print(models[["record_count", "outcome_sum", "c_statistic", "calibration_intercept", "calibration_slope"]])
    enough = models[(models["outcome_sum"] >= 300)]
    assert len(enough) >= 5
    assert enough["calibration_intercept"].abs().max() < 0.15
    assert enough["calibration_slope"].between(0.6, 1.3).all()
    assert models.loc["in_hospital_mortality", "c_statistic"] > 0.8
    cards = models["card"].map(json.loads)
    assert all(card["not_for"] and card["factors"] and card["software"] for card in cards)


def test_record__says_which_factors_made_its_expected_value(warehouse: BuiltWarehouse) -> None:
    record = warehouse.query(
        "select expected, factors from marts.record_expected where measure_id = 'in_hospital_mortality'"
        " order by expected desc, record_id limit 1"
    ).iloc[0]
    baseline, told = record["factors"].split(", times (of odds): ")
    odds = float(baseline.removeprefix("Average "))
    odds /= 1 - odds
    for factor in told.split("; "):
        odds *= float(factor.rsplit(" x ", maxsplit=1)[1])
    # ratios are written to two decimals
    assert odds / (1 + odds) == pytest.approx(record["expected"], rel=0.05)


def test_high_risk_patients__make_naive_rates_flag_and_adjusted_ones_not(
    warehouse: BuiltWarehouse, mortality: pd.DataFrame
) -> None:
    """The synthetic trust has a cardiologist of average practice whose patients are at high risk."""
    with (warehouse.extracts / "truth" / "clinicians.csv").open(newline="") as file:
        planted = [row["consultant_code"] for row in csv.DictReader(file) if row["planted_effect"] == "high_risk"]
    assert len(planted) == 1
    clinicians = mortality[(mortality["org_unit_level"] == "clinician") & (mortality["denominator_12m"] >= 10)]
    months = sorted(clinicians["month_on"].unique())[12:-1]
    naive, adjusted = [], []
    for month in months:
        peers = clinicians[clinicians["month_on"] == month].reset_index(drop=True)
        crude = funnel.limits(peers["numerator_12m"], peers["denominator_12m"], kind="proportion")
        mine = peers["consultant_code"] == planted[0]
        naive.append((crude.loc[mine, "flag"].item(), round(crude.loc[mine, "z"].item(), 2)))
        adjusted.append((peers.loc[mine, "state"].item(), round(peers.loc[mine, "z"].item(), 2)))
    print("naive:", naive, "adjusted:", adjusted)
    assert all(flag == "high" for flag, _ in naive)
    assert not any(told.startswith("look") for told, _ in adjusted)


def test_statistics__are_seen_by_whom_the_figures_are(warehouse: BuiltWarehouse) -> None:
    clinician = warehouse.query("select min(user_name) as name from marts.person where leadership_level = 'clinician'")
    with as_reader(warehouse.settings, clinician["name"].item()) as reader:
        own = {row[0] for row in reader.execute("select distinct org_unit_key from marts.performance").fetchall()}
        for table in ("performance_statistic", "unit_cusum", "unit_change", "record_expected"):
            seen = reader.execute(f"select distinct org_unit_key from marts.{table}").fetchall()
            assert {row[0] for row in seen} <= own, table
    executive = warehouse.query("select min(user_name) as name from marts.person where leadership_level = 'executive'")
    with as_reader(warehouse.settings, executive["name"].item()) as reader:
        told = reader.execute(
            "select count(*) from marts.performance_shown where is_suppressed_12m"
            " and coalesce(z, expected_12m, estimate, reliability) is not null"
        ).fetchone()
        assert told == (0,)
        shown = reader.execute("select audience, count(*), count(state) from marts.performance_shown group by 1")
        assert {row[0] for row in shown.fetchall()} == {"inside", "outside"}


def test_no_table__ranks_anybody(warehouse: BuiltWarehouse) -> None:
    found = warehouse.query(
        "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
        " and column_name ~ '(^|_)(rank|ranking|league|percentile|decile|quartile)(_|$)'"
    )
    assert found.empty, found
