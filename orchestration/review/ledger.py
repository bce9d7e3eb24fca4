"""Makes the review loop in the database: append-only tables, and the functions by which alone they are used."""

from importlib import resources

import psycopg

# The functions for pages, with their arguments; all others are steps of these, which nobody else calls.
_FOR_PAGES = """
select format('review.%%I(%%s)', p.proname, pg_get_function_identity_arguments(p.oid))
from pg_proc as p
where
    p.pronamespace = 'review'::regnamespace
    and p.proname = any (%s)
"""
FOR_PAGES = [
    "answer_objective", "beginning", "clinician", "colleague", "comment_list", "comment_on", "confirm",
    "confirm_all", "decide", "delegate", "delegation_list", "dispute", "dispute_list", "effect", "end_delegation",
    "end_rebase", "ladder", "measure", "month", "my_unit", "objective_list", "propose_objective", "publication_id",
    "rebase", "rebase_list", "record", "record_history", "sign_off", "spoken_unit", "withdraw", "work_list",
    "work_months",
]  # fmt: skip
# What views of the dashboards stand on: the reader of a page runs them, and has no way to name them otherwise.
FOR_DASHBOARDS = [
    "beginning", "shown_comment", "shown_dispute", "shown_objective", "shown_reach", "shown_validation",
    "shown_waiting", "shown_work",
]  # fmt: skip
# What is asked beside the tables where a pack is made.
FOR_PACKS = ["beginning", "deadline_on", "judged", "name_of"]
_SCRIPTS = (
    "acting.sql", "standing.sql", "validate.sql", "decide.sql", "sign_off.sql", "objective.sql", "interpret.sql",
    "pipeline.sql", "shown.sql",
)  # fmt: skip


def prepare(connection: psycopg.Connection) -> None:
    """Make tables and functions; schema `access` and the ledgers of `quality` must exist. Idempotent.

    Tables are made once and never touched again, as those of `access` are.
    """
    row = connection.execute("select to_regclass('review.act') is not null").fetchone()
    for script in _SCRIPTS if row and row[0] else ("tables.sql", *_SCRIPTS):
        connection.execute(resources.files(__package__).joinpath(script).read_text())
    connection.execute("revoke execute on all functions in schema review from public")
    for (function,) in connection.execute(_FOR_PAGES, [FOR_PAGES]).fetchall():
        connection.execute(f"grant execute on function {function} to cpw_review")
    for (function,) in connection.execute(_FOR_PAGES, [FOR_DASHBOARDS]).fetchall():
        connection.execute(f"grant execute on function {function} to cpw_reader, cpw_analyst")
    connection.execute("grant select on all tables in schema review to cpw_pack")
    for (function,) in connection.execute(_FOR_PAGES, [FOR_PACKS]).fetchall():
        connection.execute(f"grant execute on function {function} to cpw_pack")
    # A view with the reader's own rights, of which the reader is shown the marts that they may read.
    connection.execute("grant select on review.comment_shown to cpw_reader, cpw_analyst")
