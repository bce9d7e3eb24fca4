"""Log-ins to show: only people of the synthetic trust, who are nobody, get passwords that we make and print."""

from pathlib import Path

import psycopg

from orchestration import secret
from orchestration.publication import people
from orchestration.publication.people import Person
from orchestration.settings import Settings
from orchestration.synthetic.catalogue import TRUST_CODE


def log_ins(settings: Settings, owner: psycopg.Connection) -> tuple[tuple[Person, str], ...]:
    """Return one person at each level with their password; none where the published trust is a real one."""
    row = owner.execute("select bool_and(org_unit_code = %s) from marts.dim_org_unit where org_unit_level = 'trust'", [
        TRUST_CODE
    ]).fetchone()  # fmt: skip
    if not (row and row[0]):
        return ()
    return tuple(
        (person, secret.read_or_make(settings.secrets / "people" / person.user_name))
        for person in people.examples(people.load(owner))
        if Path(person.user_name).name == person.user_name
    )
