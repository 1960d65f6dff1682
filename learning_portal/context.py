"""What every template may say."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.models import User
from learning_portal.appearance import NEXT_THEME


def portal(request: HttpRequest) -> dict[str, Any]:
    """`organization`: the signed-in person's, or None. `theme`: the one they chose, or empty;
    `next_theme`: the one its button leads to, None where nobody is signed in."""
    user = getattr(request, "user", None)
    known = isinstance(user, User)
    return {
        "organization": getattr(user, "organization", None),
        "theme": getattr(user, "theme", ""),
        "next_theme": NEXT_THEME[user.theme] if known else None,
    }
