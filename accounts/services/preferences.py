"""How somebody likes the portal: its look, its language. Nobody else is touched by it, so it leaves
no event."""

from __future__ import annotations

from accounts.languages import is_spoken
from accounts.models import User


def choose_theme(*, user: User, theme: User.Theme) -> None:
    """Every browser in which the person signs in shows it from the next page on."""
    User.objects.get_queryset().filter(pk=user.pk).update(theme=theme)
    user.theme = theme


def choose_language(*, user: User, language: str) -> None:
    """Pages and mails for the person are in it from now on; empty leaves it to each browser.

    Raises `ValueError` for a language that doesn't ship.
    """
    if language and not is_spoken(language):
        raise ValueError("no language of ours")
    User.objects.get_queryset().filter(pk=user.pk).update(language=language)
    user.language = language
