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
from orchestration.comparison.declaration import RECENT_MONTHS, Place, Table
from orchestration.statistics import calibration, case_mix, model_card
from orchestration.statistics.case_mix import CaseMixModel
from orchestration.statistics.figures import WINDOW
from orchestration.statistics.glm import Family

RECORDS, MODELS, CALIBRATION = "record_expected", "case_mix_model", "case_mix_calibration"
# Clinicians are in one of so many folds; the model that judges a fold learned from the others. Ten take twice the time
# of five, and at 120 clinicians no slope of calibration was further from that of five than 0.03.
FOLDS = 5
# Records of so many months have expected values: with those before the months from which models learn, each of these
# has its twelve.
EXPECTED_MONTHS = RECENT_MONTHS + WINDOW - 1
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
where
    record.measure_id = {measure_id}
    and record.exclusion_reason is null
    and record.record_type = 'spell'
    and record.month_on > (select max(month_on) from {marts}.dim_month) - cast({expected_months} as interval)
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
where month_on > (select max(month_on) from case_mix_cohort) - cast({months} as interval)
group by {factors}, fold, month_on
"""
_LEVELS = "select distinct {factor} as level from case_mix_cohort order by 1"
# Every record has its parts. Left joins, for an inner one over two columns is taken to find next to nothing, and what
# is planned for that takes minutes.
_EXPECTED = """
insert into {marts}.record_expected (measure_id, record_id, org_unit_key, occurred_on, expected, factors)
with told as (
    select
        cohort.record_id,
        cohort.org_unit_key,
        cohort.occurred_on,
        {linear} as linear,
        {words} as factors
    from case_mix_cohort as cohort
    left join case_mix_part as average on average.factor = {average} and cohort.fold = average.fold
    {parts}
)

select {measure_id}, record_id, org_unit_key, occurred_on, {mean}, factors
from told
"""
_PART = """
    left join case_mix_part as {name} on {name}.factor = {factor} and cohort.fold = {name}.fold
        and cohort.{factor_column} = {name}.level
"""
_PARTS = Table(
    "case_mix_part",
    (("fold", "integer"), ("factor", "text"), ("level", "text"), ("part", "double precision"), ("words", "text")),
    (),
)
# The inverse of each link. What is further out than this is 0 or 1 to the last digit, and exp() would refuse it.
_MEAN = {
    "logistic": "1 / (1 + exp(-greatest(least(linear, 700), -700)))",
    "log_mean": "exp(greatest(least(linear, 700), -700))",
}


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
            recent = _patterns(connection, place, measure)
            if recent["fold"].nunique() < 2:
                on_model(f"{measure.measure_id}: too few clinicians have records for a model")
                continue
            model = case_mix.fit(recent, factors=measure.factors, family=measure.case_mix_model, shrink=True)
            judged = case_mix.with_expected(model, recent)
            held = calibration.calibrate(judged, family=model.family)
            drift = calibration.drift(judged, family=model.family)
            _write_expected(connection, place, measure, model)
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
    """Return how many records of the recent months there are of each pattern of factors, by fold and month."""
    named = {
        **place.parts(),
        "factors": tables.columns(measure.factors),
        "known_factors": sql.SQL(", ").join(
            sql.SQL("coalesce(factor.{0}, {1}) as {0}").format(sql.Identifier(name), sql.Literal(case_mix.NOT_KNOWN))
            for name in measure.factors
        ),
        "measure_id": sql.Literal(measure.measure_id),
        "folds": sql.Literal(FOLDS),
        "months": sql.Literal(f"{RECENT_MONTHS} months"),
        "expected_months": sql.Literal(f"{EXPECTED_MONTHS} months"),
    }
    connection.execute(sql.SQL(_COHORT).format(**named))
    connection.execute("analyze case_mix_cohort")
    types = {
        **dict.fromkeys(measure.factors, "text"),
        "fold": "integer",
        "month_on": "date",
        **dict.fromkeys(("case_count", "outcome_sum", "outcome_square_sum"), "double precision"),
    }
    return tables.read(connection, sql.SQL(_PATTERNS).format(**named), types)


def _write_expected(connection: psycopg.Connection, place: Place, measure: Modelled, model: CaseMixModel) -> None:
    """Give each record of the cohort what the model without its fold expects of it, and what that is made of."""
    levels = {
        name: [row[0] for row in connection.execute(sql.SQL(_LEVELS).format(factor=sql.Identifier(name)))]
        for name in measure.factors
    }
    parts = case_mix.parts(model, levels, range(FOLDS))
    tables.write_temporary(connection, _PARTS, parts.assign(words=_in_words(parts, model)))
    names = [sql.Identifier("of_" + name) for name in measure.factors]
    added = [sql.SQL("average"), *names]
    connection.execute(
        sql.SQL(_EXPECTED).format(
            **place.parts(),
            measure_id=sql.Literal(measure.measure_id),
            average=sql.Literal(case_mix.AVERAGE),
            linear=sql.SQL(" + ").join(sql.SQL("{}.part").format(name) for name in added),
            words=sql.SQL(" || ").join(sql.SQL("{}.words").format(name) for name in added),
            mean=sql.SQL(_MEAN[model.family]),
            parts=sql.SQL("").join(
                sql.SQL(_PART).format(name=name, factor=sql.Literal(factor), factor_column=sql.Identifier(factor))
                for name, factor in zip(names, measure.factors, strict=True)
            ),
        )
    )


def _in_words(parts: pd.DataFrame, model: CaseMixModel) -> pd.Series:
    """Return what to say of each part: what is expected of the average, and what a level makes of it."""
    unit = "of odds" if model.family == "logistic" else "of the mean"
    name = parts["factor"].str.removesuffix("_band").str.removesuffix("_group").str.replace("_", " ")
    is_first = parts["factor"] == model.factors[0]
    words = [
        f"{': ' if first else '; '}{factor} {level} x {ratio:.2f}"
        for first, factor, level, ratio in zip(is_first, name, parts["level"], np.exp(parts["part"]), strict=True)
    ]
    average = [f"Average {mean:.4g}, times ({unit})" for mean in case_mix.mean(parts["part"], model.family)]
    return pd.Series(np.where(parts["factor"] == case_mix.AVERAGE, average, words), index=parts.index)


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
