"""Settings that would be unsafe. `manage.py check --deploy` finds them before the customer does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK_HOSTS


@register(Tags.security)
def plain_http_stays_on_this_machine(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if settings.PORTAL_IS_HTTPS or is_loopback(settings.PORTAL_BASE_URL):
        return []
    return [
        Error(
            "PORTAL_BASE_URL is plain http on an address that others can reach.",
            hint="Use https, or 127.0.0.1 for a portal of your own machine.",
            id="accounts.E001",
        )
    ]
