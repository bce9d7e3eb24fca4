"""Every row fits its contract, but for those that the truth names as broken."""

import re
from datetime import datetime

import pytest

from orchestration.synthetic.catalogue import DEPARTMENTS
from orchestration.synthetic.columns import Coded, coded
from orchestration.synthetic.extract_file import Edits, write
from tests.unit.synthetic.written import CONTRACTS

DEFAULTS = {"C9999998", "N9999998", "M9999998"}


def _is_date(text, form):
    try:
        return datetime.strptime(text, form).strftime(form) == text
    except ValueError:
        return False


def _fits(column, text):
    if not text:
        return not column.required
    if column.codes:
        return text in column.codes
    return {
        "text": lambda: text == text.strip(),
        "integer": lambda: re.fullmatch(r"-?\d+", text) is not None,
        "numeric": lambda: re.fullmatch(r"-?\d+(\.\d+)?", text) is not None,
        "date": lambda: _is_date(text, "%Y-%m-%d"),
        "timestamp": lambda: _is_date(text, "%Y-%m-%d %H:%M:%S"),
    }[column.data_type]()


def _misfits(contract, rows):
    """Line numbers of the rows that `contract` does not allow."""
    width = len(contract.columns)
    lines = {line for line, row in enumerate(rows, start=1) if len(row) != width}
    whole = [(line, row) for line, row in enumerate(rows, start=1) if len(row) == width and line > 1]
    for place, column in enumerate(contract.columns):
        bad = {text for text in {row[place] for _, row in whole} if not _fits(column, text)}
        lines |= {line for line, row in whole if row[place] in bad}
    return lines


def test_rows__only_the_planted_ones_do_not_fit(trust):
    planted = {}
    for row in trust.truth("broken_rows.csv"):
        planted.setdefault(row["file_name"], set()).add(int(row["line_number"]))
    found = {}
    for name, rows in trust.lines.items():
        misfits = _misfits(CONTRACTS["__".join(name.split("__")[:2])], rows)
        if misfits:
            found[name] = misfits
    assert found == planted


def test_broken_rows__are_of_every_kind_and_never_of_patients_or_workforce(trust):
    broken = trust.truth("broken_rows.csv")
    notes = " ".join(row["note"] for row in broken)
    for kind in ("bad date", "bad code", "missing required", "fields"):
        assert kind in notes
    assert 24 <= len(broken) <= 60
    assert not [row for row in broken if row["file_name"].startswith(("pas__patient", "workforce__"))]


def test_codes__consultants_patients_and_services_are_known(trust):
    known = {row["consultant_code"] for row in trust.current("workforce__clinician")} | DEFAULTS | {""}
    known |= {row["written_value"] for row in trust.truth("other_codes.csv")}
    patients = {row["local_patient_identifier"] for row in trust.current("pas__patient")}
    patients |= {row["local_patient_identifier"] for row in trust.truth("other_numbers.csv")}
    functions = {department.function for department in DEPARTMENTS} | {"560"}
    for extract in CONTRACTS:
        if extract.startswith("workforce__"):
            continue
        rows = trust.current(extract)
        for name in rows[0]:
            values = {row[name] for row in rows}
            if name.endswith(("consultant_code", "surgeon_code", "anaesthetist_code", "assistant_code")):
                assert values <= known, (extract, name)
            elif name == "local_patient_identifier":
                assert values <= patients, extract
            elif name == "activity_treatment_function_code":
                assert values <= functions, extract


def test_files__join(trust):
    spells = {row["hospital_provider_spell_number"] for row in trust.current("pas__consultant_episode")}
    cases = trust.current("theatre__theatre_case")
    lists = {row["theatre_list_identifier"] for row in trust.current("theatre__theatre_list")}
    # A handful of rows are broken on purpose, and what hangs on them is an orphan.
    for joined, among in (
        ([row["hospital_provider_spell_number"] for row in cases if row["hospital_provider_spell_number"]], spells),
        ([row["theatre_list_identifier"] for row in cases], lists),
        (
            [row["theatre_case_identifier"] for row in trust.current("outcome__surgical_site_infection")],
            {row["theatre_case_identifier"] for row in cases},
        ),
        ([row["hospital_provider_spell_number"] for row in trust.current("outcome__complication")], spells),
    ):
        assert sum(value not in among for value in joined) <= 0.01 * len(joined) + 12
        assert len(joined) > 50


def test_write__quotes_a_value_that_holds_a_comma(tmp_path):
    table = {
        column.name: coded([0], ["One, two"]) if column.name == "org_unit_name" else coded([0], ["x"])
        for column in CONTRACTS["workforce__organisation_unit"].columns
    }
    written = write(tmp_path / "a.csv", "workforce__organisation_unit", table, Edits())
    assert written.rows == 1
    assert '"One, two"' in (tmp_path / "a.csv").read_text()


def test_write__a_column_that_the_contract_lacks_is_refused(tmp_path):
    table = {"org_unit_code": Coded([0], ["x"]), "colour": Coded([0], ["red"])}
    with pytest.raises(RuntimeError, match="colour"):
        write(tmp_path / "a.csv", "workforce__organisation_unit", table, Edits())
