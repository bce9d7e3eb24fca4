"""A new measure is two files and a line: the examples of the how-to, put into a copy of the project and published.

One is of the whole trust, the other a department's own, which nobody else finds in any place.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration import settings as settings_module
from orchestration.postgres import connection, server
from orchestration.publication import origin, publish, served
from orchestration.settings import PROJECT, Settings
from tests.installations import CPW, as_reader

ROOMS = ("dbt_project", "orchestration", "expectations", "dashboards", "requirements")
HOW_TO = PROJECT / "docs/how-to/new-measure.md"
LINES = "dbt_project/models/marts/measure_record.sql"
OF_TRUST, LOCAL, SCOPE = "hospital_cancelled", "missed_after_long_wait", "department:D101"


def files() -> dict[str, str]:
    """Return the files that the how-to shows: each block of SQL or YAML, by the path named last before it."""
    found = {}
    blocks = re.finditer(r"```(?:sql|yaml)\n(.*?)```", text := HOW_TO.read_text(), re.DOTALL)
    for block in blocks:
        paths = re.findall(r"`(dbt_project/models/measures/\w+/\w+\.(?:sql|yml))`", text[: block.start()])
        found[paths[-1]] = block[1]
    return found


@dataclass(frozen=True)
class Copy:
    """A copy of the project with an installation of its own."""

    project: Path
    settings: Settings

    def cpw(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `cpw` on the copy's code."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CPW_", "DBT_"))}
        environment |= {"PYTHONPATH": str(self.project), "CPW_HOME": str(self.settings.home)}
        return subprocess.run(
            [str(CPW), *arguments], env=environment, cwd=self.project, capture_output=True, text=True, check=False
        )

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace what is there once."""
        path = self.project / file
        assert path.read_text().count(old) == 1
        path.write_text(path.read_text().replace(old, new))

    def found(self, query: str, user: str | None = None) -> set[str]:
        """Return the first column of `query`, as the owner or as a person sees it."""
        reader = connection.connect(self.settings, autocommit=True) if user is None else as_reader(self.settings, user)
        with reader:
            return {row[0] for row in reader.execute(query)}


@pytest.fixture(scope="module")
def copy(small_extracts: Path) -> Iterator[Copy]:
    """Copy the project, load a trust. Not in pytest's folder: PostgreSQL's user cannot enter that."""
    home = Path(tempfile.mkdtemp(prefix="cpw-test-"))
    made = Copy(home / "project", settings_module.load({"CPW_HOME": str(home / "home")}))
    for room in ROOMS:
        shutil.copytree(PROJECT / room, made.project / room, ignore=shutil.ignore_patterns("__pycache__", "target"))
    home.chmod(0o711)
    made.settings.home.mkdir()
    loaded = made.cpw("load", "--extracts", str(small_extracts))
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    for file, text in files().items():
        (made.project / file).write_text(text)
    yield made
    server.stop(made.settings)
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def published(copy: Copy) -> Copy:
    """Add the lines, build once and publish."""
    copy.edit(LINES, "{%- set measure_ids = [\n", f"{{%- set measure_ids = [\n    '{OF_TRUST}',\n    '{LOCAL}',\n")
    with connection.connect(copy.settings, autocommit=True) as owner:
        publish.begin(owner, origin.now(owner))
        built = copy.cpw("dbt", "build", "--exclude-resource-type", "unit_test")
        assert built.returncode == 0, built.stdout[-4000:]
        publish.publish(owner, served.load(copy.settings.dbt_target / "manifest.json"), run_id="test")
    return copy


def test_how_to__shows_two_files_for_each_measure() -> None:
    assert sorted(Path(file).name for file in files()) == sorted(
        f"{measure}.{ending}" for measure in (OF_TRUST, LOCAL) for ending in ("sql", "yml")
    )


def test_line__that_was_forgotten_is_named(copy: Copy) -> None:
    said = copy.cpw("dbt", "compile", "--select", "measure_record")
    assert said.returncode != 0
    sentence = f"The measure {OF_TRUST} has no line in the list of measures: add it in measure_record.sql."
    assert sentence in " ".join(said.stdout.split())


def test_examples__pass_their_unit_tests(published: Copy) -> None:
    said = published.cpw("dbt", "test", "--select", f"{OF_TRUST},test_type:unit", f"{LOCAL},test_type:unit")
    assert said.returncode == 0, said.stdout[-4000:]
    # dbt counts its hook among what passed
    assert len(re.findall(r"PASS \w+::\w+", said.stdout)) == 2


