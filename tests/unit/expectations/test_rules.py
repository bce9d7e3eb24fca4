"""Rules: derived from contracts, declared in YAML, refused with file, rule and key when they are wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from expectations import rules
from expectations.rules import RuleError, declared, feed
from expectations.rules.rule import DIMENSIONS, KINDS, Record
from orchestration.extract import contracts
from orchestration.settings import PROJECT

CONTRACTS = contracts.load()
RULE = """
table: pas__patient
owner: Somebody
rules:
  - rule: number_present
    of: nhs_number
    kind: not_null
    at_most: 0.05
    dimension: completeness
    severity: warning
    description: Something holds.
    what_to_do: Do something.
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder / "theme.yml"


def load(file: Path, text: str) -> tuple[rules.Rule, ...]:
    file.write_text(text, encoding="utf-8")
    return declared.load(file, "raw", CONTRACTS)


def test_load__is_done_without_importing_great_expectations() -> None:
    code = (
        "import sys; from expectations import rules; from orchestration.extract import contracts;"
        "assert rules.load(contracts.load()); import expectations.runner;"
        "assert 'great_expectations' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)


def test_load__ids_are_unique_names_that_dagster_accepts() -> None:
    ids = [rule.rule_id for rule in rules.load(CONTRACTS)]
    assert len(set(ids)) == len(ids)
    assert all(name.replace("_", "a").isalnum() and name == name.lower() for name in ids)


def test_load__every_extract_is_checked_for_rows_refusals_quarantine_volume_and_freshness() -> None:
    names = {rule.rule_id for rule in rules.load(CONTRACTS)}
    for contract in CONTRACTS:
        for check in (
            "rows_accounted",
            "latest_delivery_loaded",
            "no_delivery_held",
            "quarantine_share",
            "volume",
            "up_to_date",
        ):
            assert f"{contract.name}__{check}" in names
    may_never_come = {contract.name for contract in CONTRACTS if f"{contract.name}__has_rows" not in names}
    assert may_never_come == {"pas__patient_merge", "workforce__clinician_alias"}


def test_load__raw_rules_name_tables_and_columns_of_contracts_only() -> None:
    columns = {contract.name: {column.name for column in contract.columns} for contract in CONTRACTS}
    for rule in rules.load(CONTRACTS):
        if rule.gate != "raw":
            continue
        assert rule.table_name in columns
        if rule.kind == "reference":
            table, _, column = rule.arguments["to"].partition(".")
            assert column in columns[table], rule.rule_id
        if rule.kind == "ordered":
            assert {rule.arguments["earlier"], rule.arguments["later"]} <= columns[rule.table_name]


def test_load__speaks_in_words_and_says_what_to_do() -> None:
    for rule in rules.load(CONTRACTS):
        assert rule.description.endswith("."), rule.rule_id
        assert rule.what_to_do.endswith("."), rule.rule_id
        assert rule.owner
        assert rule.dimension in DIMENSIONS
        assert rule.kind in KINDS


def test_load__covers_every_dimension_of_quality_at_the_raw_gate() -> None:
    found = {rule.dimension for rule in rules.load(CONTRACTS) if rule.gate == "raw"}
    assert found == set(DIMENSIONS)


def test_load__two_rules_with_one_id_are_refused(file: Path) -> None:
    (file.parent / feed.FILE).write_text((rules.FOLDER / "raw" / feed.FILE).read_text())
    file.write_text(RULE)
    file.with_name("again.yml").write_text(RULE)
    with pytest.raises(RuleError, match="pas__patient__number_present"):
        rules.load(CONTRACTS, file.parent.parent)


def test_feed__only_an_essential_feed_can_block_on_rows_quarantine_and_lag() -> None:
    derived = {rule.rule_id: rule for rule in feed.load(rules.FOLDER / "raw" / feed.FILE, CONTRACTS)}
    assert derived["pas__patient__has_rows"].severity == "critical"
    assert derived["outcome__complication__has_rows"].severity == "warning"
    assert "pas__patient__quarantine_share_critical" in derived
    assert "outcome__complication__quarantine_share_critical" not in derived


def test_feed__a_short_snapshot_of_an_essential_feed_blocks_and_a_short_appended_file_warns() -> None:
    derived = {rule.rule_id: rule for rule in feed.load(rules.FOLDER / "raw" / feed.FILE, CONTRACTS)}
    assert derived["pas__patient__volume"].severity == "critical"
    assert derived["pas__consultant_episode__volume"].severity == "warning"


def test_feed__an_exception_replaces_the_limit_and_its_words() -> None:
    derived = {rule.rule_id: rule for rule in feed.load(rules.FOLDER / "raw" / feed.FILE, CONTRACTS)}
    rule = derived["pas__rtt_pathway__up_to_date"]
    assert rule.arguments["maximum"] == 40
    assert "40 days" in rule.description


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("essential:", "essential:\n  - pas__nothing", "essential names pas__nothing"),
        ("  pas: PAS data manager\n", "", "owners does not say who answers for pas"),
        ("  lag_days_warning: 8\n", "", "key lag_days_warning must be a number"),
        ("limits:", "limits:\n  patience: 3", "unknown key patience"),
        ("exceptions:", "exempt:", "key exceptions is missing"),
    ],
)
def test_feed__a_wrong_declaration_names_file_and_key(file: Path, old: str, new: str, message: str) -> None:
    text = (rules.FOLDER / "raw" / feed.FILE).read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(RuleError, match=rf"raw/feed\.yml.*{message}"):
        feed.load(file, CONTRACTS)


