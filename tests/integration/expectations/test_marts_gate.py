"""The marts gate on real Postgres: clean marts pass, and each planted fault fails its own rule and no other."""

from collections.abc import Callable

import psycopg
import pytest

from expectations.results import GateResult
from expectations.rules import Rule
from tests.integration.expectations.conftest import failed

Ask = Callable[..., GateResult]
ONE = "where org_unit_key = 'post:P1' and measure_id = 'dna_rate'"

# Rule -> (statements that break it, other rules that must break with it).
FAULTS: dict[str, tuple[str, set[str]]] = {
    "performance__unit_measure_month_unique": (
        "insert into performance select * from performance where org_unit_key = 'department:DEP1'"
        " and measure_id = 'dna_rate'",
        {"performance__each_level_sums_to_the_trust"},
    ),
    "performance__proportion_in_range": (
        f"update performance set value_12m = 1.5 , numerator_12m = 30, denominator_12m = 20 {ONE}",
        {"performance__numerator_within_denominator"},
    ),
    "performance__numerator_within_denominator": (
        f"update performance set numerator_12m = -1, denominator_12m = -2, value_12m = 0.5 {ONE}",
        set(),
    ),
    "performance__value_follows_from_parts": (f"update performance set value = 0.3 {ONE}", set()),
    "performance__trust_equals_sum_of_leaves": (
        f"update performance set numerator = 6, value = 0.3 {ONE}",
        set(),
    ),
    "performance__each_level_sums_to_the_trust": (
        "update performance set numerator = numerator + 1, value = value + 1 where org_unit_key = 'department:DEP1'"
        " and measure_id = 'finished_spells'",
        set(),
    ),
    "performance__month_is_first_day": (
        "update performance set month_on = '2026-04-02'",
        {"performance_statistic__every_figure_has_its_statistics"},
    ),
    "performance__evidence_equals_figure": (
        "delete from measure_record where measure_id = 'dna_rate' and record_id like '%P17'",
        set(),
    ),
    "performance_outside__small_number_hidden": (
        "update performance_outside set denominator = 9, numerator = 2, value = 2.0 / 9 where measure_id = 'dna_rate'",
        set(),
    ),
    "performance_outside__hidden_number_has_company": (
        """
        insert into bridge_org_unit
        select 'division:DIV', key, 1, '2020-01-01', null
        from unnest(array['department:DEP1', 'department:DEP2']) as key;
        insert into performance_outside
        select 'department:DEP2', measure_id, month_on, true, null, null, null, null, false, numerator_12m,
        denominator_12m, value_12m, record_count_12m from performance_outside where measure_id = 'dna_rate'
        """,
        {"performance_statistic__every_figure_has_its_statistics"},
    ),
    "performance_statistic__every_figure_has_its_statistics": (
        f"delete from performance_statistic {ONE}",
        set(),
    ),
    "performance_statistic__state_in_few_words": (f"update performance_statistic set state = 'bad' {ONE}", set()),
    "performance_statistic__outside_knows_only_what_is_shown": (
        "update performance_outside set is_suppressed_12m = true, numerator_12m = null, denominator_12m = null,"
        " value_12m = null, record_count_12m = null where measure_id = 'dna_rate'",
        set(),
    ),
    "performance_statistic__limits_in_order": (f"update performance_statistic set lower_998 = 0.6 {ONE}", set()),
    "record_expected__expected_in_range": (
        "update record_expected set expected = 1 where record_id like '%P17'",
        set(),
    ),
    "record_expected__every_counted_record_has_its_own": (
        "delete from record_expected where record_id like '%P17'",
        set(),
    ),
    "case_mix_model__expected_agrees_with_observed": ("update case_mix_model set is_drifting = true", set()),
    "performance__volume_kept": (
        "create table marts.performance as select p.* from performance as p, generate_series(1, 3)",
        set(),
    ),
    "dim_org_unit__exactly_one_trust": (
        "insert into dim_org_unit values ('trust:RYY', 'trust', 'Other', '2020-01-01', null)",
        set(),
    ),
    "dim_org_unit__key_unique": (
        "insert into dim_org_unit select 'division:DIV1', 'division', 'Surgery' from generate_series(1, 2)",
        {"performance__each_level_sums_to_the_trust"},
    ),
    "bridge_org_unit__leaf_has_one_trust": (
        "delete from bridge_org_unit where org_unit_key = 'post:P2' and ancestor_org_unit_key = 'trust:RXX'",
        set(),
    ),
    "dim_measure__measure_has_records": ("insert into dim_measure values ('late_start_minutes', 'minutes')", set()),
    "measure_record__unit_known": ("update measure_record set org_unit_key = 'post:P9' " + ONE, set()),
    "performance__unit_known": (
        "update performance set org_unit_key = 'department:D9' where org_unit_key = 'department:DEP1'"
        " and measure_id = 'dna_rate'",
        {"performance__each_level_sums_to_the_trust", "performance_statistic__every_figure_has_its_statistics"},
    ),
    "access_grant__unit_known": ("update access_grant set org_unit_key = 'post:P9' where user_name = 'user1'", set()),
    "access_grant__user_known": ("update access_grant set user_name = 'nobody' where user_name = 'user1'", set()),
    "access_grant__executive_present": ("delete from access_grant where org_unit_level = 'trust'", set()),
    "measure_record__unattributed_share": (
        "insert into dim_org_unit values ('unattributed:DEP1', 'department', 'Not attributed', '2020-01-01', null);"
        "update measure_record set org_unit_key = 'unattributed:DEP1' " + ONE,
        set(),
    ),
    "measure_record__no_identifying_column": ("alter table person add column nhs_number text", set()),
    "measure_record__no_nhs_number_in_text": (
        "update measure_record set evidence = 'Patient 943 476 5919 stayed.' where record_id like '%P17'",
        set(),
    ),
    "dim_org_unit__no_nhs_number_in_text": ("update dim_org_unit set org_unit_name = '9434765919'", set()),
    "dim_clinician__no_nhs_number_in_text": ("update dim_clinician set clinician_name = '943-476-5919'", set()),
    "measure_record__no_postcode_in_text": (
        "update measure_record set evidence = 'Lives in PO6 3LY.' where record_id like '%P17'",
        set(),
    ),
    "dim_org_unit__no_postcode_in_text": ("update dim_org_unit set org_unit_name = 'SW1A 1AA'", set()),
    "dim_clinician__no_postcode_in_text": ("update dim_clinician set clinician_name = 'M1 1AE'", set()),
}


