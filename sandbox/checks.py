"""The sandbox signs in anybody as anybody: it stays on the machine it runs on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from accounts.checks import is_loopback


@register(Tags.security)
def sandbox_stays_on_this_machine(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if is_loopback(settings.PORTAL_BASE_URL) and is_loopback(settings.SANDBOX_BASE_URL):
        return []
    return [
        Error(
            "The sandbox is installed in a portal that others can reach.",
            hint="Unset PORTAL_SANDBOX. Its identity providers let everybody in, as anybody.",
            id="sandbox.E001",
        )
    ]
