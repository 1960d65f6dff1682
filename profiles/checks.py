"""LinkedIn settings that would be unsafe or half done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from profiles.linkedin import ENDPOINT_SETTINGS, is_safe_endpoint


@register(Tags.security)
def linkedin_addresses_are_safe(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    return [
        Error(
            f"{name} is not https.",
            hint="Plain http is for a provider on this machine only.",
            id="profiles.E001",
        )
        for name in ENDPOINT_SETTINGS
        if not is_safe_endpoint(getattr(settings, name))
    ]


@register()
def linkedin_credentials_come_in_pairs(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if bool(settings.LINKEDIN_CLIENT_ID) == bool(settings.LINKEDIN_CLIENT_SECRET):
        return []
    return [
        Error(
            "One of LINKEDIN_CLIENT_ID and LINKEDIN_CLIENT_SECRET is missing.",
            hint="Set both, or neither to run without LinkedIn.",
            id="profiles.E002",
        )
    ]
