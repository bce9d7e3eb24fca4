"""Superset's security manager: a kept answer belongs to a person's standing; whom OpenID Connect vouches for."""

from typing import Any

from flask import current_app, g
from superset.security import SupersetSecurityManager

from dashboards.server.sign_on import PROVIDER, user_of_claims
from dashboards.server.viewing_log import ViewingLog


def security_manager(log: ViewingLog) -> type[SupersetSecurityManager]:
    """Return Superset's security manager, with each person's standing in the keys of its cache.

    A scope that ends, begins or is taken away, a new publication, and what somebody says of figures thus leave no
    answer of before.
    """

    class HouseSecurityManager(SupersetSecurityManager):
        """Adds to the keys of the cache what the database says of the person who asks."""

        def get_rls_cache_key(self, datasource: Any) -> list[str]:  # noqa: ANN401
            """Return what an answer depends on beside its question."""
            user_name = getattr(getattr(g, "user", None), "username", "")
            if "standing" not in g:
                g.standing = log.standing(user_name)
            return [*super().get_rls_cache_key(datasource), user_name, g.standing]

        def get_oauth_user_info(self, provider: str, resp: dict[str, Any]) -> dict[str, Any]:
            """Return whom the trust's identity provider vouches for, by the claim that holds the user name."""
            if provider != PROVIDER:
                return super().get_oauth_user_info(provider, resp)
            # Checked by authlib: signature, issuer, audience, nonce.
            return user_of_claims(resp.get("userinfo") or {}, current_app.config["CPW_USER_CLAIM"])

    return HouseSecurityManager
