"""Packs of a published trust: figures as SQL counts them from records, peers without names, always the same bytes."""

import re
import stat
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from orchestration.pack import ask, batch, content, make
from orchestration.pack.asked import Period
from orchestration.postgres import connection
from tests.installations import BuiltWarehouse, environment, run_cpw
from tests.integration.pack import reading

PERIOD = ("--from", "2025-10", "--to", "2026-09")
POSTS = """
select u.clinician_key, i.identifier as code, u.org_unit_key, u.org_unit_code, d.org_unit_code as department_code,
    d.org_unit_name as department_name
from marts.dim_org_unit as u
inner join marts.dim_org_unit as d on u.department_key = d.org_unit_key
inner join identity.pseudonym as i on u.clinician_key = i.pseudonym and i.purpose = 'clinician'
where u.org_unit_level = 'clinician' and not u.is_unattributed
order by i.identifier, u.org_unit_key
"""
# From records, not from the figures that the pack reads.
COUNTED = """
select r.measure_id, r.org_unit_key, sum(r.numerator) as numerator, sum(r.denominator) as denominator,
    count(*) filter (where r.exclusion_reason is null) as n
from marts.measure_record as r
where r.org_unit_key = any(%(posts)s) and r.month_on between %(first)s and %(last)s
group by r.measure_id, r.org_unit_key
having count(*) filter (where r.exclusion_reason is null) > 0
"""


@pytest.fixture(scope="module")
def two_posts(warehouse: BuiltWarehouse) -> Any:
    """Return the posts of a clinician who holds two."""
    posts = warehouse.query(POSTS)
    return posts[posts["code"] == posts["code"][posts["code"].duplicated()].iloc[0]]


