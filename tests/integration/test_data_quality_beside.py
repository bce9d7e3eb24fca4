"""Beside every outcome stands how good the data are that it rests on, of the same unit, months and audience."""

from pathlib import Path

import pandas as pd
import yaml

from tests.installations import BuiltWarehouse, as_reader

MEASURES = Path(__file__).parents[2] / "dbt_project/models/measures"


def declared() -> dict[str, list[str]]:
    """Read from the YAML of the measures what is to stand beside each."""
    models = [model for file in MEASURES.glob("*/*.yml") for model in yaml.safe_load(file.read_text())["models"]]
    return {
        model["name"]: beside
        for model in models
        if (beside := model["config"]["meta"]["measure"].get("data_quality", []))
    }


def test_every_outcome_with_a_case_mix_names_the_data_that_it_rests_on(warehouse: BuiltWarehouse) -> None:
    outcomes = warehouse.query("select measure_id from marts.dim_measure where case_mix_model is not null")
    assert set(outcomes["measure_id"]) <= set(declared())


def test_line__says_how_good_the_data_are(warehouse: BuiltWarehouse) -> None:
    lines = warehouse.query(
        "select audience, org_unit_key, measure_id, data_quality_text, measure_html from marts.rpt_measure_line"
    )
    figures = warehouse.query(
        "select audience, org_unit_key, measure_id, measure_title, value_12m_text, record_count_12m, is_suppressed_12m"
        " from marts.rpt_measure_summary"
    ).set_index(["audience", "org_unit_key", "measure_id"])
    beside = declared()
    told = 0
    for line in lines.itertuples(index=False):
        expected = []
        for measure_id in beside.get(line.measure_id, []):
            place = (line.audience, line.org_unit_key, measure_id)
            if place in figures.index:
                figure = figures.loc[place]
                n = "small numbers" if figure.is_suppressed_12m else f"n = {figure.record_count_12m:,.0f}"
                expected.append(f"{figure.measure_title} {figure.value_12m_text} ({n})")
        if expected:
            told += 1
            assert line.data_quality_text == " · ".join(expected), line
            assert "Rests on: " in line.measure_html
        else:
            assert pd.isna(line.data_quality_text) and "Rests on" not in line.measure_html, line
    assert told > 100


def test_definition__says_to_a_reader_how_late_the_extracts_are(warehouse: BuiltWarehouse) -> None:
    days = warehouse.query(
        """
        select measure_id, min(extracted_at at time zone 'Europe/London')::date as first_on,
            max(extracted_at at time zone 'Europe/London')::date as last_on
        from marts.measure_feed
        inner join (
            select source_name, table_name, max(extracted_at) as extracted_at from raw.delivery
            where state = 'loaded' group by source_name, table_name
        ) as newest using (source_name, table_name)
        group by measure_id
        """
    ).set_index("measure_id")
    user = warehouse.query("select user_name from marts.access_grant limit 1")["user_name"].item()
    with as_reader(warehouse.settings, user) as reader:
        definitions = reader.execute("select measure_id, definition_html from marts.rpt_measure").fetchall()
    assert len(definitions) == len(days)
    for measure_id, definition in definitions:
        for day in days.loc[measure_id, ["first_on", "last_on"]]:
            assert f"of {day.day} {day:%B %Y}" in definition, measure_id
