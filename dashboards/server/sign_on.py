"""How people prove who they are, from variables of the environment: local accounts, OpenID Connect or LDAP."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Flask-AppBuilder's own numbers.
AUTH_DB, AUTH_LDAP, AUTH_OAUTH = 1, 2, 4
PROVIDER = "trust"
_KINDS = ("accounts", "oidc", "ldap")
_PREFIX = "CPW_SIGN_ON"


class SignOnError(ValueError):
    """A variable of single sign-on is missing or wrong: a server that started all the same would let nobody in."""


def sign_on_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return Superset's settings of log-in. Whoever logs in must be one of the people of the warehouse already.

    Raises `SignOnError` for a kind that there is not, or a variable that it needs and lacks.
    """
    kind = environment.get(_PREFIX) or "accounts"
    if kind not in _KINDS:
        raise SignOnError(f"{_PREFIX} is {kind!r}: it must be one of {', '.join(_KINDS)}.")
    # Nobody becomes a person of the warehouse by logging in: people and roles are made by `cpw deploy`.
    common = {"AUTH_USER_REGISTRATION": False, "AUTH_ROLES_SYNC_AT_LOGIN": False, "AUTH_ROLE_PUBLIC": "Public"}
    return common | {"accounts": _accounts, "oidc": _oidc, "ldap": _ldap}[kind](environment)


def user_of_claims(claims: Mapping[str, Any], claim: str) -> dict[str, Any]:
    """Return whom an identity provider vouches for, as Flask-AppBuilder asks for it; nobody without the claim."""
    return {"username": str(claims.get(claim) or ""), "email": claims.get("email", "")}


def _accounts(_: Mapping[str, str]) -> dict[str, Any]:
    return {"AUTH_TYPE": AUTH_DB}


def _oidc(environment: Mapping[str, str]) -> dict[str, Any]:
    issuer = _value(environment, "OIDC_ISSUER").rstrip("/")
    if not issuer.startswith("https://"):
        raise SignOnError(f"{_PREFIX}_OIDC_ISSUER must begin with https://: who is in between could be anybody.")
    return {
        "AUTH_TYPE": AUTH_OAUTH,
        "CPW_USER_CLAIM": environment.get(f"{_PREFIX}_USER_CLAIM") or "preferred_username",
        "OAUTH_PROVIDERS": [
            {
                "name": PROVIDER,
                "icon": "fa-hospital-o",
                "token_key": "access_token",
                "remote_app": {
                    "client_id": _value(environment, "OIDC_CLIENT_ID"),
                    "client_secret": _secret(environment, "OIDC_CLIENT_SECRET_FILE"),
                    "server_metadata_url": f"{issuer}/.well-known/openid-configuration",
                    "client_kwargs": {"scope": "openid profile email", "code_challenge_method": "S256"},
                },
            }
        ],
    }


def _ldap(environment: Mapping[str, str]) -> dict[str, Any]:
    server = _value(environment, "LDAP_SERVER")
    is_encrypted = server.startswith("ldaps://")
    return {
        "AUTH_TYPE": AUTH_LDAP,
        "AUTH_LDAP_SERVER": server,
        "AUTH_LDAP_USE_TLS": not is_encrypted,
        "AUTH_LDAP_TLS_DEMAND": True,
        "AUTH_LDAP_ALLOW_SELF_SIGNED": False,
        "AUTH_LDAP_TLS_CACERTFILE": environment.get(f"{_PREFIX}_LDAP_CA_FILE") or "",
        "AUTH_LDAP_SEARCH": _value(environment, "LDAP_SEARCH"),
        "AUTH_LDAP_UID_FIELD": environment.get(f"{_PREFIX}_LDAP_UID_FIELD") or "sAMAccountName",
        "AUTH_LDAP_BIND_USER": _value(environment, "LDAP_BIND_USER"),
        "AUTH_LDAP_BIND_PASSWORD": _secret(environment, "LDAP_BIND_PASSWORD_FILE"),
    }


def _value(environment: Mapping[str, str], name: str) -> str:
    if value := environment.get(f"{_PREFIX}_{name}"):
        return value
    raise SignOnError(f"{_PREFIX}_{name} is missing: see docs/how-to/single-sign-on.md.")


def _secret(environment: Mapping[str, str], name: str) -> str:
    """Return what is in the file that a variable names: an environment is seen by too many."""
    path = Path(_value(environment, name))
    try:
        return path.read_text().strip()
    except OSError as error:
        raise SignOnError(f"{_PREFIX}_{name} names {path}, which cannot be read ({error.strerror}).") from None
