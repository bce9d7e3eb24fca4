"""Settings of the gunicorn that serves Superset: made for two cores, which Superset's own Python keeps busy."""

import os

bind = f"127.0.0.1:{os.environ['CPW_SUPERSET_PORT']}"
workers = 2
threads = 6
worker_class = "gthread"
timeout = 120
# Longer than a proxy (nginx: 60 s) or a reader keeps a connection without a word. Who closes first must be who asks: a
# question sent in the moment in which the server closes is lost, and no proxy asks it again where it is a POST.
keepalive = 75
# Not preloaded: workers would share the parent's connections to the metadata database.
preload_app = False
