"""What every page of the sandbox may say."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def sandbox(request: HttpRequest) -> dict[str, str]:
    return {"portal_url": settings.PORTAL_BASE_URL}
