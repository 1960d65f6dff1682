"""What every template may say."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """`organization`: the signed-in person's, or None."""
    user = getattr(request, "user", None)
    return {"organization": getattr(user, "organization", None)}