def test_declared__a_rule_takes_table_and_owner_from_its_file(file: Path) -> None:
    (rule,) = load(file, RULE)
    assert (rule.rule_id, rule.table_name, rule.column_name) == (
        "pas__patient__number_present",
        "pas__patient",
        "nhs_number",
    )
    assert rule.owner == "Somebody"
    assert rule.arguments == {"at_most": 0.05}


def test_declared__a_list_of_places_makes_a_rule_of_each_and_tells_columns_of_a_table_apart(file: Path) -> None:
    places = "[pas__patient.nhs_number, pas__patient.ethnic_category, pas__rtt_pathway.consultant_code]"
    found = load(file, RULE.replace("of: nhs_number", f"of: {places}"))
    assert [rule.rule_id for rule in found] == [
        "pas__patient__nhs_number__number_present",
        "pas__patient__ethnic_category__number_present",
        "pas__rtt_pathway__number_present",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: not_null", "kind: not_nul", "key kind is 'not_nul'; it must be one of"),
        ("severity: warning", "severity: high", "key severity is 'high'"),
        ("dimension: completeness", "dimension: 7", "key dimension is missing or is not a text"),
        ("    description: Something holds.\n", "", "key description is missing"),
        ("owner: Somebody\n", "", "key owner is missing"),
        ("at_most: 0.05", "at_mots: 0.05", "key at_mots is not known to kind not_null"),
        ("at_most: 0.05", "at_most: little", "key at_most must be a float"),
        ("at_most: 0.05", "at_most: 1", "key at_most must be a share from 0 to below 1"),
        ("    of: nhs_number\n", "", "key of must name a column"),
        ("of: nhs_number", "of: nhs_numbre", "key of names pas__patient.nhs_numbre"),
        ("of: nhs_number", "of: pas__nobody.nhs_number", "key of names pas__nobody"),
        ("of: nhs_number", "of: []", "key of must name a table"),
        ("kind: not_null\n    at_most: 0.05", "kind: matches", "key pattern is missing: kind matches needs it"),
    ],
)
def test_declared__a_wrong_rule_names_file_rule_and_key(file: Path, old: str, new: str, message: str) -> None:
    assert old in RULE
    with pytest.raises(RuleError) as error:
        load(file, RULE.replace(old, new, 1))
    assert str(error.value).startswith("raw/theme.yml: rule number_present: ")
    assert message in str(error.value)


ENTITY = """
table: int_spell
record: {type: spell, id: spell_id}
owner: Somebody
rules:
  - {rule: a, kind: rows, where: x, dimension: validity, severity: warning, description: B., what_to_do: C.}
  - {rule: b, kind: rows, where: x, dimension: validity, severity: warning, description: B., what_to_do: C.,
     record: {type_in: record_type, id: record_id}, endangers: [dna_rate]}
  - {rule: c, kind: rows, where: x, dimension: validity, severity: warning, description: B., what_to_do: C.,
     record: none, endangers: all}
"""


def test_declared__a_rule_takes_its_record_from_the_file_or_has_its_own(file: Path) -> None:
    file.write_text(ENTITY)
    first, second, third = declared.load(file, "entities", CONTRACTS)
    assert first.record == Record("spell_id", record_type="spell")
    assert second.record == Record("record_id", type_column="record_type")
    assert third.record is None
    assert (first.endangers, second.endangers, third.endangers) == (None, ("dna_rate",), ("all",))


@pytest.mark.parametrize(
    ("gate", "old", "new", "message"),
    [
        ("marts", "owner", "owner", "only rows of entities are records"),
        ("entities", "{type: spell, id: spell_id}", "{type: spell}", "must be none, or have id and either"),
        ("entities", "{type: spell, id: spell_id}", "spell", "must be none, or have id and either"),
        ("entities", "kind: rows, where: x", "kind: not_null, of: y", "kind not_null does not tell which records"),
        ("entities", "endangers: [dna_rate]", "endangers: dna_rate", "key endangers must be all or a list"),
    ],
)
def test_declared__a_wrong_record_or_measure_is_refused(
    file: Path, gate: str, old: str, new: str, message: str
) -> None:
    assert old in ENTITY
    file.write_text(ENTITY.replace(old, new, 1))
    with pytest.raises(RuleError, match=message):
        declared.load(file, gate, CONTRACTS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1", "must be a mapping"),
        ("a: [", "not readable as YAML"),
        ("owner: x\nrules: []", "key rules must be a list"),
        ("owner: x\nrules: [3]", "rule number 1 must be a mapping"),
        ("rulez: []", "unknown key rulez"),
    ],
)
def test_declared__a_wrong_file_is_named(file: Path, text: str, message: str) -> None:
    with pytest.raises(RuleError, match=rf"raw/theme\.yml.*{message}"):
        load(file, text)
