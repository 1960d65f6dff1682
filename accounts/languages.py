"""Languages: which ones ship, and in which one somebody is spoken to."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.models import User


def is_spoken(code: str) -> bool:
    """Whether pages for learners come in it. One that no longer does counts as not chosen."""
    return code in dict(settings.LANGUAGES)


def chosen_language(user: object) -> str:
    """What a person chose on *My account*, empty for everybody who chose nothing."""
    return user.language if isinstance(user, User) and is_spoken(user.language) else ""


def browser_language(request: HttpRequest) -> str:
    """The first language of the browser's that ships, as in `de` for `de-AT`, else English."""
    header = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    for code, _weight in parse_accept_lang_header(header):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)


def page_language() -> str:
    """The one that is spoken just now, for a task that goes on speaking it."""
    return translation.get_language() or ""


def language_of(user: User | None, otherwise: str = "") -> AbstractContextManager[None]:
    """`with language_of(user):` a mail to them is written in the language they chose.

    `otherwise` is the one of the page on which they asked for it, for whoever has chosen none.
    """
    spoken = otherwise if is_spoken(otherwise) else str(settings.LANGUAGE_CODE)
    return translation.override(chosen_language(user) or spoken)


def english() -> AbstractContextManager[None]:
    """For what administrators read, which ships in no other language."""
    return translation.override(settings.LANGUAGE_CODE)
