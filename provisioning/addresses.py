"""Where directories reach us."""

from __future__ import annotations

from django.conf import settings

BASE_PATH = "/scim/v2"


def base_url() -> str:
    """The address every directory is given; the token says which organization speaks."""
    return f"{settings.PORTAL_BASE_URL}{BASE_PATH}"