def test_measure_of_the_trust__is_everywhere(published: Copy) -> None:
    of_it = f"where measure_id = '{OF_TRUST}'"
    for table in ("dim_measure", "measure_feed", "measure_record", "rpt_measure", "rpt_measure_summary", "rpt_trend"):
        assert published.found(f"select measure_id from marts.{table} {of_it}"), table
    levels = published.found(
        f"select org_unit_level from marts.performance inner join marts.dim_org_unit using (org_unit_key) {of_it}"
    )
    assert levels == {"clinician", "department", "division", "trust"}


def test_local_measure__counts_its_department_and_no_unit_outside(published: Copy) -> None:
    leaves = published.found(
        f"select org_unit_key from marts.dim_org_unit where department_key = '{SCOPE}' and org_unit_key <> '{SCOPE}'"
    )
    candidates = published.found(f"select org_unit_key from measures.{LOCAL}")
    assert candidates - leaves
    for table, expected in {
        "measure_record": candidates & leaves,
        "performance": (candidates & leaves) | {SCOPE},
        "rpt_measure_summary": (candidates & leaves) | {SCOPE},
        "rpt_trend": (candidates & leaves) | {SCOPE},
    }.items():
        found = published.found(f"select org_unit_key from marts.{table} where measure_id = '{LOCAL}'")
        # A leaf of which every record is left out, or none is of the last year, has no figure.
        assert SCOPE in found or table == "measure_record"
        assert found <= expected and found & leaves, table
    assert published.found(f"select scope_org_unit_key from marts.dim_measure where measure_id = '{LOCAL}'") == {SCOPE}


def test_local_measure__adds_up_in_its_department(published: Copy) -> None:
    """Counted from the measure's own rows, not from those of the marts."""
    assert published.found(
        f"""
        select (sum(numerator), sum(denominator), count(*))::text from marts.dim_org_unit as unit
        inner join measures.{LOCAL} using (org_unit_key)
        where unit.department_key = '{SCOPE}' and exclusion_reason is null and occurred_on >= (
            select first_month_on from marts.reporting_period)
        """
    ) == published.found(
        f"""
        select (sum(numerator)::numeric(28, 12), sum(denominator)::numeric(28, 12), sum(record_count))::text
        from marts.performance where measure_id = '{LOCAL}' and org_unit_key = '{SCOPE}'
        """
    )


def test_local_measure__is_known_to_who_may_read_a_unit_of_its_department(published: Copy) -> None:
    everybody = published.found("select user_name from marts.person")
    inside = published.found(
        "select user_name from marts.access_grant inner join marts.dim_org_unit using (org_unit_key)"
        f" where department_key = '{SCOPE}'"
    )
    outside = everybody - inside
    assert inside and outside
    # One of each kind who is inside, and as many outside: to ask for everybody would tell no more.
    lead = published.found(f"select user_name from marts.access_grant where org_unit_key = '{SCOPE}'")
    asked = {min(lead), min(inside - lead), min(outside), max(outside)}
    for user in asked:
        for table in ("dim_measure", "measure_feed", "rpt_measure"):
            seen = published.found(f"select measure_id from marts.{table}", user)
            assert OF_TRUST in seen
            assert (LOCAL in seen) == (user in inside), (user, table)
        for table in ("performance", "measure_record", "rpt_measure_summary", "rpt_trend", "rpt_measure_line"):
            seen = published.found(f"select measure_id from marts.{table}", user)
            assert LOCAL not in seen or user in inside, (user, table)


def test_local_measure__that_waits_is_not_named_to_everybody(published: Copy) -> None:
    with connection.connect(published.settings) as owner:
        owner.execute(
            """
            insert into raw.delivery (
                source_name, table_name, file_name, file_digest, contract_digest, delivery_kind, extracted_at, state,
                reason, received_count, held_count
            ) values ('pas', 'outpatient_attendance', 'f', 'd', 'c', 'full_snapshot', now(), 'held', 'Few.', 4, 4)
            """
        )
        row = owner.execute("select notice_html from marts.rpt_notice").fetchone()
        held = owner.execute("select measure_id from marts.rpt_measure where held_text is not null").fetchall()
        owner.rollback()
    assert {OF_TRUST, LOCAL} <= {measure for (measure,) in held}
    assert "Appointments that the hospital cancelled" in row[0]
    assert "Missed after more than 18 weeks" not in row[0]


def test_scope__that_is_no_department_stops_the_build_and_is_named(published: Copy) -> None:
    file = next(file for file in files() if file.endswith(f"{LOCAL}.yml"))
    published.edit(file, "scope: D101", "scope: MED")
    said = published.cpw("dbt", "build", "--select", "dim_measure")
    published.edit(file, "scope: MED", "scope: D101")
    assert said.returncode != 0
    assert f"models/measures/outpatient/{LOCAL}.yml: scope MED is the code of no department" in " ".join(
        said.stdout.split()
    )
