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


@register(Tags.caches)
def workers_share_their_cache(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if not settings.SIGN_IN_RATE_LIMIT:
        return []
    backend = settings.CACHES["default"]["BACKEND"].rpartition(".")[2]
    if backend == "DummyCache":
        problem = "The cache forgets everything, so nothing counts sign-in attempts."
    elif backend == "LocMemCache" and settings.WEB_CONCURRENCY > 1:
        problem = (
            f"{settings.WEB_CONCURRENCY} web workers count sign-in attempts each in its own memory."
        )
    else:
        return []
    return [
        Error(
            problem,
            hint="Name a shared cache in CACHE_URL, as in redis://127.0.0.1:6379/0.",
            id="accounts.E002",
        )
    ]


# They send nothing, and write what they were given where others read.
_PRINTING = frozenset({"django.core.mail.backends.console", "django.core.mail.backends.filebased"})


@register(Tags.security, deploy=True)
def mail_leaves(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    module = settings.EMAIL_BACKEND.rpartition(".")[0]
    if module not in _PRINTING or is_loopback(settings.PORTAL_BASE_URL):
        return []
    return [
        Error(
            "Mail is not sent: it goes to a log or a file, and with it links that open accounts.",
            hint="Name a mail server in EMAIL_URL, as in smtp+tls://user:password@host:587.",
            id="accounts.E003",
        )
    ]
