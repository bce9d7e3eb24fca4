"""Whom Superset names where it offers owners, authors and roles to choose from: nobody but oneself."""

from typing import Any

from flask import g


# Parts of Superset are imported where they are used: there is none while it reads its configuration.
def own_user(query: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's query of users
    """Return the query of users, of an administrator as it is, of others with their own account alone."""
    from superset import security_manager  # noqa: PLC0415

    return query if security_manager.is_admin() else query.filter(security_manager.user_model.id == g.user.id)


def no_role(query: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's query of roles
    """Return the query of roles, of an administrator as it is, of others with none."""
    from superset import security_manager  # noqa: PLC0415

    return query if security_manager.is_admin() else query.filter(False)
