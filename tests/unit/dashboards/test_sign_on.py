"""How people log in follows from variables; a server that could not keep its word does not start."""

from pathlib import Path

import pytest

from dashboards.server.appearance import content_security_policy
from dashboards.server.sign_on import SignOnError, sign_on_settings, user_of_claims

OIDC = {
    "CPW_SIGN_ON": "oidc",
    "CPW_SIGN_ON_OIDC_ISSUER": "https://login.trust.example/staff/",
    "CPW_SIGN_ON_OIDC_CLIENT_ID": "warehouse",
}
LDAP = {
    "CPW_SIGN_ON": "ldap",
    "CPW_SIGN_ON_LDAP_SERVER": "ldaps://dc.trust.example",
    "CPW_SIGN_ON_LDAP_SEARCH": "ou=staff,dc=trust,dc=example",
    "CPW_SIGN_ON_LDAP_BIND_USER": "cn=reader,dc=trust,dc=example",
}


@pytest.fixture
def secret_file(tmp_path: Path) -> str:
    path = tmp_path / "secret"
    path.write_text("hunter2\n")
    return str(path)


def test_default__is_local_accounts() -> None:
    assert sign_on_settings({})["AUTH_TYPE"] == 1
    assert sign_on_settings({"CPW_SIGN_ON": ""}) == sign_on_settings({"CPW_SIGN_ON": "accounts"})


def test_openid_connect__asks_the_issuer_for_all_else(secret_file: str) -> None:
    made = sign_on_settings({**OIDC, "CPW_SIGN_ON_OIDC_CLIENT_SECRET_FILE": secret_file})
    remote = made["OAUTH_PROVIDERS"][0]["remote_app"]
    assert made["AUTH_TYPE"] == 4
    assert remote["server_metadata_url"] == "https://login.trust.example/staff/.well-known/openid-configuration"
    assert (remote["client_id"], remote["client_secret"]) == ("warehouse", "hunter2")


@pytest.mark.parametrize(("server", "starts_tls"), [("ldaps://dc", False), ("ldap://dc", True)])
def test_ldap__is_never_in_the_clear(secret_file: str, server: str, starts_tls: bool) -> None:
    made = sign_on_settings(
        {**LDAP, "CPW_SIGN_ON_LDAP_SERVER": server, "CPW_SIGN_ON_LDAP_BIND_PASSWORD_FILE": secret_file}
    )
    assert (made["AUTH_TYPE"], made["AUTH_LDAP_BIND_PASSWORD"]) == (2, "hunter2")
    assert made["AUTH_LDAP_USE_TLS"] is starts_tls and made["AUTH_LDAP_TLS_DEMAND"]


@pytest.mark.parametrize("kind", [{}, OIDC, LDAP])
def test_nobody__becomes_a_person_by_logging_in(secret_file: str, kind: dict[str, str]) -> None:
    files = {
        "CPW_SIGN_ON_OIDC_CLIENT_SECRET_FILE": secret_file,
        "CPW_SIGN_ON_LDAP_BIND_PASSWORD_FILE": secret_file,
    }
    made = sign_on_settings({**kind, **files})
    assert made["AUTH_USER_REGISTRATION"] is False and made["AUTH_ROLES_SYNC_AT_LOGIN"] is False


@pytest.mark.parametrize(("environment", "said"), [
    ({"CPW_SIGN_ON": "saml"}, "must be one of accounts, oidc, ldap"),
    (OIDC, "CPW_SIGN_ON_OIDC_CLIENT_SECRET_FILE is missing"),
    ({**OIDC, "CPW_SIGN_ON_OIDC_ISSUER": "http://login"}, "must begin with https://"),
    ({**OIDC, "CPW_SIGN_ON_OIDC_CLIENT_SECRET_FILE": "/no/such/file"}, "cannot be read"),
    ({"CPW_SIGN_ON": "ldap"}, "CPW_SIGN_ON_LDAP_SERVER is missing"),
])  # fmt: skip
def test_what_is_missing__is_named(environment: dict[str, str], said: str) -> None:
    with pytest.raises(SignOnError, match=said):
        sign_on_settings(environment)


def test_claims__without_the_claim_are_nobodys() -> None:
    assert (
        user_of_claims({"preferred_username": "a.name", "email": "a@b"}, "preferred_username")["username"] == "a.name"
    )
    assert user_of_claims({"sub": "1"}, "preferred_username")["username"] == ""


def test_tls__is_demanded_where_a_proxy_ends_it() -> None:
    assert content_security_policy(is_tls=True)["force_https"]
    assert content_security_policy(is_tls=True)["session_cookie_secure"]
    assert not content_security_policy(is_tls=False)["force_https"]
