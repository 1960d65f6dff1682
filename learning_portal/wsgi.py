"""The entry point of the production server."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "learning_portal.settings")
django.setup(set_prefix=False)

from learning_portal.handler import Utf8Handler  # noqa: E402 - it needs the settings

application = Utf8Handler()
