"""Where the pages of single sign-on are in the console."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from accounts.setup_guests import guest_of
from sso.console import (
    access,
    activation,
    attribute_map,
    basics,
    codes,
    deletion,
    doctor,
    keys,
    our_values,
    refreshes,
    requirement,
    rules,
    shares,
    signing_out,
    staged_changes,
    testing,
    their_values,
    versions,
)

View = Callable[..., Any]
# Beneath a connection's own page.
CONNECTION = "sso/samlconnection/<uuid:connection_id>"
TRACE = "sso/signintrace/<uuid:trace_id>"


def guest_pages(inside: Callable[[View], View]) -> list[URLPattern]:
    """What a set-up link opens, of the one connection it is for."""

    def at_their_connection(view: View) -> View:
        @wraps(view)
        @transaction.atomic
        def show(request: HttpRequest) -> HttpResponse:
            # From the link: an address below /setup/ names none.
            guest = guest_of(request)
            response: HttpResponse = view(request, guest.link.connection_id if guest else None)
            return response

        return inside(show)

    views = {
        "basics": ("sso_basics", basics.show),
        "identity-provider": ("sso_identity_provider", our_values.show),
        "sso": ("sso_settings", their_values.show),
        "sso/reading": ("sso_being_read", their_values.being_read),
        "attributes": ("sso_attributes", attribute_map.show),
    }
    return [
        path(f"connection/{part}/", at_their_connection(view), name=name)
        for part, (name, view) in views.items()
    ]


def pages(inside: Callable[[View], View]) -> list[URLPattern]:
    """`inside` is the console's own wrapper: administrators only, and stored nowhere."""
    return [
        path("sign-in/", inside(rules.show), name="sign_in_rules"),
        path("sign-in/codes/", inside(codes.show), name="sign_in_codes"),
        path("sign-in/require/", inside(requirement.require), name="sign_in_require"),
        path("sign-in/stop/", inside(requirement.stop), name="sign_in_stop"),
        path("sign-in/sign-out/", inside(signing_out.show), name="sign_in_sign_out"),
        path(f"{CONNECTION}/keys/", inside(keys.show), name="sso_keys"),
        path(
            f"{CONNECTION}/keys/<slug:which>.pem",
            inside(keys.certificate),
            name="sso_key_certificate",
        ),
        path(f"{CONNECTION}/refresh/", inside(refreshes.ask), name="sso_refresh"),
        path("sso/samlconnection/new/", inside(basics.choose), name="sso_connect"),
        path(
            "sso/samlconnection/new/<slug:preset>/",
            inside(basics.begin),
            name="sso_connect_product",
        ),
        path(f"{CONNECTION}/setup/basics/", inside(basics.show), name="sso_basics"),
        path(
            f"{CONNECTION}/setup/identity-provider/",
            inside(our_values.show),
            name="sso_identity_provider",
        ),
        path(f"{CONNECTION}/setup/sso/", inside(their_values.show), name="sso_settings"),
        path(f"{CONNECTION}/setup/access/", inside(access.show), name="sso_access"),
        path(
            f"{CONNECTION}/setup/attributes/",
            inside(attribute_map.show),
            name="sso_attributes",
        ),
        path(
            f"{CONNECTION}/setup/sso/reading/",
            inside(their_values.being_read),
            name="sso_being_read",
        ),
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
        path(f"{CONNECTION}/delete-draft/", inside(deletion.page), name="sso_delete_draft"),
        path(f"{TRACE}/share/", inside(shares.show), name="sso_share_trace"),
        path(
            f"{TRACE}/share/<uuid:share_id>/revoke/",
            inside(shares.revoke),
            name="sso_unshare_trace",
        ),
        path(f"{CONNECTION}/doctor/", inside(doctor.show), name="sso_doctor"),
        path(f"{CONNECTION}/tests/", inside(testing.home), name="sso_tests"),
        path(f"{CONNECTION}/tests/<uuid:test_id>/", inside(testing.show), name="sso_test"),
    ]
