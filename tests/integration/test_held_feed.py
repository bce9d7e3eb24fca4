"""A held delivery marks the measures that depend on its feed, for as long as it is held, and nothing is built anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from orchestration.postgres import connection
from orchestration.publication import fingerprint
from tests.installations import BuiltWarehouse

HELD = "A delivery of theatre theatre list of 3 October 2026 is held: figures may be incomplete."
CLINIC = {
    "attendances_per_planned_clinic",
    "clinic_slot_utilisation",
    "discharge_at_first_attendance",
    "dna_rate",
    "hospital_cancellation_rate",
    "new_to_follow_up_ratio",
    "outpatient_attendances",
}
THEATRE = {
    "cancellation_on_the_day",
    "cases_per_list",
    "cases_per_planned_session",
    "complication_rate",
    "early_finish_minutes",
    "early_finish_minutes_mhs",
    "intercase_downtime_minutes",
    "intercase_downtime_minutes_mhs",
    "late_start_minutes",
    "late_start_minutes_mhs",
    "late_start_rate",
    "overrun_minutes",
    "overrun_minutes_mhs",
    "return_to_theatre",
    "surgical_site_infection",
    "theatre_cases",
    "theatre_spell_linkage",
    "theatre_utilisation_capped",
    "theatre_utilisation_capped_mhs",
    "theatre_utilisation_uncapped",
    "theatre_utilisation_uncapped_mhs",
}
# Confirmed are records of every kind.
EVERY_KIND = {"validation_coverage"}
# A row of a later delivery that repeated the version before it becomes a version when a late delivery comes between.
REPAIRED = """
    update raw.delivery set received_count = received_count + 1, loaded_count = loaded_count + 1
    where delivery_id = (select max(delivery_id) from raw.delivery where state = 'loaded')
