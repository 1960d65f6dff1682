"""The production server's own settings. `docs/reference/settings.md` explains the variables."""

from __future__ import annotations

import os

# Importing it stops the start, with a readable line, where a variable is missing or malformed.
from learning_portal.settings import LOGGING, WEB_CONCURRENCY, env

bind = env.str("BIND", default=f"127.0.0.1:{env.int('PORT', default=8000)}")

# Processes use the cores, threads wait for the database. `manage.py check` refuses several
# processes without a shared cache.
worker_class = "gthread"
workers = WEB_CONCURRENCY
threads = env.int("WEB_THREADS", default=8)
# Each process opens its own pool of database connections after the fork; a connection that two
# processes share would mix their answers.
preload_app = False

# An answer takes milliseconds. Whatever takes half a minute is stuck.
timeout = 30
graceful_timeout = env.int("GRACEFUL_TIMEOUT", default=25)
keepalive = 5
# Heartbeats of the workers: memory, since a busy disk would look like a stuck worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - mkstemp below it

# A SAML request in the query string is the longest line there is; 8190 is the most gunicorn takes.
limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190

# Addresses and paths are personal data, and tell whoever reads the log which organization signs in.
accesslog = None
# One JSON object a line, like everything else this process says.
logconfig_dict = LOGGING | {
    "loggers": LOGGING["loggers"]
    | {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}}
}
# Nobody steers it from outside, and two servers of one user would fight for the socket.
control_socket_disable = True
