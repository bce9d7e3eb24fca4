"""Whether marts that were built again hold what a publication held: by hash, with other code told and not judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from orchestration.publication import content, fingerprint, ledger, origin, parts
from orchestration.publication.content import Contents
from orchestration.publication.ledger import Publication

# A delivery that came, was loaded or decided about in between is told in what was built, and not in the publication; so
# is what people said.
_SINCE = """
select
    (
        select count(*) from raw.delivery
        where received_at between %(first)s and %(last)s or loaded_at between %(first)s and %(last)s
            or decided_at between %(first)s and %(last)s
    ),
    (select count(*) from review.act where acted_at between %(first)s and %(last)s)
"""
_SHOWN = 12


@dataclass(frozen=True)
class Comparison:
    """A publication beside what was built again: the tables that differ, and by which code each was made."""

    publication: Publication
    content_hash: str
    table_count: int
    differing: list[str]
    code_then: str
    code_now: str

    @property
    def is_broken(self) -> bool:
        """Whether the same code made something else of the same deliveries."""
        return bool(self.differing) and self.code_then == self.code_now

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        number, now = self.publication.publication_id, self.content_hash[:_SHOWN]
        code = "" if self.code_then == self.code_now else f" It was made by {self.code_then}; here is {self.code_now}."
        if not self.differing:
            return f"The content is that of publication {number}: hash {now}, {self.table_count} tables.{code}"
        then = (self.publication.content_hash or "")[:_SHOWN]
        names = ", ".join(self.differing)
        return f"The content is not that of publication {number}: {names} differ; hash {now}, then {then}.{code}"


def compare(owner: psycopg.Connection, publication: Publication, contents: Sequence[Contents]) -> Comparison:
    """Compare `contents` that were built again with those of a publication."""
    published = parts.read(owner, publication.publication_id).contents
    return Comparison(
        publication,
        content.whole(contents),
        sum(of.content_hash is not None for of in contents),
        content.differing(published, contents),
        _code(publication.code_digest or "", publication.code_commit),
        _code(fingerprint.of_code(), origin.commit()),
    )


def compare_standing(owner: psycopg.Connection, before: datetime, contents: Sequence[Contents]) -> str:
    """Say whether `contents`, of what was known before a moment, are those of the publication that stood then."""
    said = f"Content hash {content.whole(contents)[:_SHOWN]}."
    standing = ledger.standing_before(owner, before)
    if standing is None or standing.known_before is None:
        return f"{said} No publication stood then that could be compared."
    row = owner.execute(_SINCE, {"first": standing.known_before, "last": before}).fetchone()
    since, acts = row or (0, 0)
    if since or acts:
        came = [f"{since:,} deliver{'y' if since == 1 else 'ies'} came or changed state"] if since else []
        came += ["people said something in review"] if acts else []
        news = " and ".join(came)
        return f"{said} Publication {standing.publication_id} stood then; {news} after it was made, so it is another."
    return compare(owner, standing, contents).sentence


def _code(digest: str, commit: str | None) -> str:
    """Return code as it is told: its hash decides, the commit is where to look for it."""
    return f"code {digest[:_SHOWN]}" + (f" (commit {commit[:_SHOWN]})" if commit else "")
