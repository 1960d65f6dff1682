"""Whoever signs out here is signed out at the identity provider too, where that is on."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.leaving import EndedSession, register
from sso.connection_settings import settings_for
from sso.models import SamlConnection
from sso.outgoing import may_lead_to
from sso.saml import Binding, OutgoingRequest, build_logout_request
from sso.sign_out import named, new_request_id


@register
def to_the_identity_provider(request: HttpRequest, ended: EndedSession) -> HttpResponse | None:
    connection = (
        SamlConnection.objects.filter(pk=ended.connection_id, single_logout=True)
        .select_related("organization")
        .first()
    )
    if connection is None:
        return None
    outgoing = build_logout_request(
        settings_for(connection),
        session=named(ended.idp_session),
        request_id=new_request_id(connection),
        binding=Binding[connection.logout_binding.name],
    )
    return leading_to(request, connection, outgoing)


def leading_to(
    request: HttpRequest, connection: SamlConnection, outgoing: OutgoingRequest
) -> HttpResponse:
    """A page that goes on by itself.

    By redirect too: the form that signs out is on every page, and a browser would hold the
    identity provider's address against that page's content policy.
    """
    response = render(
        request,
        "sso/leading_out.html",
        {
            "connection": connection,
            "url": outgoing.url,
            "fields": outgoing.fields,
            "host": urlsplit(outgoing.url).hostname,
        },
    )
    return may_lead_to(response, outgoing.url) if outgoing.fields else response
