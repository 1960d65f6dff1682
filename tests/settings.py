"""The portal's settings with the variables of a test run."""

import os

os.environ.setdefault("DJANGO_SECRET_KEY", "only-for-tests")
os.environ.setdefault("SIGN_IN_RATE_LIMIT", "0")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("LINKEDIN_CLIENT_ID", "test-client")
os.environ.setdefault("LINKEDIN_CLIENT_SECRET", "test-secret")

from learning_portal.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