"""


@contextmanager
def undone(warehouse: BuiltWarehouse) -> Iterator[psycopg.Connection]:
    """Open a transaction of the owner in the shared warehouse; what it writes is seen by nobody else and undone."""
    with connection.connect(warehouse.settings) as owner:
        yield owner
        owner.rollback()


def hold(owner: psycopg.Connection, source: str, table: str, extracted_at: str = "2026-10-03 06:00+01") -> int:
    """Record a delivery as held, as the loader does, and return its number."""
    row = owner.execute(
        """
        insert into raw.delivery (
            source_name, table_name, file_name, file_digest, contract_digest, delivery_kind, extracted_at, state,
            reason, received_count, held_count
        ) values (%s, %s, 'file.csv', 'd', 'c', 'full_snapshot', %s, 'held', 'It has <few> rows.', 40, 40)
        returning delivery_id
        """,
        [source, table, extracted_at],
    ).fetchone()
    return int(row[0])


def decide(owner: psycopg.Connection, delivery_id: int, state: str) -> None:
    """Record a decision about a held delivery."""
    owner.execute(
        """
        update raw.delivery set
            state = %(state)s, decided_by = 'ann', decided_at = '2026-10-04 12:00+01', decision_reason = 'As agreed.',
            loaded_count = case when %(state)s = 'loaded' then 40 else 0 end,
            held_count = case when %(state)s = 'loaded' then 0 else 40 end,
            reason = case when %(state)s = 'loaded' then null else reason end,
            loaded_at = case when %(state)s = 'loaded' then now() end
        where delivery_id = %(delivery)s
        """,
        {"state": state, "delivery": delivery_id},
    )


def marked(owner: psycopg.Connection) -> dict[str, str]:
    """Return the mark of each measure that has one."""
    return dict(
        owner.execute("select measure_id, held_text from marts.rpt_measure where held_text is not null").fetchall()
    )


def text(owner: psycopg.Connection, query: str) -> str:
    """Return the texts that a query finds, as one."""
    return "".join(row[0] for row in owner.execute(query).fetchall())


def test_measure_feed__follows_from_the_graph_and_keeps_kinds_of_record_apart(small_warehouse: BuiltWarehouse) -> None:
    found = small_warehouse.query("select measure_id, source_name || '.' || table_name as feed from marts.measure_feed")
    feeds = found.groupby("measure_id")["feed"].agg(set).to_dict()
    measures = set(small_warehouse.query("select measure_id from marts.dim_measure")["measure_id"])
    assert set(feeds) == measures
    # Who carries a record depends on all of workforce's posts; a late start on lists, and on no admission.
    assert all({"workforce.post", "workforce.organisation_unit"} <= found for found in feeds.values())
    assert "pas.outpatient_attendance" in feeds["dna_rate"]
    assert {name for name, found in feeds.items() if "pas.outpatient_attendance" in found} == CLINIC | EVERY_KIND
    assert {name for name, found in feeds.items() if "theatre.theatre_list" in found} == THEATRE | EVERY_KIND
    assert {name for name, found in feeds.items() if "outcome.complication" in found} == {"complication_rate"}
    assert "pas.patient_merge" in feeds["emergency_readmission_30d"]
    assert all("pas.patient_merge" not in feeds[name] for name in ("dna_rate", "late_start_minutes"))


def test_held_delivery__marks_just_the_measures_that_depend_on_it(small_warehouse: BuiltWarehouse) -> None:
    with undone(small_warehouse) as owner:
        assert marked(owner) == {}
        hold(owner, "theatre", "theatre_list")
        assert marked(owner) == dict.fromkeys(THEATRE | EVERY_KIND, HELD)
        hold(owner, "theatre", "theatre_list", "2026-10-05 06:00+01")
        hold(owner, "pas", "outpatient_attendance", "2026-10-05 06:00+01")
        assert marked(owner)["late_start_minutes"] == (
            "2 deliveries of theatre theatre list, the first of 3 October 2026, are held: figures may be incomplete."
        )
        assert marked(owner)["dna_rate"].startswith("A delivery of pas outpatient attendance of 5 October 2026 is held")


def test_held_delivery__is_told_wherever_a_measure_is_shown(small_warehouse: BuiltWarehouse) -> None:
    with undone(small_warehouse) as owner:
        hold(owner, "theatre", "theatre_list")
        shown = (
            "select definition_html from marts.rpt_measure where measure_id = 'late_start_minutes'",
            "select measure_html from marts.rpt_measure_line where measure_id = 'late_start_minutes' limit 1",
            "select tiles_html from marts.rpt_headline where org_unit_key like 'trust:%'",
        )
        for query in shown:
            assert HELD in text(owner, query)
        assert HELD not in text(owner, "select definition_html from marts.rpt_measure where measure_id = 'dna_rate'")
        notice = text(owner, "select notice_html from marts.rpt_notice")
        assert "Until somebody decides, a delivery of theatre theatre list of 3 October 2026 is held. Figures" in notice
        titles = owner.execute("select title from marts.dim_measure where measure_id = any(%s)", [sorted(THEATRE)])
        assert all(title in notice for (title,) in titles.fetchall())


def test_held_delivery__of_a_feed_that_no_measure_reads_is_told_too(small_warehouse: BuiltWarehouse) -> None:
    with undone(small_warehouse) as owner:
        hold(owner, "pas", "elective_admission_list")
        assert marked(owner) == {}
        notice = text(owner, "select notice_html from marts.rpt_notice")
        assert "is held. No measure of the whole trust waits for it." in notice


@pytest.mark.parametrize(
    ("state", "status", "decision"),
    [
        ("loaded", "Loaded", "Released by ann on 4 October 2026: As agreed."),
        ("rejected", "Rejected", "Rejected by ann on 4 October 2026: As agreed."),
    ],
)
def test_decision__takes_the_mark_away_and_is_in_the_ledger(
    small_warehouse: BuiltWarehouse, state: str, status: str, decision: str
) -> None:
    line = "select status_text, reason, decision_text, held_count from marts.rpt_delivery where delivery_id = %s"
    with undone(small_warehouse) as owner:
        before = text(owner, "select notice_html from marts.rpt_notice")
        number = hold(owner, "theatre", "theatre_list")
        held = ("Held until somebody decides", "It has <few> rows.", "\N{EN DASH}", 40)
        assert owner.execute(line, [number]).fetchone() == held
        decide(owner, number, state)
        assert marked(owner) == {}
        assert text(owner, "select notice_html from marts.rpt_notice") == before
        found = owner.execute(line, [number]).fetchone()
        assert (found[0], found[2]) == (status, decision)
        unaccounted = '<div class="cpw-tile-value">0</div><div class="cpw-tile-note">received \N{MINUS SIGN} loaded'
        assert unaccounted in text(owner, "select tiles_html from marts.rpt_data_quality_headline")


@pytest.mark.parametrize(
    ("change", "is_seen"),
    [
        (lambda owner: hold(owner, "theatre", "theatre_list"), False),
        (lambda owner: decide(owner, hold(owner, "theatre", "theatre_list"), "rejected"), False),
        (lambda owner: decide(owner, hold(owner, "theatre", "theatre_list"), "loaded"), True),
        (lambda owner: owner.execute(REPAIRED), True),
        (lambda owner: owner.execute("update raw.delivery set deleted_count = deleted_count + 1"), True),
    ],
    ids=["held", "rejected", "released", "repaired", "deleted"],
)
def test_fingerprint__follows_what_was_loaded(
    small_warehouse: BuiltWarehouse, change: Callable[[psycopg.Connection], object], is_seen: bool
) -> None:
    with undone(small_warehouse) as owner:
        before = fingerprint.of(owner)
        change(owner)
        assert (fingerprint.of(owner) != before) == is_seen


def test_marks__can_be_read_by_a_reader_who_reads_no_ledger(small_warehouse: BuiltWarehouse) -> None:
    with connection.connect(small_warehouse.settings, "reader", autocommit=True) as reader:
        assert reader.execute("select count(held_text) from marts.rpt_measure").fetchone() == (0,)
        # Nobody is logged in: no row, and no refusal.
        assert reader.execute("select count(*) from marts.rpt_measure_line").fetchone() == (0,)
        assert reader.execute("select count(*) from marts.rpt_headline").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("select * from quality.held_feed")
