"""The portal's settings, for pages: static files as they lie there, since nobody collects them."""

from learning_portal.settings import *  # noqa: F403

STATIC_ROOT = None
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
