"""Where the directory's pages are in the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from provisioning.console import (
    adoption,
    attributes,
    brake,
    feed,
    guides,
    recheck,
    screen,
    self_test,
    tokens,
)

View = Callable[..., Any]


def guest_pages(inside: Callable[[View], View]) -> list[URLPattern]:
    """What a set-up link opens."""
    return [
        path("directory/tokens/new/", inside(tokens.new), name="directory_token_new"),
        path("directory/guide/<slug:guide>/", inside(guides.show), name="directory_guide"),
    ]


def pages(inside: Callable[[View], View]) -> list[URLPattern]:
    """`inside` is the console's own wrapper: administrators only, and stored nowhere."""
    return [
        path("directory/", inside(screen.show), name="directory"),
        path("directory/calls/", inside(feed.rows), name="directory_calls"),
        path("directory/tokens/new/", inside(tokens.new), name="directory_token_new"),
        path(
            "directory/tokens/<uuid:token_id>/replace/",
            inside(tokens.rotate),
            name="directory_token_rotate",
        ),
        path(
            "directory/tokens/<uuid:token_id>/revoke/",
            inside(tokens.revoke),
            name="directory_token_revoke",
        ),
        path("directory/resume/", inside(brake.resume), name="directory_resume"),
        path("directory/undo/", inside(brake.undo), name="directory_undo"),
        path("directory/people/", inside(adoption.preview), name="directory_people"),
        path("directory/attributes/", inside(attributes.show), name="directory_attributes"),
        path("directory/check/", inside(recheck.search), name="directory_check"),
        path("directory/check/<uuid:person_id>/", inside(recheck.person), name="directory_person"),
        path("directory/self-test/", inside(self_test.show), name="directory_self_test"),
        path("directory/guide/<slug:guide>/", inside(guides.show), name="directory_guide"),
    ]