@pytest.fixture(scope="module")
def pack(warehouse: BuiltWarehouse, two_posts: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pack") / "pack.pdf"
    result = warehouse.cpw("pack", two_posts["code"].iloc[0], *PERIOD, "--out", str(path))
    assert result.returncode == 0, result.stderr
    return path


@pytest.fixture(scope="module")
def quarter(warehouse: BuiltWarehouse, two_posts: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of three months in the middle of the data."""
    path = tmp_path_factory.mktemp("quarter") / "pack.pdf"
    result = warehouse.cpw(
        "pack", two_posts["code"].iloc[0], "--from", "2025-11", "--to", "2026-01", "--out", str(path)
    )
    assert result.returncode == 0, result.stderr
    return path


def as_decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def months(told: dict[str, Any]) -> dict[str, str]:
    return {name: f"{told['period'][name]}-01" for name in ("first", "last")}


@pytest.mark.parametrize("which", ["pack", "quarter"])
def test_whole_practice__is_the_sum_over_posts_of_what_records_say(
    warehouse: BuiltWarehouse, two_posts: Any, which: str, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(which)
    told, said = reading.content(path), reading.text(path).replace("\n", " ")
    counted = warehouse.query(COUNTED, posts=two_posts["org_unit_key"].tolist(), **months(told))
    units = warehouse.query("select measure_id, unit from marts.dim_measure").set_index("measure_id")["unit"]
    labels = dict(zip(two_posts["department_name"], two_posts["org_unit_key"], strict=True))
    shown = {one["measure_id"]: one for family in told["families"] for one in family["measures"]}
    assert set(shown) == set(counted["measure_id"])
    assert any(len(one["posts"]) == 2 for one in shown.values())
    for measure_id, rows in counted.groupby("measure_id"):
        one = shown[measure_id]
        sums = [(one["whole"], rows)]
        sums += [(post, rows[rows["org_unit_key"] == labels[post["post"]]]) for post in one["posts"]]
        assert {labels[post["post"]] for post in one["posts"]} == set(rows["org_unit_key"])
        for figure, of in sums:
            numerator = of["numerator"].sum()
            assert as_decimal(figure["n"]) == int(of["n"].sum())
            assert abs(as_decimal(figure["numerator"]) - numerator) <= Decimal("0.005"), measure_id
            if units[measure_id] == "count":
                assert as_decimal(figure["value"]) == numerator
                continue
            denominator = of["denominator"].sum()
            assert abs(as_decimal(figure["denominator"]) - denominator) <= Decimal("0.005"), measure_id
            value = re.sub(r"(%| days| min)$", "", figure["value"])
            times = 100 if units[measure_id] == "proportion" else 1
            if denominator:
                assert abs(as_decimal(value) - numerator / denominator * times) <= Decimal("0.0500001"), measure_id
        assert f"n = {one['whole']['n']}" in said


def test_states_and_values_of_a_post__are_those_of_its_page(
    warehouse: BuiltWarehouse, two_posts: Any, pack: Path
) -> None:
    """The period is the last twelve months, so pages and pack tell the same."""
    page = warehouse.query(
        "select s.measure_id, d.org_unit_name as post, s.value_12m_text, s.record_count_12m, s.state, s.state_reason,"
        " s.state_month_label from marts.rpt_measure_summary as s"
        " inner join marts.dim_org_unit as u on s.org_unit_key = u.org_unit_key"
        " inner join marts.dim_org_unit as d on u.department_key = d.org_unit_key"
        " where s.audience = 'inside' and s.org_unit_key = any(%(posts)s)",
        posts=two_posts["org_unit_key"].tolist(),
    )
    names = ["value", "state", "reason", "state_month"]
    told = {
        (one["measure_id"], post["post"]): [post[name] for name in names]
        for family in reading.content(pack)["families"]
        for one in family["measures"]
        for post in one["posts"]
    }
    columns = ["value_12m_text", "state", "state_reason", "state_month_label"]
    assert told == {(row.measure_id, row.post): [getattr(row, name) for name in columns] for row in page.itertuples()}


@pytest.mark.parametrize("which", ["pack", "quarter"])
def test_records_left_out__are_counted_by_reason(
    warehouse: BuiltWarehouse, two_posts: Any, which: str, request: pytest.FixtureRequest
) -> None:
    told = reading.content(request.getfixturevalue(which))
    counted = warehouse.query(
        "select m.title, count(*) filter (where exclusion_reason is null) as counted,"
        " count(exclusion_reason) as left_out from marts.measure_record as r"
        " inner join marts.dim_measure as m using (measure_id)"
        " where org_unit_key = any(%(posts)s) and month_on between %(first)s and %(last)s group by m.title",
        posts=two_posts["org_unit_key"].tolist(),
        **months(told),
    )
    rows = told["quality"]["records"]
    assert {(one["measure"], one["counted"], one["left_out"]) for one in rows} == {
        (row.title, f"{row.counted:,}", f"{row.left_out:,}") for row in counted.itertuples()
    }
    for one in rows:
        assert sum(as_decimal(reason.rsplit(" ", 1)[1]) for reason in one["reasons"]) == as_decimal(one["left_out"])


def test_colleagues__have_no_names(warehouse: BuiltWarehouse, tmp_path: Path) -> None:
    """All packs of the largest department: no other clinician is named, by name or by code."""
    posts = warehouse.query(POSTS)
    largest = posts["department_code"].value_counts().index[0]
    result = warehouse.cpw("pack", "--department", largest, *PERIOD, "--out", str(tmp_path))
    assert result.returncode == 0, result.stderr
    names = warehouse.query("select clinician_key, clinician_name from marts.dim_clinician")
    people = posts.merge(names, on="clinician_key")
    for path in tmp_path.glob("*.pdf"):
        told, said = reading.content(path), reading.text(path)
        own = told["clinician"]["name"]
        others = set(people["clinician_name"]) - {own}
        assert own in said
        assert not [
            name for name in others if name in said or (name.split()[-1] in said and name.split()[-1] not in own)
        ]
        assert not [code for code in set(people["code"]) - {told["clinician"]["code"]} if code in said]
    assert len(list(tmp_path.glob("*.pdf"))) == len(set(posts.loc[posts["department_code"] == largest, "code"]))


def test_colleagues__are_the_points_of_the_page(warehouse: BuiltWarehouse, two_posts: Any) -> None:
    """Six points are put on the page of a post, for a moment: the trust of these tests has no team so large."""
    code, post = two_posts[["code", "org_unit_key"]].iloc[0]
    points = [(100, 4.0), (200, 5.0), (300, 6.0), (400, 7.0), (500, 8.0), (600, 9.0)]
    with connection.connect(warehouse.settings) as owner:
        measures = owner.execute(
            "select measure_id from marts.rpt_peer_summary where org_unit_key = %s order by 1", [post]
        ).fetchall()
        chosen, none = measures[0][0], measures[1][0]
        owner.cursor().executemany(
            "insert into marts.rpt_peer_comparison (org_unit_key, measure_id, point_kind, point_number, size,"
            " colleague_value) values (%s, %s, 'Colleagues', %s, %s, %s)",
            [(post, chosen, number, size, value) for number, (size, value) in enumerate(points, 1)],
        )
        owner.execute(
            "update marts.rpt_peer_summary set peer_count = 6, summary_html = '<div><b>A, %%</b>, 12 months. "
            "<b>You: 9.59.</b> Of 6 colleagues, the middle half lie between 5.25 and 7.75. From left to right: n.'"
            " where org_unit_key = %s and measure_id = %s",
            [post, chosen],
        )
        told = content.read(owner, code, Period(date(2025, 10, 1), date(2026, 9, 1)))
        before = content.read(owner, code, Period(date(2025, 9, 1), date(2026, 3, 1)))
        owner.rollback()
    label = two_posts["department_name"].iloc[0]
    one, other, earlier = (
        next(of for of in reading.measure(where, measure_id)["posts"] if of["post"] == label)
        for where, measure_id in ((told, chosen), (told, none), (before, chosen))
    )
    assert [tuple(point) for point in one["funnel"]["colleagues"]] == points
    assert len(one["funnel"]["you"]) == 1
    assert one["peers"] == "Of 6 colleagues, the middle half lie between 5.25 and 7.75."
    assert other["funnel"] is None and other["peers"].startswith("Fewer than five colleagues in the department")
    # The page draws the last twelve months of the publication, and no others.
    assert earlier["funnel"] is None and "which end after the period" in earlier["peers"]


def test_same_question__is_the_same_bytes_in_any_process(
    warehouse: BuiltWarehouse, two_posts: Any, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed, zone in (("1", "Pacific/Auckland"), ("2", "America/New_York")):
        told = environment(warehouse.settings) | {"PYTHONHASHSEED": seed, "TZ": zone}
        monkeypatch.setattr("tests.installations.environment", lambda _, told=told: told)
        path = tmp_path / f"{seed}.pdf"
        result = run_cpw(warehouse.settings, "pack", two_posts["org_unit_code"].iloc[1], *PERIOD, "--out", str(path))
        assert result.returncode == 0, result.stderr
        assert path.read_bytes() == pack.read_bytes()
    verified = run_cpw(warehouse.settings, "pack", "verify", str(path))
    assert verified.returncode == 0 and verified.stdout.strip().endswith("; this installation made it.")


def test_department__has_the_files_that_are_made_alone(
    warehouse: BuiltWarehouse, two_posts: Any, pack: Path, tmp_path: Path
) -> None:
    code, department = two_posts[["code", "department_code"]].iloc[0]
    folder = tmp_path / "new" / "folder"
    result = warehouse.cpw("pack", "--department", department, *PERIOD, "--out", str(folder), "--workers", "2")
    assert result.returncode == 0, result.stderr
    files = sorted(folder.iterdir())
    assert len(files) == len(result.stderr.splitlines())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert (folder / f"appraisal-{code}-2025-10-2026-09.pdf").read_bytes() == pack.read_bytes()


def test_what_is_read__are_tables(warehouse: BuiltWarehouse) -> None:
    """Views are taken out of a publication that is kept."""
    room = Path(make.__file__).parent
    read = {name for path in room.glob("*.py") for name in re.findall(r"\{marts\}\.(\w+)", path.read_text())}
    tables = set(warehouse.query("select tablename from pg_tables where schemaname = 'marts'")["tablename"])
    assert len(read) > 10 and read <= tables


def test_another_driver__reads_the_same(warehouse: BuiltWarehouse, two_posts: Any, pack: Path) -> None:
    """Pages have psycopg 2."""
    with psycopg2.connect(connection.dsn(warehouse.settings)) as owner:
        made = make.build(
            owner,
            two_posts["code"].iloc[0],
            date(2025, 10, 1),
            date(2026, 9, 1),
            key=batch.key(warehouse.settings),
        )
    assert made == pack.read_bytes()


def test_reading__takes_as_many_questions_for_many_measures_as_for_few(
    warehouse: BuiltWarehouse, two_posts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = ("asked", "figures", "trends", "peers", "quality", "head", "validation", "objectives")
    asked = []
    for first in (date(2026, 9, 1), date(2025, 10, 1)):
        seen: list[str] = []

        def counting(*arguments: Any, seen: list[str] = seen, **named: Any) -> Any:
            seen.append(arguments[1])
            return ask.rows(*arguments, **named)

        for room in rooms:
            monkeypatch.setattr(f"orchestration.pack.{room}.rows", counting)
        with connection.connect(warehouse.settings) as owner:
            content.read(owner, two_posts["code"].iloc[0], Period(first, date(2026, 9, 1)))
        asked.append(len(seen))
    assert asked[0] == asked[1] < 30


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["C0000000", *PERIOD], "There is no clinician 'C0000000'"),
        (["pack", *PERIOD], "There is no clinician 'pack'"),
        (
            ["{code}", "--from", "2020-04", "--to", "2021-03"],
            "There are no figures of Apr 2020 to Mar 2021: the data",
        ),
        (
            ["{code}", "--from", "2026-04", "--to", "2026-03"],
            "The period ends in 2026-03, before it begins in 2026-04.",
        ),
        (["{code}", "--from", "2016-04", "--to", "2026-03"], "five years at most"),
        (["{code}", *PERIOD, "--publication", "99"], "There is no publication 99"),
        (["{code}", *PERIOD, "--out", "/proc/nowhere/pack.pdf"], "cannot be written"),
        (["--department", "X", *PERIOD, "--out", "/tmp"], "There is no department 'X'"),
        (["--department", "D100", *PERIOD], "'--department' needs '--out'"),
        ([*PERIOD], "Give a CLINICIAN, or '--department'"),
        (["{code}", "--from", "April", "--to", "2026-03"], "'April'"),
        (["verify", "/nowhere.pdf"], "/nowhere.pdf"),
    ],
)
def test_what_cannot_be_had__is_one_sentence(
    warehouse: BuiltWarehouse, two_posts: Any, arguments: list[str], said: str
) -> None:
    code = two_posts["code"].iloc[0]
    result = warehouse.cpw("pack", *(one.format(code=code) for one in arguments))
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1), result.stderr
    assert said in result.stderr


def test_misspelt_clinician__is_told_who_is_near(warehouse: BuiltWarehouse, two_posts: Any) -> None:
    code = two_posts["code"].iloc[0]
    result = warehouse.cpw("pack", code[:-1], *PERIOD)
    assert result.returncode == 2 and f"({code})" in result.stderr
