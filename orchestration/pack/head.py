"""Of whom and from what a pack is: clinician, posts, period, publication, the cut of each feed and the code."""

from typing import Any

from orchestration.pack import words
from orchestration.pack.ask import Connection, Row, rows
from orchestration.pack.asked import Period, Publication

_POSTS = """
select
    post.org_unit_key, post.org_unit_code, post.valid_from_on, post.valid_to_on,
    department.org_unit_key as department_key, department.org_unit_name as department_name
from {marts}.dim_org_unit as post
left join {marts}.dim_org_unit as department on post.department_key = department.org_unit_key
where
    post.clinician_key = %(clinician_key)s and post.org_unit_level = 'clinician' and not post.is_unattributed
    and post.valid_from_on <= %(last_day)s
order by post.valid_from_on, post.org_unit_key
"""
_FEEDS = """
select source_name, table_name, extracted_at, held_count
from quality.publication_feed
where publication_id = %(publication_id)s
order by source_name collate "C", table_name collate "C"
"""
HOW_TO_READ = (
    "A figure is a question, not a verdict: it says where to look, and the conversation says what it means.",
    "A signal (\N{LEFT DOUBLE QUOTATION MARK}look\N{RIGHT DOUBLE QUOTATION MARK}, a marked month) asks for somebody"
    " to look at the records; within its limits a figure moves by chance alone.",
    "Where too few records or doubtful data let nothing be said of one person, the pack says so in place of a"
    " figure's meaning, and the team's figure is to be read.",
    "Who confirmed, disputed and signed off the records stands in the part on validation; what nobody confirmed was"
    " taken as the source wrote it.",
)
HOW_TO_READ_PICTURES = (
    "Months: each month of the figure, the mean (line) and the limits (broken lines) between which months lie by"
    " chance; a month beyond what chance explains has a mark of its own. A dotted line is a target.",
    "Colleagues: rings without names, the diamond is this clinician. From left to right the number of records, or what"
    " was expected of the patients. Chance alone leaves 95 % of clinicians between the inner limits, 99.8 % between"
    " the outer. Colleagues appear only where five or more have enough records.",
    "Bar: the figure (diamond) between the limits of 95 % (thick) and 99.8 % (thin) of its own size; the stroke is what"
    " all who are compared have, or 1 where as much was observed as was expected.",
)


def posts(connection: Connection, of: Publication, clinician: Row, period: Period) -> list[Row]:
    """Return the posts of a clinician that began before the period ended, each with the label that tells it apart."""
    found = rows(connection, _POSTS, of.place, clinician_key=clinician["clinician_key"], last_day=period.last_day)
    names = [post["department_name"] for post in found]
    for post in found:
        name = post["department_name"] or post["org_unit_code"]
        post["label"] = name if names.count(post["department_name"]) == 1 else f"{name} ({post['org_unit_code']})"
    return found


def read(connection: Connection, of: Publication, clinician: Row, held: list[Row], period: Period) -> dict[str, Any]:
    """Return all that the cover says but the hash, which is of this among the rest."""
    known = of.known
    return {
        "clinician": {
            "name": clinician["clinician_name"],
            "code": clinician["consultant_code"],
            "grade": words.sentence(clinician["grade"] or ""),
        },
        "posts": [
            {
                "post": post["org_unit_code"],
                "department": post["label"],
                "from": words.day(post["valid_from_on"]),
                "to": words.day(post["valid_to_on"]) if post["valid_to_on"] else "open",
            }
            for post in held
        ],
        "period": {
            "first": f"{period.first:%Y-%m}",
            "last": f"{period.last:%Y-%m}",
            "words": period.words,
        },
        "publication": {
            "id": known["publication_id"],
            "published_at": words.moment(known["attempted_at"]),
            "data_to": words.day(known["data_to_on"]),
            "content_hash": known["content_hash"],
            "code_commit": known["code_commit"],
            "code_digest": known["code_digest"],
        },
        "feeds": [
            {
                "feed": f"{row['source_name']} {row['table_name'].replace('_', ' ')}",
                "extracted": words.day(row["extracted_at"].astimezone(words.ZONE) if row["extracted_at"] else None),
                "held": row["held_count"],
            }
            for row in rows(connection, _FEEDS, publication_id=of.publication_id)
        ],
        "how_to_read": list(HOW_TO_READ),
        "how_to_read_pictures": list(HOW_TO_READ_PICTURES),
    }
