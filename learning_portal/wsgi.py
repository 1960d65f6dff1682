"""The entry point of the production server."""

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "learning_portal.settings")
django.setup(set_prefix=False)

from django.urls import get_resolver  # noqa: E402 - it needs the settings

from learning_portal.handler import Utf8Handler  # noqa: E402 - it needs the settings

application = Utf8Handler()

# Views and what they are made of are loaded now; the first person need not wait for them.
get_resolver().url_patterns  # noqa: B018 - looking is loading
# They stay as long as the process does: nobody need look again and again what of it can go. A
# sign-in makes some thousand objects and few circles, so looking every 700 objects finds nothing.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
