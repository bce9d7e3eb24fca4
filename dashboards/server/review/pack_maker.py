"""Makes an appraisal pack for a page: read by a login that can only read, signed with the key of this installation."""

from dataclasses import dataclass, field
from datetime import date

import psycopg2

from dashboards.server.review.errors import BadInputError, UnavailableError
from orchestration.pack.errors import PackError, PackUsageError
from orchestration.pack.make import build_own

_UNAVAILABLE = "The warehouse does not answer just now, so no pack was made. Try again in a minute."


@dataclass(frozen=True)
class PackMaker:
    """The address of the database for the role `cpw_pack`, and the key that signs packs."""

    dsn: str = field(repr=False)
    key: str = field(repr=False)

    def make(self, user_name: str, first: date, last: date) -> bytes:
        """Return the pack of the clinician with this log-in, from one month to another, as PDF.

        Whose it is must be the name of the session: this login may read everybody's. Raises `BadInputError` for
        months of which there is nothing to say, `UnavailableError` where the database does not answer.
        """
        try:
            connection = psycopg2.connect(self.dsn, connect_timeout=5)
        except psycopg2.Error:
            raise UnavailableError(_UNAVAILABLE) from None
        try:
            return build_own(connection, user_name, first, last, key=self.key.encode())
        except PackUsageError as error:
            raise BadInputError(str(error), "last") from None
        except (PackError, psycopg2.Error):
            raise UnavailableError(_UNAVAILABLE) from None
        finally:
            connection.close()
