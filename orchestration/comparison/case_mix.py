"""What was expected of each patient: models fitted on the trust's own records, each judged by those of others."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import pandas as pd
import psycopg
from psycopg import sql
from psycopg.rows import class_row

from orchestration.comparison import tables
from orchestration.comparison.declaration import Place, Table
from orchestration.statistics import calibration, case_mix, model_card
from orchestration.statistics.case_mix import CaseMixModel
from orchestration.statistics.glm import Family

RECORDS, MODELS, CALIBRATION = "record_expected", "case_mix_model", "case_mix_calibration"
# Clinicians are in one of so many folds; the model that judges a fold learned from the others.
FOLDS = 10
# Models learn from the last three years, as those of SHMI do: practice changes, and they would expect too much.
MONTHS = 36
_SOFTWARE = ("numpy", "scipy", "statsmodels")

_MEASURES = """
select measure_id, title, denominator_definition, exclusion_definition, case_mix_model, case_mix_factors,
    scope_org_unit_key
from {marts}.dim_measure where case_mix_model is not null order by measure_id
"""
# All posts of a clinician are in one fold. Folds are dealt out in the order of posts: colleagues, whose patients are
# alike, are in different ones, and that is so in every installation. A record that nobody carries is in the fold of its
# place. Of a spell that theatre knows and PAS does not, no factor is known.
_COHORT = """
create temporary table case_mix_cohort on commit drop as
with carrier as (
    select
        org_unit_key,
        min(org_unit_key) over (partition by coalesce(clinician_key, org_unit_key)) as first_org_unit_key
    from {marts}.dim_org_unit
    where clinician_key is not null or is_unattributed
),

dealt as (
    select
        org_unit_key,
        cast(dense_rank() over (order by first_org_unit_key) % {folds} as integer) as fold
    from carrier
)

select
    record.record_id,
    record.org_unit_key,
    record.occurred_on,
    record.month_on,
    record.numerator,
    dealt.fold,
    {known_factors}
from {marts}.measure_record as record
inner join dealt using (org_unit_key)
left join {intermediate}.int_case_mix as factor on record.record_id = factor.spell_id
where record.measure_id = {measure_id} and record.exclusion_reason is null and record.record_type = 'spell'
"""
_PATTERNS = """
select
    {factors},
    fold,
    month_on,
    count(*) as case_count,
    sum(numerator) as outcome_sum,
    sum(numerator * numerator) as outcome_square_sum
