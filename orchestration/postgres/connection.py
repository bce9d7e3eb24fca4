"""Addresses of the database by role, and connections to it."""

from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

import psycopg

from orchestration import secret
from orchestration.errors import WarehouseError
from orchestration.postgres import server
from orchestration.settings import Settings

# The owner loads and transforms; the analyst reads marts and measures; the reader is Superset, which sees what the
# person in front of it may see; the auditor reads checks, ledgers and who saw what; `viewing` may only record that,
# `review` write what people say of figures, as themselves, `pack` read a publication and what was said of it.
Role = Literal["owner", "analyst", "reader", "auditor", "viewing", "review", "pack"]
ROLES: tuple[Role, ...] = ("owner", "analyst", "reader", "auditor", "viewing", "review", "pack")
DATABASE = "cpw"
TLS_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey")


class DatabaseError(WarehouseError):
    """The database cannot be reached, or is not one that we can use."""


def administrator_dsn(settings: Settings, database: str | None = None) -> str:
    """Return the address with which roles and databases are made: `CPW_DATABASE_URL`, or the embedded server.

    Raises `DatabaseError` when the embedded server does not run.
    """
    if settings.database_url:
        return _with_path(settings.database_url, database) if database else settings.database_url
    port = server.running_port(settings)
    if port is None:
        raise DatabaseError("The embedded PostgreSQL is not running: start it with `cpw up` or `cpw run`.")
    password = secret.read_or_make(settings.secrets / "postgres_administrator")
    return _url(server.ADMINISTRATOR, password, f"127.0.0.1:{port}", database or DATABASE)


def dsn(settings: Settings, role: Role = "owner", driver: str = "postgresql") -> str:
    """Return the address of the warehouse for `role`, as a URL with the given SQLAlchemy `driver`."""
    parts = urlsplit(administrator_dsn(settings))
    host = parts.netloc.rsplit("@", 1)[-1]
    password = secret.read_or_make(settings.secrets / f"postgres_{role}")
    url = _url(f"cpw_{role}", password, host, parts.path.lstrip("/") or DATABASE)
    return url.replace("postgresql", driver, 1) + (f"?{parts.query}" if parts.query else "")


def connect(settings: Settings, role: Role = "owner", **options: object) -> psycopg.Connection:
    """Open a connection to the warehouse as `role`. Raises `DatabaseError` with one clear sentence."""
    return open_url(dsn(settings, role), **options)


def open_url(url: str, **options: object) -> psycopg.Connection:
    """Open a connection to `url`. Raises `DatabaseError` with one clear sentence and no password in it."""
    try:
        return psycopg.connect(url, connect_timeout=10, **options)  # type: ignore[arg-type]
    except psycopg.OperationalError as error:
        parts = urlsplit(url)
        where = f"{parts.hostname}:{parts.port or 5432}{parts.path}"
        reason = str(error).strip().splitlines()[-1]
        raise DatabaseError(f"No connection to PostgreSQL at {where} as {parts.username}: {reason}") from None


def _url(user: str, password: str, host: str, database: str) -> str:
    return f"postgresql://{quote(user)}:{quote(password)}@{host}/{database}"


def _with_path(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Return the variables that `dbt_project/profiles.yml` reads to connect as the owner."""
    parts = urlsplit(dsn(settings, "owner"))
    return {
        "CPW_DBT_HOST": parts.hostname or "127.0.0.1",
        "CPW_DBT_PORT": str(parts.port or 5432),
        "CPW_DBT_USER": unquote(parts.username or ""),
        "CPW_DBT_PASSWORD": unquote(parts.password or ""),
        "CPW_DBT_DATABASE": parts.path.lstrip("/"),
        # libpq's own variables: dbt's profile has no place for every option of TLS.
        **{f"PG{name.upper()}": value for name, value in parse_qsl(parts.query) if name in TLS_OPTIONS},
    }
