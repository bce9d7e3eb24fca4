"""The truth says what stands in the files: each planted mistake is where it is said to be, and right in the end."""

from collections import Counter

import pytest

from orchestration.extract.contract import normalise


def _cell(trust, row, line_number=None, file_name=None):
    """Cells of the line that a row of the truth names, by column."""
    lines = trust.lines[file_name or row["file_name"]]
    header = [normalise(word) for word in lines[0]]
    return dict(zip(header, lines[(line_number or int(row["line_number"])) - 1], strict=False))


@pytest.mark.parametrize(
    "name",
    [
        "wrong_attribution.csv",
        "default_codes.csv",
        "other_codes.csv",
        "late_corrections.csv",
        "theatre_time_faults.csv",
        "broken_rows.csv",
    ],
)
def test_planted_cells__stand_where_the_truth_says(trust, name):
    planted = [row for row in trust.truth(name) if row["column_name"]]
    assert planted
    for row in planted:
        assert _cell(trust, row)[row["column_name"]] == row["written_value"], row
        assert row["written_value"] != row["true_value"] or name == "late_corrections.csv", row


def test_corrections__send_the_true_value_later(trust):
    corrected = [
        row
        for name in ("wrong_attribution.csv", "late_corrections.csv", "broken_rows.csv")
        for row in trust.truth(name)
        if row["corrected_in_file"] and row["column_name"]
    ]
    assert len(corrected) > 20
    for row in corrected:
        assert row["corrected_in_file"].endswith("20261015T0600.csv")
        key = row["record_key"].split("|")
        header = [normalise(word) for word in trust.lines[row["corrected_in_file"]][0]]
        sent = [line for line in trust.lines[row["corrected_in_file"]][1:] if line[: len(key)] == key]
        assert sent, row
        assert dict(zip(header, sent[-1], strict=True))[row["column_name"]] == row["true_value"]


def test_duplicates__are_exact_copies_of_the_line_that_they_name(trust):
    copies = trust.truth("duplicates.csv")
    places = Counter("later" if " of " in row["note"].removeprefix("copy of line") else "same" for row in copies)
    assert places["later"] >= 3
    assert places["same"] >= 3
    for row in copies:
        line, *file = row["note"].removeprefix("copy of line ").split(" of ")
        first = trust.lines[file[0] if file else row["file_name"]][int(line) - 1]
        assert trust.lines[row["file_name"]][int(row["line_number"]) - 1] == first


def test_duplicates__no_other_line_is_an_exact_copy(trust):
    named = Counter(row["file_name"] for row in trust.truth("duplicates.csv") if " of " not in row["note"][13:])
    for name, rows in trust.lines.items():
        assert len(rows) - len({tuple(row) for row in rows}) == named[name], name


def test_wrong_attribution__another_consultant_of_the_trust_stands_in_the_record(trust):
    home = {row["consultant_code"]: row["main_specialty_code"] for row in trust.current("workforce__clinician")}
    wrong = trust.truth("wrong_attribution.csv")
    assert len(wrong) > 20
    for row in wrong:
        assert home[row["written_value"]] == home[row["true_value"]]


def test_default_codes__are_all_named(trust):
    found = sum(cell in ("C9999998", "N9999998") for rows in trust.lines.values() for row in rows[1:] for cell in row)
    copies = {(row["file_name"], int(row["line_number"])) for row in trust.truth("duplicates.csv")}
    assert found == len(trust.truth("default_codes.csv")) > 50
    assert all((row["file_name"], int(row["line_number"])) not in copies for row in trust.truth("default_codes.csv"))


def test_clinicians__planted_practice_is_written_beside_every_true_effect(trust):
    rows = trust.truth("clinicians.csv")
    assert len(rows) == 24
    planted = [row for row in rows if row["planted_effect"]]
    assert len(planted) >= 7
    for row in planted:
        if row["planted_effect"] != "high_risk":
            assert float(row[row["planted_effect"]]) == float(row["planted_size"])
    risky = [row for row in planted if row["planted_effect"] == "high_risk"]
    assert all(float(row["death"]) == float(row["readmission"]) == 0 for row in risky)
