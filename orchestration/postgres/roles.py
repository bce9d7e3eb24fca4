"""Databases, roles, schemas and grants: made once, repeated without effect."""

from contextlib import suppress
from importlib import resources
from typing import get_args
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from orchestration import secret
from orchestration.postgres import connection, server
from orchestration.postgres.connection import DATABASE, DatabaseError, Role
from orchestration.settings import Settings

MINIMUM_VERSION = 180000
SCHEMAS = ("raw", "identity", "staging", "intermediate", "measures", "marts", "quality", "access", "review")
READABLE = {"cpw_analyst": ("quality",), "cpw_auditor": ("quality",), "cpw_pack": ("quality",)}
# Here the analyst reads each table without the names of people: dbt grants the other columns when it builds one.
READABLE_BY_COLUMN = ("intermediate", "measures")
SUPERSET = SUPERSET_DATABASE = "cpw_superset"
_XML = ("xml", "xmlschema", "xml_and_xmlschema")
# They run a text as a query, or read what they are given the name of: no part of the query that calls them says so.
RUN_TEXT_AS_QUERY = (
    *(f"query_to_{kind}(text, boolean, boolean, text)" for kind in _XML),
    *(f"table_to_{kind}(regclass, boolean, boolean, text)" for kind in _XML),
    *(f"schema_to_{kind}(name, boolean, boolean, text)" for kind in _XML),
    *(f"database_to_{kind}(boolean, boolean, text)" for kind in _XML),
    "cursor_to_xml(refcursor, integer, boolean, boolean, text)",
    "cursor_to_xmlschema(refcursor, boolean, boolean, text)",
    "ts_rewrite(tsquery, text)",
    "ts_stat(text)",
    "ts_stat(text, text)",
)
# Who forgets an open transaction must not hold up a publication; a lock that is not got is told, not waited for.
ROLE_SETTINGS = {
    "cpw_owner": {"timezone": "UTC", "lock_timeout": "5min"},
    "cpw_analyst": {"idle_in_transaction_session_timeout": "5min"},
    "cpw_reader": {"idle_in_transaction_session_timeout": "1min"},
    "cpw_auditor": {"idle_in_transaction_session_timeout": "1min"},
    # A page waits for it, and is refused when it takes too long.
    "cpw_viewing": {"statement_timeout": "5s", "lock_timeout": "3s"},
    # Somebody waits with a form in hand.
    "cpw_pack": {"statement_timeout": "30s", "default_transaction_read_only": "on", "timezone": "UTC"},
    "cpw_review": {"statement_timeout": "10s", "lock_timeout": "5s", "timezone": "UTC"},
}
_LOCK = 6_117_842_001


def prepare(settings: Settings) -> None:
    """Start the embedded server where it is ours, and make roles, databases, schemas and grants.

    Raises `DatabaseError` when the database cannot be reached, is older than PostgreSQL 18, or its user may not
    create roles and databases.
    """
    if settings.database_url is None:
        server.start(settings)
        _create_database(settings, DATABASE, owner=None)
    with connection.open_url(connection.administrator_dsn(settings), autocommit=True) as administrator:
        if administrator.info.server_version < MINIMUM_VERSION:
            found = administrator.info.server_version // 10000
            raise DatabaseError(f"PostgreSQL 18 or newer is needed; this server is version {found}.")
        administrator.execute("select pg_advisory_lock(%s)", [_LOCK])
        try:
            for role in (*get_args(Role), "superset"):
                _create_role(administrator, settings, role)
            _grant(administrator)
            _create_database(settings, SUPERSET_DATABASE, owner=SUPERSET)
        except psycopg.errors.InsufficientPrivilege as error:
            user = administrator.info.user
            raise DatabaseError(
                f"The user {user} may not set up the warehouse ({str(error).splitlines()[0]}): CPW_DATABASE_URL must "
                "name a user with CREATEROLE and CREATEDB that owns the database."
            ) from None
        with connection.connect(settings) as owner:
            owner.execute(resources.files(__package__).joinpath("access.sql").read_text())
            key = [secret.read_or_make(settings.secrets / "access_key", 48)]
            # Not a truncate: that would wait for every reader, and every reader for it.
            owner.execute("delete from access.signing_key where signing_key <> %s", key)
            owner.execute(
                "insert into access.signing_key (signing_key) select %s"
                " where not exists (select 1 from access.signing_key)",
                key,
            )


def superset_dsn(settings: Settings) -> str:
    """Return the address of Superset's own database, for its own role."""
    parts = urlsplit(connection.administrator_dsn(settings))
    password = secret.read_or_make(settings.secrets / "postgres_superset")
    host = parts.netloc.rsplit("@", 1)[-1]
    query = f"?{parts.query}" if parts.query else ""
    return f"postgresql+psycopg2://{SUPERSET}:{password}@{host}/{SUPERSET_DATABASE}{query}"