from case_mix_cohort
group by {factors}, fold, month_on
order by {factors}, fold, month_on
"""
_EXPECTED = """
insert into {marts}.record_expected (measure_id, record_id, org_unit_key, occurred_on, expected, factors)
select {measure_id}, cohort.record_id, cohort.org_unit_key, cohort.occurred_on, pattern.expected, pattern.factors
from case_mix_cohort as cohort
inner join case_mix_pattern as pattern using (fold, {factors})
"""


@dataclass(frozen=True)
class Modelled:
    """A measure with a case-mix model, as its YAML declares it."""

    measure_id: str
    title: str
    denominator_definition: str
    exclusion_definition: str
    case_mix_model: Family
    case_mix_factors: str
    scope_org_unit_key: str | None

    @property
    def factors(self) -> tuple[str, ...]:
        """The factors in the order in which they are declared."""
        return tuple(self.case_mix_factors.split(", "))


def write(
    connection: psycopg.Connection,
    place: Place,
    declared: Mapping[str, Table],
    on_model: Callable[[str], object],
) -> dict[str, int]:
    """Fit each model, write its card, its calibration and what it expects of records; return the rows of each table.

    A measure without a record has no model. All of it is written, or nothing.
    """
    with connection.cursor(row_factory=class_row(Modelled)) as cursor:
        measures = cursor.execute(tables.query(_MEASURES, place)).fetchall()
    cards: list[pd.DataFrame] = []
    tenths: list[pd.DataFrame] = []
    for name in (RECORDS, MODELS, CALIBRATION):
        tables.create(connection, place, declared[name])
    for measure in measures:
        with connection.transaction():
            patterns = _patterns(connection, place, measure)
            recent = patterns[patterns["month_on"] > patterns["month_on"].max() - pd.DateOffset(months=MONTHS)]
            if recent["fold"].nunique() < 2:
                on_model(f"{measure.measure_id}: too few clinicians have records for a model")
                continue
            model = case_mix.fit(recent, factors=measure.factors, family=measure.case_mix_model, shrink=True)
            judged = case_mix.with_expected(model, recent)
            held = calibration.calibrate(judged, family=model.family)
            drift = calibration.drift(judged, family=model.family)
            _write_expected(connection, place, measure, model, patterns)
        cards.append(_card(measure, model, held, drift))
        tenths.append(_tenths(measure, held))
        on_model(
            f"{measure.measure_id}: {held.case_count:,.0f} records, slope {held.slope:.2f}, {drift.attrs['reason']}"
        )
    for name, frames in ((MODELS, cards), (CALIBRATION, tenths)):
        for frame in frames:
            tables.append(connection, place, declared[name], frame)
    for name in (RECORDS, MODELS, CALIBRATION):
        tables.finish(connection, place, declared[name])
    return {name: tables.count(connection, place, declared[name]) for name in (RECORDS, MODELS, CALIBRATION)}


def _patterns(connection: psycopg.Connection, place: Place, measure: Modelled) -> pd.DataFrame:
    """Return how many records there are of each pattern of factors, by fold and month, and their outcomes."""
    named = {
        **place.identifiers(),
        "factors": tables.columns(measure.factors),
        "known_factors": sql.SQL(", ").join(
            sql.SQL("coalesce(factor.{0}, {1}) as {0}").format(sql.Identifier(name), sql.Literal(case_mix.NOT_KNOWN))
            for name in measure.factors
        ),
        "measure_id": sql.Literal(measure.measure_id),
        "folds": sql.Literal(FOLDS),
    }
    connection.execute(sql.SQL(_COHORT).format(**named))
    types = {
        **dict.fromkeys(measure.factors, "text"),
        "fold": "integer",
        "month_on": "date",
        **dict.fromkeys(("case_count", "outcome_sum", "outcome_square_sum"), "double precision"),
    }
    return tables.read(connection, sql.SQL(_PATTERNS).format(**named), types)


def _write_expected(
    connection: psycopg.Connection, place: Place, measure: Modelled, model: CaseMixModel, patterns: pd.DataFrame
) -> None:
    """Give each record, older ones too, what the model without its fold expects of its pattern."""
    factors = list(measure.factors)
    patterns = patterns[[*factors, "fold"]].drop_duplicates(ignore_index=True)
    is_taught = patterns["fold"].isin(model.expected["fold"])
    # Whoever left before the model's years taught it nothing: all of it may speak.
    parts = [part for part in (patterns[is_taught], patterns[~is_taught].drop(columns="fold")) if len(part)]
    expected = pd.concat([case_mix.with_expected(model, part)["expected"] for part in parts])
    words = pd.concat([_in_words(model, part) for part in parts])
    patterns = patterns.assign(expected=expected, factors=words)
    columns = [(name, "text") for name in factors]
    columns += [("fold", "integer"), ("expected", "double precision"), ("factors", "text")]
    tables.write_temporary(connection, Table("case_mix_pattern", tuple(columns), ()), patterns)
    connection.execute(
        sql.SQL(_EXPECTED).format(
            **place.identifiers(), measure_id=sql.Literal(measure.measure_id), factors=tables.columns(factors)
        )
    )


def _in_words(model: CaseMixModel, patterns: pd.DataFrame) -> pd.Series:
    """Return for each pattern what the average is, and what each factor makes of it."""
    told = case_mix.explain(model, patterns)
    unit = "of odds" if model.family == "logistic" else "of the mean"
    name = told["factor"].str.removesuffix("_band").str.removesuffix("_group").str.replace("_", " ")
    told = told.assign(factor=name)
    # Few levels in many patterns: each is written once.
    at, parts = _written(told[["factor", "level", "ratio"]], "; {} {} x {:.2f}")
    each = parts[at].reshape(len(patterns), -1)
    at, averages = _written(told[["baseline"]].iloc[:: each.shape[1]], "Average {:.4g}, times (" + unit + ")")
    words = averages[at]
    for column in each.T:
        words = words + column
    return pd.Series(words, index=patterns.index).str.replace("); ", "): ", n=1, regex=False)


def _written(rows: pd.DataFrame, form: str) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row the place of its text, and the texts."""
    distinct = rows.drop_duplicates()
    at = rows.groupby(list(rows.columns), sort=False, dropna=False).ngroup().to_numpy()
    return at, np.array([form.format(*values) for values in distinct.itertuples(index=False)], dtype=object)


def _card(measure: Modelled, model: CaseMixModel, held: calibration.Calibration, drift: pd.DataFrame) -> pd.DataFrame:
    card = model_card.card(
        model,
        held,
        drift,
        outcome=measure.title,
        cohort=f"{measure.denominator_definition} Left out: {measure.exclusion_definition}",
        software={name: version(name) for name in _SOFTWARE},
    )
    return pd.DataFrame(
        {
            "measure_id": [measure.measure_id],
            "scope_org_unit_key": [measure.scope_org_unit_key],
            "model": [model.family],
            "record_count": [int(held.case_count)],
            "outcome_sum": [held.outcome_sum],
            "dispersion": [model.dispersion],
            "c_statistic": [held.c_statistic],
            "calibration_intercept": [held.intercept],
            "calibration_slope": [held.slope],
            "is_drifting": [bool(drift.attrs["alarm"])],
            "drift_reason": [str(drift.attrs["reason"])],
            "card": [json.dumps(card, sort_keys=True)],
        }
    )


def _tenths(measure: Modelled, held: calibration.Calibration) -> pd.DataFrame:
    tenths = held.tenths
    return pd.DataFrame(
        {
            "measure_id": measure.measure_id,
            "scope_org_unit_key": measure.scope_org_unit_key,
            "tenth": tenths["tenth"].astype("int32"),
            "record_count": tenths["case_count"].astype("int64"),
            "expected": tenths["expected"],
            "observed": tenths["observed"],
            "observed_lower": tenths["lower"],
            "observed_upper": tenths["upper"],
        }
    )
