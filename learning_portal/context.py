"""What every template may say."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest

from accounts.models import User
from learning_portal.appearance import NEXT_THEME
from profiles import linkedin
from profiles.standing import grace_until


def portal(request: HttpRequest) -> dict[str, Any]:
    """`organization`: the signed-in person's, or None. `theme`: the one they chose, or empty;
    `next_theme`: the one its button leads to, None where nobody is signed in. `profile_grace`:
    until when they may go without a profile that is about to be required; asked by the pages that
    say it. `provider`: what people call whoever keeps their profiles."""
    user = getattr(request, "user", None)
    known = user if isinstance(user, User) else None
    return {
        "organization": getattr(user, "organization", None),
        "theme": known.theme if known else "",
        "next_theme": NEXT_THEME[known.theme] if known else None,
        "provider": linkedin.name(),
        "profile_grace": partial(grace_until, known) if known else None,
    }
