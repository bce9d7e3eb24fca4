"""Settings of the gunicorn that serves Superset: made for two cores, which Superset's own Python keeps busy."""

import os

bind = f"127.0.0.1:{os.environ['CPW_SUPERSET_PORT']}"
workers = 2
threads = 6
worker_class = "gthread"
timeout = 120
keepalive = 5
# Not preloaded: workers would share the parent's connections to the metadata database.
preload_app = False
