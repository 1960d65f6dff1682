"""The identity providers of Acme and Globex: pick a person, and they are signed in as that."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.datastructures import MultiValueDictKeyError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from learning_portal.content_policy import allow_form_action
from sandbox.answers import FAULTS, answer
from sandbox.newcomers import (
    MetadataUnreadable,
    is_connection_of_the_portal,
    read_from_the_portal,
)
from sandbox.people import IDENTITY_PROVIDERS, IdentityProvider
from sandbox.places import (
    ServiceProvider,
    entity_id,
    service_providers,
)
from sandbox.roll_over import own_metadata, published, stage_of
from sandbox.saml_messages import (
    IncomingRequest,
    RequestUnreadable,
    message_is_signed_by,
    parse_post_request,
    parse_redirect_request,
    redirect_is_signed_by,
)

# How long a person may look at the sign-in page.
TICKET_AGE = 30 * 60


class Refused(Exception):
    """The identity provider has its own reasons not to go on; the text says which."""


@require_safe
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    provider = IDENTITY_PROVIDERS[slug]
    services = service_providers(slug).values()
    return render(
        request,
        "sandbox/dashboard.html",
        {
            "provider": provider,
            "services": services,
            "entity_id": entity_id(slug),
            "published": published(slug),
            "step": stage_of(slug).value,
        },
    )


@require_GET
def metadata(request: HttpRequest, slug: str) -> HttpResponse:
    return HttpResponse(own_metadata(slug), content_type="application/samlmetadata+xml")


@require_GET
@never_cache
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """A sign-in that begins here, without a request of the service."""
    provider = IDENTITY_PROVIDERS[slug]
    try:
        service = known_service(provider, request.GET.get("service", ""))
    except Refused as refusal:
        return say_no(request, provider, refusal)
    return _ask_who(request, provider, service, relay_state="", incoming=None, is_signed=None)


@csrf_exempt  # a request arrives from another origin, by form too
@never_cache
def sign_on(request: HttpRequest, slug: str) -> HttpResponse:
    provider = IDENTITY_PROVIDERS[slug]
    try:
        incoming, is_post = _read(request)
        service = known_service(provider, incoming.issuer)
        if incoming.acs_url not in {None, service.acs_url}:
            raise Refused(f"The answer should go to {incoming.acs_url}, which isn’t registered.")
    except Refused as refusal:
        return say_no(request, provider, refusal)
    query = request.META.get("QUERY_STRING", "")
    is_signed = is_vouched_for(
        service,
        partial(message_is_signed_by, incoming.xml)
        if is_post
        else partial(redirect_is_signed_by, query),
    )
    return _ask_who(
        request,
        provider,
        service,
        relay_state=incoming.relay_state,
        incoming=incoming,
        is_signed=is_signed,
    )


def _read(request: HttpRequest) -> tuple[IncomingRequest, bool]:
    try:
        if request.method == "POST":
            relay_state = request.POST.get("RelayState", "")
            return parse_post_request(request.POST["SAMLRequest"], relay_state), True
        return parse_redirect_request(request.META.get("QUERY_STRING", "")), False
    except MultiValueDictKeyError as error:
        raise Refused("There is no SAMLRequest.") from error
    except RequestUnreadable as error:
        raise Refused(f"{error}.") from error


def is_vouched_for(service: ServiceProvider, is_signed_by: Callable[[str], bool]) -> bool:
    """By the certificate it was registered with, or by today's: keys of the portal roll over."""
    if is_signed_by(service.certificate_pem):
        return True
    if not is_connection_of_the_portal(service.entity_id):
        return False
    try:
        today = read_from_the_portal(service.entity_id, service.provider)
    except MetadataUnreadable:
        return False
    return is_signed_by(today.certificate_pem)


def known_service(provider: IdentityProvider, entity_id: str) -> ServiceProvider:
    service = service_providers(provider.slug).get(entity_id)
    if service is not None:
        return service
    for other in IDENTITY_PROVIDERS.values():
        if entity_id in service_providers(other.slug):
            raise Refused(f"{entity_id} is registered at {other.company}, not here.")
    if not is_connection_of_the_portal(entity_id):
        raise Refused(f"No service is registered here as {entity_id or '(no name)'}.")
    try:
        return read_from_the_portal(entity_id, provider.slug)
    except MetadataUnreadable as error:
        raise Refused(f"{entity_id} should say which service that is. {error}") from error


def _ask_who(
    request: HttpRequest,
    provider: IdentityProvider,
    service: ServiceProvider,
    *,
    relay_state: str,
    incoming: IncomingRequest | None,
    is_signed: bool | None,
) -> HttpResponse:
    ticket = signing.dumps(
        {
            "provider": provider.slug,
            "service": service.entity_id,
            "relay_state": relay_state,
            "request_id": incoming.id if incoming else None,
        }
    )
    context = {
        "provider": provider,
        "service": service,
        "ticket": ticket,
        "faults": FAULTS,
        "is_solicited": incoming is not None,
        "is_signed": is_signed,
        "is_forced": incoming is not None and incoming.force_authn,
    }
    return render(request, "sandbox/sign_on.html", context)


@require_POST
@never_cache
def send_answer(request: HttpRequest, slug: str) -> HttpResponse:
    """The person is chosen: a page that posts the answer to the service by itself."""
    provider = IDENTITY_PROVIDERS[slug]
    try:
        ticket: dict[str, Any] = signing.loads(request.POST.get("ticket", ""), max_age=TICKET_AGE)
        if ticket["provider"] != slug:
            raise Refused("This page belongs to another identity provider.")
        service = known_service(provider, ticket["service"])
    except signing.BadSignature:
        return say_no(request, provider, Refused("This sign-in page is too old. Start again."))
    except Refused as refusal:
        return say_no(request, provider, refusal)
    person = provider.person(request.POST.get("person", ""))
    if person is None:
        return say_no(request, provider, Refused("Nobody here has this address."))
    sent = answer(
        provider,
        person,
        service,
        request_id=ticket["request_id"],
        relay_state=ticket["relay_state"],
        fault=request.POST.get("fault", ""),
    )
    response = render(
        request,
        "sandbox/post_answer.html",
        {
            "provider": provider,
            "person": person,
            "service": service,
            "saml_response": base64.b64encode(sent.xml).decode(),
            "relay_state": sent.relay_state,
        },
    )
    return allow_form_action(response, service.origin)


def say_no(request: HttpRequest, provider: IdentityProvider, refusal: Refused) -> HttpResponse:
    context = {"provider": provider, "reason": str(refusal)}
    return render(request, "sandbox/no.html", context, status=400)
