"""Where the pages of single sign-on are in the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from sso.console import rules

View = Callable[..., Any]


def pages(inside: Callable[[View], View]) -> list[URLPattern]:
    """`inside` is the console's own wrapper: administrators only, and stored nowhere."""
    return [
        path("sign-in/", inside(rules.show), name="sign_in_rules"),
    ]
