"""Every way in which a clinician or leader of a trust may be named: what may not be found where names are not shown."""

import re
from urllib.parse import unquote_plus

from tests.installations import BuiltWarehouse
from tests.known_answer.clinician_names import plain, ways_to_write

_PEOPLE = """
select clinician_name as name, user_name, consultant_code as code from staging.stg_workforce__clinician
union select person_name, user_name, null from staging.stg_workforce__leadership_post
"""


def of_people(warehouse: BuiltWarehouse) -> re.Pattern[str]:
    """Return a pattern that finds the names, written forms, aliases, codes and user names of all people of the feed.

    To be searched in what `readable` makes of a text. A user name that is the name of a role names nobody.
    """
    people = warehouse.query(_PEOPLE)
    found = {way for name in people["name"] for way in ways_to_write(name)}
    found |= {plain(name) for name in people["user_name"].dropna()}
    found |= {part for code in people["code"].dropna() for part in (code, code[1:])}
    found |= {
        plain(alias) for alias in warehouse.query("select alias from staging.stg_workforce__clinician_alias").alias
    }
    found -= {plain(role) for role in warehouse.query("select role from intermediate.int_person_role")["role"]}
    assert len(found) > 100
    return re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, found), key=len, reverse=True))})\b")


def readable(text: str) -> str:
    """Return a text as it is searched: links decoded, in capitals, words parted by blanks."""
    return " ".join(re.findall(r"\w+", unquote_plus(text).upper().replace("'", "")))
