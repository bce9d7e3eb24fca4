"""The tables that a gate asks: only the columns that rules name are read, and the newest version of a key wins."""

from expectations import batch, rules
from orchestration.extract import contracts

CONTRACTS = contracts.load()
EPISODE = next(contract for contract in CONTRACTS if contract.name == "pas__consultant_episode")


def test_current_rows__reads_the_key_and_what_rules_name_but_no_other_column() -> None:
    mine = [rule for rule in rules.load(CONTRACTS) if rule.batch_name == EPISODE.name]
    query = batch.current_rows(EPISODE, mine, "raw")
    assert "episode_number" in query
    assert "primary_diagnosis_icd" in query
    assert "secondary_diagnosis_icd_1" not in query


def test_current_version__breaks_ties_of_time_by_delivery_moment_of_loading_and_row() -> None:
    query = batch.current_version(EPISODE, "raw")
    assert "order by _extracted_at desc, _delivery_id desc, _loaded_at desc, _row_number desc" in query


def test_query__a_served_table_is_asked_as_it_is() -> None:
    assert batch.query("performance", "marts", [], CONTRACTS, "marts_next") is None
