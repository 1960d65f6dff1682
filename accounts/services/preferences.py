"""How somebody likes the portal to look. Nobody else is touched by it, so it leaves no event."""

from __future__ import annotations

from accounts.models import User


def choose_theme(*, user: User, theme: User.Theme) -> None:
    """Every browser in which the person signs in shows it from the next page on."""
    User.objects.get_queryset().filter(pk=user.pk).update(theme=theme)
    user.theme = theme
