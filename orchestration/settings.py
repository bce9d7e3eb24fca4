"""The only reader of environment variables: where state lives and which database is used."""

import hashlib
import ipaddress
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from orchestration.errors import UsageError

PROJECT = Path(__file__).resolve().parent.parent
_SOURCE = "CPW_SOURCE_"
_SIGN_ON = "CPW_SIGN_ON"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"


class SettingsError(UsageError):
    """A variable of the environment has a value that cannot be used."""


@dataclass(frozen=True)
class Mail:
    """The mail server by which people are told what waits for them, from whom, and in which domain they are.

    Encryption: `is_tls` from the first byte on; else by STARTTLS, which is demanded unless the server is this machine
    (`is_local`) and no authority (`ca_file`) was named to trust.
    """

    host: str
    port: int
    is_tls: bool
    user: str | None
    password: str | None = field(repr=False)
    sender: str
    domain: str
    ca_file: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine, so that nothing said to it travels."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def needs_starttls(self) -> bool:
        """Whether nothing may be said before the connection is encrypted."""
        return not self.is_tls and (not self.is_local or self.ca_file is not None)


@dataclass(frozen=True)
class Settings:
    """One installation: its folder of state, its database, and where its extracts come from.

    Where extracts lie in another place (`extracts_url`), `extracts` is the folder that they are brought to. `sources`
    are the addresses of source databases by the names that contracts give them. Nothing secret is shown in a message.
    """

    home: Path
    database_url: str | None = field(repr=False)
    extracts: Path
    superset_port: int
    dagster_port: int
    extracts_url: str | None = None
    extracts_password: str | None = field(default=None, repr=False)
    extracts_key_file: Path | None = None
    extracts_known_hosts: Path | None = None
    sources: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    public_url: str | None = None
    sign_on: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    mail: Mail | None = None

    @property
    def secrets(self) -> Path:
        """Folder of generated secrets; each file is readable by its owner only."""
        return self.home / "secrets"

    @property
    def logs(self) -> Path:
        """Folder of the logs of every program that we start."""
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """Folder of process ids, ports and locks."""
        return self.home / "run"

    @property
    def postgres_data(self) -> Path:
        """Data folder of the embedded server."""
        return self.home / "postgres"

    @property
    def dagster_home(self) -> Path:
        """Dagster's instance folder."""
        return self.home / "dagster"

    @property
    def dbt_target(self) -> Path:
        """Where dbt writes its manifest, logs and documentation."""
        return self.home / "dbt"

    @property
    def data_docs(self) -> Path:
        """Where Great Expectations writes its Data Docs."""
        return self.home / "data_docs"

    @property
    def audit(self) -> Path:
        """Where the auditor's report of each run lies, and the heads of the chains that they noted."""
        return self.home / "audit"

    @property
    def incoming(self) -> Path:
        """Folder for what is brought from other places and from databases, until it is loaded."""
        return self.home / "incoming"

    @property
    def has_own_extracts(self) -> bool:
        """Whether the extracts are this installation's own: the synthetic trust's, not a folder that was named."""
        return self.extracts == self.home / "extracts"

    @property
    def superset_python(self) -> Path:
        """Interpreter of the Superset server's own environment, which lies beside the one that runs this."""
        return Path(sys.prefix).parent / "superset" / "bin" / "python"

    @property
    def name(self) -> str:
        """Short name of this installation, unlike that of any other on the machine."""
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:8]


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environment` (default: that of this process).

    `CPW_HOME` is the folder of state (default `.cpw` in the project), `CPW_DATABASE_URL` the address of a
    Postgres 18 database to use instead of the embedded server, `CPW_SUPERSET_PORT` and `CPW_DAGSTER_PORT` the ports of
    the two servers.

    `CPW_EXTRACTS` is the folder of extracts (default: those of the synthetic trust), or the address of another place
    such as `sftp://user@host:22/folder` or `s3://bucket/folder`, without a password. For SFTP, `CPW_EXTRACTS_PASSWORD`
    is the password, `CPW_EXTRACTS_KEY_FILE` a private key to use instead (its passphrase then is the password), and
    `CPW_EXTRACTS_KNOWN_HOSTS` the file of the servers that are trusted (default `~/.ssh/known_hosts`). An object store
    takes its keys from the variables of its own driver, such as `AWS_ACCESS_KEY_ID`.

    `CPW_SOURCE_<NAME>` is the address of the source database that contracts call NAME (in lower case), as SQLAlchemy
    writes it: `postgresql+psycopg://user:password@host/database`, `mssql+pyodbc://...`, `oracle+oracledb://...`.

    `CPW_PUBLIC_URL` is the address under which people reach Superset through a proxy; with https:// nothing is served
    without TLS. `CPW_SIGN_ON` and what begins with it say how people log in (`dashboards/server/sign_on.py`).

    `CPW_SMTP_URL` is the mail server for notices, `smtp://user@host:587` or `smtps://user@host:465`; without it no mail
    is sent. With it `CPW_MAIL_FROM` is the sender's address, `CPW_MAIL_DOMAIN` makes addresses of user names, and the
    link of a notice leads to `CPW_PUBLIC_URL`. `CPW_SMTP_PASSWORD` is the password of the user, `CPW_SMTP_CA_FILE` the
    certificate of an authority of the trust's own.

    Raises `SettingsError` for an address or a port that cannot be one.
    """
    env = os.environ if environment is None else environment
    home = Path(env.get("CPW_HOME") or PROJECT / ".cpw").expanduser().resolve()
    url = _extracts_url(env)
    extracts = home / "incoming" if url else _path(env, "CPW_EXTRACTS") or home / "extracts"
    return Settings(
        home=home,
        database_url=_database_url(env),
        extracts=extracts,
        superset_port=_port(env, "CPW_SUPERSET_PORT", 8088),
        dagster_port=_port(env, "CPW_DAGSTER_PORT", 3000),
        extracts_url=url,
        extracts_password=env.get("CPW_EXTRACTS_PASSWORD") or None,
        extracts_key_file=_path(env, "CPW_EXTRACTS_KEY_FILE"),
        extracts_known_hosts=_path(env, "CPW_EXTRACTS_KNOWN_HOSTS") or Path("~/.ssh/known_hosts").expanduser(),
        sources={name.removeprefix(_SOURCE).lower(): env[name] for name in env if name.startswith(_SOURCE)},
        public_url=_public_url(env),
        sign_on={name: env[name] for name in env if name.startswith(_SIGN_ON)},
        mail=_mail(env),
    )


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    text = environment.get(name)
    return Path(text).expanduser().resolve() if text else None


def _extracts_url(environment: Mapping[str, str]) -> str | None:
    """Return `CPW_EXTRACTS` where it names another place than a folder."""
    url = environment.get("CPW_EXTRACTS") or ""
    if "://" not in url:
        return None
    try:
        has_password = urlsplit(url).password is not None
        is_whole = urlsplit(url).port != 0
    except ValueError:
        has_password = is_whole = False
    if has_password:
        raise SettingsError("CPW_EXTRACTS holds a password, which logs would show: give it in CPW_EXTRACTS_PASSWORD.")
    if not is_whole:
        raise SettingsError("CPW_EXTRACTS must name a folder or read protocol://user@host:port/folder.")
    return url


def _database_url(environment: Mapping[str, str]) -> str | None:
    url = environment.get("CPW_DATABASE_URL")
    if not url:
        return None
    parts = urlsplit(url)
    try:
        is_whole = bool(parts.scheme in {"postgres", "postgresql"} and parts.hostname and parts.path.strip("/"))
        is_whole = is_whole and parts.port != 0  # asking raises where it is no number
    except ValueError:
        is_whole = False
    if not is_whole:
        raise SettingsError("CPW_DATABASE_URL must read postgresql://user:password@host:port/database.")
    return urlunsplit(parts._replace(scheme="postgresql"))


def _public_url(environment: Mapping[str, str]) -> str | None:
    url = (environment.get("CPW_PUBLIC_URL") or "").rstrip("/")
    parts = urlsplit(url)
    if url and not (parts.scheme in {"http", "https"} and parts.hostname and not parts.path):
        raise SettingsError(f"CPW_PUBLIC_URL is {url!r}: it must read https://host or https://host:port.")
    return url or None


def _mail(environment: Mapping[str, str]) -> Mail | None:
    url = environment.get("CPW_SMTP_URL")
    if not url:
        return None
    parts = urlsplit(url)
    try:
        port = parts.port or (465 if parts.scheme == "smtps" else 587)
        is_whole = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.path in {"", "/"}
    except ValueError:
        port, is_whole = 0, False
    if parts.password is not None:
        raise SettingsError("CPW_SMTP_URL holds a password, which logs would show: give it in CPW_SMTP_PASSWORD.")
    if not is_whole:
        raise SettingsError("CPW_SMTP_URL must read smtp://user@host:587 or smtps://user@host:465.")
    needed = ("CPW_MAIL_FROM", "CPW_MAIL_DOMAIN", "CPW_PUBLIC_URL")
    if missing := [name for name in needed if not environment.get(name)]:
        raise SettingsError(f"CPW_SMTP_URL is set, so notices also need {' and '.join(missing)}.")
    sender, domain = environment["CPW_MAIL_FROM"], environment["CPW_MAIL_DOMAIN"]
    if not re.fullmatch(rf"[A-Za-z0-9._%+'-]+@{_DOMAIN}", sender):
        raise SettingsError(f"CPW_MAIL_FROM is {sender!r}: give one address, such as performance@trust.example.")
    if not re.fullmatch(_DOMAIN, domain):
        raise SettingsError(f"CPW_MAIL_DOMAIN is {domain!r}: give what follows the @, such as trust.example.")
    user = unquote(parts.username) if parts.username else None
    password = environment.get("CPW_SMTP_PASSWORD") or None
    if (user is None) != (password is None):
        raise SettingsError("A mail server that asks who we are needs both: a user in CPW_SMTP_URL, CPW_SMTP_PASSWORD.")
    ca_file = _path(environment, "CPW_SMTP_CA_FILE")
    return Mail(str(parts.hostname), port, parts.scheme == "smtps", user, password, sender, domain, ca_file)


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise SettingsError(f"{name} is {text!r}: give a port between 1 and 65535.")
    return int(text)


def child_environment(settings: Settings, **extra: str) -> dict[str, str]:
    """Return the environment of a program that we start: ours, this installation's, telemetry off.

    Raises nothing. Secrets are handed over by `extra` alone, never written to a log.
    """
    return {
        **os.environ,
        "CPW_HOME": str(settings.home),
        "CPW_EXTRACTS": settings.extracts_url or str(settings.extracts),
        "DAGSTER_HOME": str(settings.dagster_home),
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_TARGET_PATH": str(settings.dbt_target),
        "DBT_LOG_PATH": str(settings.logs / "dbt"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "PYTHONUNBUFFERED": "1",
        **extra,
    }


def export(variables: Mapping[str, str]) -> None:
    """Put `variables` in this process's environment, for a library that hands nothing else to its own programs."""
    os.environ.update(variables)