def _create_database(settings: Settings, name: str, owner: str | None) -> None:
    """Make a database with its owner in one statement: a kill leaves it whole or not there."""
    database = sql.Identifier(name)
    maintenance = None if settings.database_url else "postgres"
    with connection.open_url(connection.administrator_dsn(settings, maintenance), autocommit=True) as administrator:
        if not administrator.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            owned = sql.SQL(" owner {}").format(sql.Identifier(owner)) if owner else sql.SQL("")
            with suppress(psycopg.errors.DuplicateDatabase):
                administrator.execute(sql.SQL("create database {}").format(database) + owned)
        administrator.execute(sql.SQL("revoke connect, temporary on database {} from public").format(database))


def _create_role(administrator: psycopg.Connection, settings: Settings, role: str) -> None:
    """Make a log-in with the password of this installation; an existing one gets the same password again."""
    name = sql.Identifier(f"cpw_{role}")
    password = secret.read_or_make(settings.secrets / f"postgres_{role}")
    # Only its SCRAM verifier is sent: a server writes statements that fail to its log.
    verifier = administrator.pgconn.encrypt_password(password.encode(), f"cpw_{role}".encode(), b"scram-sha-256")
    exists = administrator.execute("select 1 from pg_roles where rolname = %s", [f"cpw_{role}"]).fetchone()
    statement = "alter role {} password {}" if exists else "create role {} login noinherit password {}"
    administrator.execute(sql.SQL(statement).format(name, sql.Literal(verifier.decode())))
    # The administrator must be a member to hand objects over; the embedded one is a superuser and is already.
    if not administrator.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()[0]:  # type: ignore[index]
        administrator.execute(sql.SQL("grant {} to current_user").format(name))


def _grant(administrator: psycopg.Connection) -> None:
    database = sql.Identifier(administrator.info.dbname)
    statements = [
        sql.SQL("revoke connect, temporary on database {} from public").format(database),
        sql.SQL("grant connect, create, temporary on database {} to cpw_owner").format(database),
        sql.SQL(
            "grant connect on database {} to cpw_analyst, cpw_reader, cpw_auditor, cpw_viewing, cpw_review, cpw_pack"
        ).format(database),
        sql.SQL("revoke all on schema public from public"),
        # Settings that a reader could forge, and a function that runs any query as text, are not for everyone.
        sql.SQL("revoke execute on function pg_catalog.set_config(text, text, boolean) from public"),
        sql.SQL("grant execute on function pg_catalog.set_config(text, text, boolean) to cpw_owner"),
        *(
            sql.SQL("revoke execute on function pg_catalog.{} from public").format(sql.SQL(function))
            for function in RUN_TEXT_AS_QUERY
        ),
    ]
    superuser = administrator.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    for statement in statements if superuser and superuser[0] else statements[:3]:
        administrator.execute(statement)
    for role, values in ROLE_SETTINGS.items():
        for setting, value in values.items():
            administrator.execute(
                sql.SQL("alter role {} set {} = {}").format(
                    sql.Identifier(role), sql.Identifier(setting), sql.Literal(value)
                )
            )
    for schema in SCHEMAS:
        name = sql.Identifier(schema)
        exists = administrator.execute("select 1 from pg_namespace where nspname = %s", [schema]).fetchone()
        if not exists:
            administrator.execute(sql.SQL("create schema {} authorization cpw_owner").format(name))
    administrator.execute("grant usage on schema marts to cpw_reader, cpw_analyst")
    administrator.execute("grant usage on schema access to cpw_reader, cpw_analyst, cpw_auditor, cpw_viewing")
    administrator.execute("grant usage on schema review to cpw_review")
    administrator.execute("grant usage on schema marts, review, access, identity to cpw_pack")
    for role, schemas in READABLE.items():
        for schema in schemas:
            _let_read(administrator, role, schema)
    for schema in READABLE_BY_COLUMN:
        _let_read_by_column(administrator, schema)


def _let_read(administrator: psycopg.Connection, role: str, schema: str) -> None:
    """Let a role read every table of a schema, those that are made later too."""
    names = {"role": sql.Identifier(role), "schema": sql.Identifier(schema)}
    for statement in (
        "grant usage on schema {schema} to {role}",
        "grant select on all tables in schema {schema} to {role}",
        "alter default privileges for role cpw_owner in schema {schema} grant select on tables to {role}",
    ):
        administrator.execute(sql.SQL(statement).format(**names))


def _let_read_by_column(administrator: psycopg.Connection, schema: str) -> None:
    """Let the analyst into a schema whose tables are granted one by one; whole ones, of former versions, are not."""
    name = sql.Identifier(schema)
    whole = administrator.execute(
        "select relname from pg_class where relnamespace = to_regnamespace(%s) and relkind in ('r', 'v', 'm', 'p')"
        " and has_table_privilege('cpw_analyst', oid, 'select')",
        [schema],
    ).fetchall()
    for statement in (
        sql.SQL("grant usage on schema {} to cpw_analyst").format(name),
        sql.SQL(
            "alter default privileges for role cpw_owner in schema {} revoke select on tables from cpw_analyst"
        ).format(name),
        *(sql.SQL("revoke select on {} from cpw_analyst").format(sql.Identifier(schema, table)) for (table,) in whole),
    ):
        administrator.execute(statement)
