"""Where the pages are that join the apps in the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from learning_portal.console import (
    background,
    guides,
    invitations,
    policies,
    policies_forget,
    receipts,
    setup_links,
)

View = Callable[..., Any]


def pages(inside: Callable[[View], View]) -> list[URLPattern]:
    """`inside` lets nobody in but who may use the console."""
    return [
        path("policies/", inside(policies.edit), name="policies"),
        path("policies/assign/", inside(policies.assign), name="policies_assign"),
        path("policies/forget/", inside(policies_forget.forget), name="policies_forget"),
        path(
            "policies/scheduled/<uuid:change_id>/cancel/",
            inside(policies.cancel),
            name="policies_cancel",
        ),
        path("background/", inside(background.page), name="background"),
        path("setup-links/", inside(setup_links.show), name="setup_links"),
        path(
            "setup-links/<uuid:link_id>/revoke/",
            inside(setup_links.revoke),
            name="setup_link_revoke",
        ),
        path("receipts/", inside(receipts.show_all), name="receipts"),
        path("receipts/<uuid:public_id>/", inside(receipts.show), name="receipt"),
        path("guides/", inside(guides.index), name="guides"),
        path("guides/<slug:name>/", inside(guides.show), name="guide"),
        path("invitations/", inside(invitations.show), name="invitations"),
        path("invitations/activation/", inside(invitations.activation), name="activation"),
        path("invitations/<uuid:task_id>/", inside(invitations.inviting), name="inviting"),
    ]
