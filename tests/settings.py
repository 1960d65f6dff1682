"""The portal's settings with the variables of a test run."""

import atexit
import os
import tempfile

os.environ.setdefault("DJANGO_SECRET_KEY", "only-for-tests")
os.environ.setdefault("SIGN_IN_RATE_LIMIT", "0")
os.environ.setdefault("SCIM_RATE_LIMIT", "0")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("LINKEDIN_CLIENT_ID", "test-client")
os.environ.setdefault("LINKEDIN_CLIENT_SECRET", "test-secret")

from learning_portal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
# Static files as they lie in the working tree; nobody collects them for a test.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
SCIM_LOG_IS_DEFERRED = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

_database = DATABASES["default"]  # noqa: F405
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # A file, since threads can't race in memory; one of its own for each run, gone at its end.
    _directory = tempfile.TemporaryDirectory(prefix="portal-tests-", ignore_cleanup_errors=True)
    atexit.register(_directory.cleanup)
    _database["TEST"] = {"NAME": os.path.join(_directory.name, "db.sqlite3")}

# Django empties a Redis cache as a whole: each worker of a parallel run has a database of its own.
_cache = CACHES["default"]  # noqa: F405
_worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
if _worker and _cache["BACKEND"].endswith("RedisCache"):
    _server, _, _number = str(_cache["LOCATION"]).rpartition("/")
    _cache["LOCATION"] = f"{_server}/{int(_number) + 1 + int(_worker)}"
