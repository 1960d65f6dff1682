"""The entry point of the sandbox's own process. One process only: codes live in its memory."""

import os
from urllib.parse import urlsplit

from django.core.wsgi import get_wsgi_application

from sandbox.places import base_url

os.environ["DJANGO_SETTINGS_MODULE"] = "sandbox.settings"

application = get_wsgi_application()


def _serve_names() -> None:
    from sandbox.names import serve  # wants the settings above

    address = urlsplit(base_url())
    serve(address.hostname or "127.0.0.1", address.port or 8001)


_serve_names()
