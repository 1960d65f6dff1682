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
    theme = user.theme if isinstance(user, User) else None
    return {
        "organization": getattr(user, "organization", None),
        "theme": theme or "",
        "next_theme": None if theme is None else NEXT_THEME[theme],
    }
