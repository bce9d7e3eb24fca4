"""A publication that was kept is printed as it stood: later corrections and later acts change no byte of it."""

import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from orchestration.postgres import connection
from tests.installations import BuiltWarehouse, sign
from tests.integration.pack import reading
from tests.integration.test_known_on import again, changed

PERIOD = ("--from", "2025-10", "--to", "2026-09")
MONTH = "2026-08-01"
HOLDERS = """
select s.user_name, s.org_unit_key, u.department_key, lead.user_name as lead_name, count(*) as records
from marts.person_scope as s
inner join marts.dim_org_unit as u on s.org_unit_key = u.org_unit_key
inner join marts.person_scope as lead on u.department_key = lead.org_unit_key and lead.role = 'clinical lead'
inner join marts.review_record as r
    on s.org_unit_key = r.org_unit_key and r.month_on = '2026-08-01' and r.record_type = 'theatre_case'
where s.role = 'clinician' and current_date between s.valid_from_on and s.valid_to_on
group by s.user_name, s.org_unit_key, u.department_key, lead.user_name
order by records desc, s.user_name
"""


def speaking(built: BuiltWarehouse, user: str) -> psycopg.Connection:
    """Connect as the review pages do for a person."""
    options = f"-c app.username={user} -c app.signature={sign(built.settings, user)}"
    return connection.connect(built.settings, "review", options=options, autocommit=True)


def ask(spoken: psycopg.Connection, query: str, *parameters: object) -> Any:
    return spoken.execute(query, parameters).fetchone()[0]  # type: ignore[index]


def disputed(spoken: psycopg.Connection, record: tuple[str, str], reason: str) -> int:
    last = ask(spoken, "select last_act_id from review.record(%s, %s)", *record)
    return ask(spoken, "select review.dispute(%s, %s, %s, null, 'See the notes.', %s)", *record, reason, last)


@pytest.fixture(scope="module")
def spoken(own_small_warehouse: BuiltWarehouse) -> dict[str, Any]:
    """A clinician and a lead say something of everything while the first publication stands."""
    built = own_small_warehouse
    who = built.query(HOLDERS).iloc[0]
    post = who["org_unit_key"]
    with speaking(built, who["user_name"]) as own:
        records = own.execute(
            "select record_type, record_id from review.work_list(%s, %s, null, null, 5, 0)", [post, MONTH]
        ).fetchall()
        disputes = [
            disputed(own, record, reason)
            for record, reason in zip(records, ("wrong code", "duplicate", "other"), strict=False)
        ]
        waiting = ask(
            own, "select waiting_count from review.work_months() where org_unit_key = %s and month_on = %s", post, MONTH
        )
        ask(own, "select review.confirm_all(%s, %s, null, %s)", post, MONTH, waiting)
        ask(own, "select review.sign_off(%s, %s, 'All seen.', null)", post, MONTH)
        measure = built.query(
            "select measure_id from marts.performance where org_unit_key = %(post)s and month_on = '2026-08-01'"
            " and record_count > 0 order by measure_id",
            post=post,
        )["measure_id"].iloc[0]
        ask(own, "select review.comment_on(%s, %s, %s, 'comment', 'Łódź ≥ 5.')", post, measure, MONTH)
    with speaking(built, who["lead_name"]) as lead:
        ask(lead, "select review.decide(%s, 'exclude', null, 'It is there twice.')", disputes[1])
        ask(lead, "select review.decide(%s, 'reject', null, 'It is right.')", disputes[2])
        ask(
            lead,
            "select review.propose_objective(%s, %s, 0.5, current_date + 90, %s, 'Fewer of them')",
            post,
            measure,
            who["user_name"],
        )
    return {"built": built, "who": who, "post": post, "measure": measure, "records": records}


def made(spoken: dict[str, Any], path: Path, *options: str) -> bytes:
    result = spoken["built"].cpw("pack", spoken["who"]["user_name"], *PERIOD, "--out", str(path), *options)
    assert result.returncode == 0, result.stderr
    return path.read_bytes()


@pytest.fixture(scope="module")
def signed_off(spoken: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("first") / "pack.pdf"
    made(spoken, path)
    return path


def test_what_people_said__is_told_as_their_pages_tell_it(spoken: dict[str, Any], signed_off: Path) -> None:
    told = reading.content(signed_off)["validation"]
    with speaking(spoken["built"], spoken["who"]["user_name"]) as own:
        pages = own.execute(
            "select to_char(month_on, 'FMMon YYYY'), record_count, confirmed_count, disputed_count"
            " from review.work_months() where month_on between '2025-10-01' and '2026-09-01' and org_unit_key = %s",
            [spoken["post"]],
        ).fetchall()
        judged = own.execute("select judgement from review.objective_list()").fetchall()
    counts = [
        tuple(int(one[name].replace(",", "")) for name in ("records", "confirmed", "disputed"))
        for one in told["months"]
    ]
    assert {(one["month"], *numbers) for one, numbers in zip(told["months"], counts, strict=True)} == set(pages)
    august = next(one for one in told["months"] if one["month"] == "Aug 2026")
    assert august["clinician"].endswith("publication 1: All seen.") and august["lead"] == "not signed"
    assert [one["outcome"] for one in told["disputes"]] == ["waiting", "excluded", "rejected"]
    assert told["disputes"][1]["decided"].endswith(": It is there twice.")
    assert [one["comment"] for one in told["comments"]] == ["Łódź ≥ 5."]
    assert [(one["state"], one["judgement"]) for one in told["objectives"]] == [("proposed", judged[0][0])]
    assert "Łódź ≥ 5." in reading.text(signed_off)


def test_kept_publication__is_printed_as_it_stood(
    spoken: dict[str, Any], signed_off: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    built, folder = spoken["built"], tmp_path_factory.mktemp("second")
    corrected = Path(shutil.copytree(built.extracts, folder / "extracts"))
    again(corrected, "theatre__theatre_case", "20261021", lambda rows: changed(rows[::4], "CASE STATUS CODE", "C"))
    assert made(spoken, folder / "again.pdf") == signed_off.read_bytes()
    result = built.cpw("run", "--extracts", str(corrected))
    assert result.returncode == 0, result.stdout + result.stderr
    with speaking(built, spoken["who"]["user_name"]) as own:
        ask(own, "select review.comment_on(%s, %s, %s, 'comment', 'Later.')", spoken["post"], spoken["measure"], MONTH)
        disputed(own, spoken["records"][3], "other")
    now = made(spoken, folder / "now.pdf")
    assert now != signed_off.read_bytes() and "Later." in reading.text(folder / "now.pdf")
    assert made(spoken, folder / "then.pdf", "--publication", "1") == signed_off.read_bytes()
    assert built.cpw("pack", "verify", str(folder / "then.pdf")).returncode == 0
    august = [one for one in reading.content(folder / "now.pdf")["validation"]["months"] if one["month"] == "Aug 2026"]
    assert "changed since" in august[0]["clinician"]

    with connection.connect(built.settings, autocommit=True) as owner:
        owner.execute("drop schema marts_2026_09 cascade")
    gone = built.cpw("pack", spoken["who"]["user_name"], *PERIOD, "--publication", "1")
    assert (gone.returncode, len(gone.stderr.splitlines())) == (2, 1)
    assert "The figures of publication 1 are no longer kept as they are read here" in gone.stderr
