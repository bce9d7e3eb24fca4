"""Configuration of the Superset server: read by Superset through `SUPERSET_CONFIG_PATH`.

Environment: `CPW_SUPERSET_DSN` (its own database), `CPW_SUPERSET_SECRET_KEY`, `CPW_ACCESS_KEY` (signs the user's
name for Postgres), `CPW_VIEWING_DSN` (records who saw what), `CPW_REVIEW_DSN` (the review pages act by it),
`CPW_PACK_DSN` and `CPW_PACK_KEY` (appraisal packs are read and signed by them), `CPW_HOME` (folder of state). Each
is required: a server that starts without one would be unsafe. `CPW_PUBLIC_URL` is the address behind a proxy,
`CPW_SIGN_ON` and what begins with it say how people log in.
"""

import os
from pathlib import Path
from typing import Any

from flask import Flask

from dashboards.server.appearance import colour_schemes, content_security_policy, superset_theme
from dashboards.server.chosen import add_choice
from dashboards.server.export import add_publication_to_downloads
from dashboards.server.fresh import security_manager
from dashboards.server.identity import connection_mutator
from dashboards.server.landing import add_landing, landing_pages
from dashboards.server.lockout import lock_out_guessers
from dashboards.server.log_in import ignore_events_of_strangers
from dashboards.server.menu import ReviewInMenu
from dashboards.server.related import no_role, own_user
from dashboards.server.review.database import ReviewDatabase
from dashboards.server.review.frame import add_review
from dashboards.server.review.pack_maker import PackMaker
from dashboards.server.sign_on import sign_on_settings
from dashboards.server.viewing import record_viewings
from dashboards.server.viewing_log import ViewingLog

# The data cache would serve one person's rows to the next without this; it stands first on purpose.
FEATURE_FLAGS: dict[str, bool] = {
    "CACHE_QUERY_BY_USER": True,
    "DASHBOARD_RBAC": True,
    "DRILL_BY": False,
    "EMBEDDED_SUPERSET": False,
    "ENABLE_TEMPLATE_PROCESSING": False,
    "ALERT_REPORTS": False,
}

SQLALCHEMY_DATABASE_URI = os.environ["CPW_SUPERSET_DSN"]
SECRET_KEY = os.environ["CPW_SUPERSET_SECRET_KEY"]
DB_CONNECTION_MUTATOR = connection_mutator(os.environ["CPW_ACCESS_KEY"])
_VIEWING_LOG = ViewingLog(os.environ["CPW_VIEWING_DSN"])
_REVIEW = ReviewDatabase(os.environ["CPW_REVIEW_DSN"], os.environ["CPW_ACCESS_KEY"])
_PACKS = PackMaker(os.environ["CPW_PACK_DSN"], os.environ["CPW_PACK_KEY"])
APP_INITIALIZER = ReviewInMenu
CUSTOM_SECURITY_MANAGER = security_manager(_VIEWING_LOG)

# A minute: long enough for a page that is opened twice. What a person may no longer see is not found in it.
_CACHE = Path(os.environ["CPW_HOME"]) / "superset" / "cache"
DATA_CACHE_CONFIG: dict[str, Any] = {
    "CACHE_TYPE": "FileSystemCache",
    "CACHE_DIR": str(_CACHE),
    "CACHE_DEFAULT_TIMEOUT": 60,
    "CACHE_THRESHOLD": 2000,
    "CACHE_OPTIONS": {"mode": 0o600},
}

# Only this host: no analytics pixel, no maps, no fonts from elsewhere.
TALISMAN_ENABLED = True
_IS_TLS = os.environ.get("CPW_PUBLIC_URL", "").startswith("https://")
TALISMAN_CONFIG = content_security_policy(is_tls=_IS_TLS)
CONTENT_SECURITY_POLICY_WARNING = False
THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []
HTML_SANITIZATION = True
WTF_CSRF_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _IS_TLS
ENABLE_PROXY_FIX = _IS_TLS
# As many settings as the kind of log-in has.
globals().update(sign_on_settings(os.environ))
FAB_API_SWAGGER_UI = False
# Who may read a chart may ask whom it could belong to: that would be a list of all who have an account.
EXTRA_RELATED_QUERY_FILTERS = {"user": own_user, "role": no_role}
# By address, behind a proxy that of everybody: see `lockout` for guessers.
RATELIMIT_ENABLED = False

APP_NAME = "Clinician performance"
THEME_DEFAULT = superset_theme(APP_NAME)
THEME_DARK = None
ENABLE_UI_THEME_ADMINISTRATION = False
EXTRA_CATEGORICAL_COLOR_SCHEMES = colour_schemes()
FAVICONS = [{"href": THEME_DEFAULT["token"]["brandLogoUrl"]}]
LANGUAGES: dict[str, dict[str, str]] = {}
D3_FORMAT = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["£", ""]}

ROW_LIMIT = 5000
SQL_MAX_ROW = 100000
# For the pages' own buttons; that none is streamed whatever is asked is seen to in `export`.
CSV_STREAMING_ROW_THRESHOLD = SQL_MAX_ROW + 1
SUPERSET_WEBSERVER_TIMEOUT = 60


def FLASK_APP_MUTATOR(app: Flask) -> None:
    """Add what Superset's options cannot say: landing, plain downloads, a log-in that holds, who saw what, review."""
    pages = landing_pages()
    add_landing(app, pages)
    add_choice(app, pages)
    add_publication_to_downloads()
    ignore_events_of_strangers(app)
    lock_out_guessers(app)
    record_viewings(app, _VIEWING_LOG)
    add_review(app, _REVIEW, _VIEWING_LOG, _PACKS)
