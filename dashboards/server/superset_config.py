"""Configuration of the Superset server: read by Superset through `SUPERSET_CONFIG_PATH`.

Environment: `CPW_SUPERSET_DSN` (its own database), `CPW_SUPERSET_SECRET_KEY`, `CPW_ACCESS_KEY` (signs the user's
name for Postgres), `CPW_HOME` (folder of state). Each is required: a server that starts without one would be unsafe.
"""

import os
from pathlib import Path
from typing import Any

from flask import Flask

from dashboards.server.appearance import colour_schemes, content_security_policy, superset_theme
from dashboards.server.chosen import add_choice
from dashboards.server.export import add_publication_to_downloads
from dashboards.server.identity import connection_mutator
from dashboards.server.landing import add_landing, landing_pages
from dashboards.server.log_in import ignore_events_of_strangers

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

# A minute: long enough for a page that is opened twice, short enough that a new publication is soon seen whole.
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
TALISMAN_CONFIG = content_security_policy()
CONTENT_SECURITY_POLICY_WARNING = False
THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []
HTML_SANITIZATION = True
WTF_CSRF_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
AUTH_ROLE_PUBLIC = "Public"
AUTH_USER_REGISTRATION = False
FAB_API_SWAGGER_UI = False
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
# A download is never streamed: what is streamed does not pass where it is made plain and told its publication.
CSV_STREAMING_ROW_THRESHOLD = SQL_MAX_ROW + 1
SUPERSET_WEBSERVER_TIMEOUT = 60


def FLASK_APP_MUTATOR(app: Flask) -> None:
    """Add what Superset's options cannot say: landing pages, links into them, plain downloads, a log-in that holds."""
    pages = landing_pages()
    add_landing(app, pages)
    add_choice(app, pages)
    add_publication_to_downloads()
    ignore_events_of_strangers(app)