def test_marts_gate__clean_marts_pass_every_rule_though_nothing_is_published_yet(
    owner: psycopg.Connection, ask: Ask
) -> None:
    result = ask("marts")
    assert failed(result) == set()
    volume = next(check for check in result.checks if check.rule_id == "performance__volume_kept")
    assert volume.observed == "Nothing to compare with yet: there is no marts.performance."


def test_marts_gate__each_rule_has_a_fault_planted_here(all_rules: dict[str, Rule]) -> None:
    assert {rule.rule_id for rule in all_rules.values() if rule.gate == "marts"} == set(FAULTS)


@pytest.mark.parametrize("rule_id", FAULTS)
def test_marts_gate__a_fault_fails_its_rule_and_no_other(owner: psycopg.Connection, ask: Ask, rule_id: str) -> None:
    statements, also = FAULTS[rule_id]
    owner.execute(f"set search_path to marts_next; {statements}; reset search_path")
    assert failed(ask("marts")) == {rule_id} | also


def test_marts_gate__a_publication_of_half_the_figures_is_still_accepted(owner: psycopg.Connection, ask: Ask) -> None:
    owner.execute(
        "create table marts.performance as select p.* from marts_next.performance as p, generate_series(1, 2)"
    )
    assert failed(ask("marts", {"performance"})) == set()
