"""Each version of a row is kept once, in the order of the source's extract times, whatever the order of arrival."""

import itertools
import random

import pytest

from orchestration.extract import load
from tests.integration.extract.ward import DAYS, VISIT, contents, counts, current, deliver, row, versions, write


def test_versions__a_b_a_keeps_three(owner, tmp_path):
    for day, note in zip(DAYS, ("A", "B", "A"), strict=False):
        assert counts(deliver(owner, tmp_path, day, row("V1", note) + row("V2", "same"))) == (
            (2, 2, 0, 0) if day == DAYS[0] else (2, 1, 1, 0)
        )
    assert versions(owner) == [
        ("V1", DAYS[0], "A"),
        ("V1", DAYS[1], "B"),
        ("V1", DAYS[2], "A"),
        ("V2", DAYS[0], "same"),
    ]
    assert current(owner) == {"V1": "A", "V2": "same"}


def test_versions__a_file_of_the_same_name_with_former_content_is_a_delivery_again(owner, tmp_path):
    for note in ("A", "B", "A"):
        deliver(owner, tmp_path, DAYS[0], row("V1", note))
    assert current(owner) == {"V1": "A"}
    assert len(versions(owner)) == 3


def test_versions__a_row_repeated_inside_a_file_counts_as_unchanged(owner, tmp_path):
    delivery = deliver(owner, tmp_path, DAYS[0], row("V1", "A") * 3 + row("V2", "A") + row("V1", "B") + row("V1", "A"))
    assert counts(delivery) == (6, 4, 2, 0)
    assert current(owner) == {"V1": "A", "V2": "A"}


def test_versions__the_same_content_of_another_day_is_a_delivery_of_unchanged_rows(owner, tmp_path):
    deliver(owner, tmp_path, DAYS[0], row("V1") + row("V2", part="x"))
    again = deliver(owner, tmp_path, DAYS[1], row("V1") + row("V2", part="x"))
    assert (again.is_new, counts(again)) == (True, (2, 0, 1, 1))


def test_versions__a_late_file_is_kept_and_not_current(owner, tmp_path):
    deliver(owner, tmp_path, DAYS[2], row("V1", "new"))
    late = deliver(owner, tmp_path, DAYS[0], row("V1", "old"))
    assert counts(late) == (1, 1, 0, 0)
    assert versions(owner) == [("V1", DAYS[0], "old"), ("V1", DAYS[2], "new")]
    assert current(owner) == {"V1": "new"}


def test_versions__a_late_file_does_not_overtake_a_row_that_was_confirmed_later(owner, tmp_path):
    deliver(owner, tmp_path, DAYS[0], row("V1", "A") + row("V2", "A"))
    third = deliver(owner, tmp_path, DAYS[2], row("V1", "A") + row("V2", "A"))
    assert counts(third) == (2, 0, 2, 0)
    deliver(owner, tmp_path, DAYS[1], row("V1", "B") + row("V2", "A"))
    assert current(owner) == {"V1": "A", "V2": "A"}
    assert versions(owner)[:3] == [("V1", DAYS[0], "A"), ("V1", DAYS[1], "B"), ("V1", DAYS[2], "A")]
    found = owner.execute("select loaded_count, unchanged_count from raw.delivery order by extracted_at").fetchall()
    assert found == [(2, 0), (1, 1), (1, 1)]
    assert owner.execute("select count(*) from raw.confirmation").fetchone() == (2,)


@pytest.mark.parametrize("seed", range(3))
def test_versions__any_order_of_arrival_ends_in_the_same_history(owner, tmp_path, seed):
    generator = random.Random(seed)
    files = {
        day: {number: generator.choice("AB") for number in range(6) if generator.random() < 0.8} for day in DAYS[:5]
    }
    known_on: dict[str, dict[str, str]] = {}
    state: dict[str, str] = {}
    for day, rows in files.items():
        state = {**state, **{f"V{number}": note for number, note in rows.items()}}
        known_on[day] = state
    orders = list(itertools.permutations(files))
    for order in generator.sample(orders, 8):
        owner.execute("truncate raw.ward__visit, raw.delivery, raw.quarantine, raw.confirmation, raw.key_filter")
        for day in order:
            deliver(owner, tmp_path, day, "".join(row(f"V{number}", note) for number, note in files[day].items()))
        assert current(owner) == state, (seed, order)
        for day, wanted in known_on.items():
            found = owner.execute(
                """
                select distinct on (visit_number) visit_number, note from raw.ward__visit
                where _extracted_at <= to_timestamp(%s, 'YYYYMMDD')
                order by visit_number, _extracted_at desc, _delivery_id desc, _loaded_at desc, _row_number desc
                """,
                [day],
            ).fetchall()
            assert dict(found) == wanted, (seed, order, day)
        held = owner.execute(
            """
            select
                loaded_count + deleted_count,
                (select count(*) from raw.ward__visit as v where v._delivery_id = d.delivery_id)
            from raw.delivery as d
            """
        ).fetchall()
        assert all(counted == kept for counted, kept in held), (seed, order)


def test_versions__an_index_answers_the_question_for_the_version_before(owner, tmp_path):
    deliver(owner, tmp_path, DAYS[0], "".join(row(f"V{number}") for number in range(5000)))
    owner.execute("analyze raw.ward__visit")
    plan = owner.execute(
        """
        explain select _row_hash from raw.ward__visit where _key_hash = 5 and _extracted_at <= now()
        order by _extracted_at desc, _delivery_id desc, _loaded_at desc, _row_number desc limit 1
        """
    ).fetchall()
    assert any("Index Cond: (_key_hash = " in line for (line,) in plan), plan
    assert not any("Seq Scan" in line for (line,) in plan), plan


def test_versions__a_large_late_file_equals_the_same_in_order(owner, tmp_path):
    bodies = {
        day: "".join(row(f"V{n}", f"{day if n % 7 == i else ''}") for n in range(500)) for i, day in enumerate(DAYS)
    }
    for day in DAYS:
        write(tmp_path, day, bodies[day])
    for day in DAYS:
        load.load_file(owner, VISIT, tmp_path / f"ward__visit__{day}.csv")
    in_order = contents(owner)["raw"]
    owner.execute("truncate raw.ward__visit, raw.delivery, raw.quarantine, raw.confirmation, raw.key_filter")
    for day in (DAYS[0], DAYS[5], DAYS[3], DAYS[1], DAYS[4], DAYS[2]):
        load.load_file(owner, VISIT, tmp_path / f"ward__visit__{day}.csv")
    assert set(in_order) <= set(contents(owner)["raw"])
