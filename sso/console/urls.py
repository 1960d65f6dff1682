"""Where the pages of single sign-on are in the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from sso.console import activation, codes, refreshes, rules, staged_changes, testing, versions

View = Callable[..., Any]
# Beneath a connection's own page.
CONNECTION = "sso/samlconnection/<uuid:connection_id>"


def pages(inside: Callable[[View], View]) -> list[URLPattern]:
    """`inside` is the console's own wrapper: administrators only, and stored nowhere."""
    return [
        path("sign-in/", inside(rules.show), name="sign_in_rules"),
        path("sign-in/codes/", inside(codes.show), name="sign_in_codes"),
        path(f"{CONNECTION}/refresh/", inside(refreshes.ask), name="sso_refresh"),
        path(f"{CONNECTION}/versions/", inside(versions.listed), name="sso_versions"),
        path(f"{CONNECTION}/versions/<int:number>/", inside(versions.show), name="sso_version"),
        path(
            f"{CONNECTION}/changes/<uuid:staged_id>/",
            inside(staged_changes.decide),
            name="sso_staged_change",
        ),
        path(
            f"{CONNECTION}/activate/",
            inside(activation.page),
            name="sso_samlconnection_activate",
        ),
        path(f"{CONNECTION}/tests/", inside(testing.home), name="sso_tests"),
        path(f"{CONNECTION}/tests/<uuid:test_id>/", inside(testing.show), name="sso_test"),
    ]
