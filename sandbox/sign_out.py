"""Single logout at the identity providers: asked by the service, or begun here."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from sandbox.people import IDENTITY_PROVIDERS, IdentityProvider
from sandbox.places import ServiceProvider, signing_identity
from sandbox.saml import Refused, is_vouched_for, known_service, say_no
from sandbox.saml_messages import (
    LogoutMessage,
    RequestUnreadable,
    build_logout_request,
    build_logout_response,
    message_is_signed_by,
    parse_logout_form,
    parse_logout_redirect,
    redirect_is_signed_by,
    redirect_query,
)


@csrf_exempt  # a message arrives from another origin, by form too
@never_cache
def slo(request: HttpRequest, slug: str) -> HttpResponse:
    """The service asks us to end a session, or answers that it ended its own.

    Nobody is signed in here for longer than a page, so there is nothing to end: what is played is
    who may ask, and the answer.
    """
    provider = IDENTITY_PROVIDERS[slug]
    try:
        arrived = _read(request)
        service = known_service(provider, arrived.issuer)
        if not _is_signed(request, arrived, service):
            raise Refused("The message isn’t signed by the service’s certificate.")
    except Refused as refusal:
        return say_no(request, provider, refusal)
    if not arrived.is_request:
        return _page(request, provider, service, arrived)
    xml = build_logout_response(
        signing_identity(slug),
        destination=service.slo_url,
        in_response_to=arrived.id,
        now=datetime.now(UTC),
        sign=False,
    )
    return _to(service, provider, xml, field="SAMLResponse", relay_state=arrived.relay_state)


@require_GET
@never_cache
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """Somebody signs out here, and the service is told: who it is, is chosen first."""
    provider = IDENTITY_PROVIDERS[slug]
    try:
        service = known_service(provider, request.GET.get("service", ""))
    except Refused as refusal:
        return say_no(request, provider, refusal)
    person = provider.person(request.GET.get("person", ""))
    if person is None:
        return _page(request, provider, service, None)
    xml = build_logout_request(
        signing_identity(slug),
        destination=service.slo_url,
        name_id=person.email,
        name_id_format=provider.name_id_format,
        now=datetime.now(UTC),
        sign=False,
    )
    return _to(service, provider, xml, field="SAMLRequest", relay_state="")


def _read(request: HttpRequest) -> LogoutMessage:
    try:
        if request.method != "POST":
            return parse_logout_redirect(request.META.get("QUERY_STRING", ""))
        message = request.POST.get("SAMLRequest") or request.POST.get("SAMLResponse", "")
        return parse_logout_form(message, request.POST.get("RelayState", ""))
    except RequestUnreadable as error:
        raise Refused(f"{error}.") from error


def _is_signed(request: HttpRequest, arrived: LogoutMessage, service: ServiceProvider) -> bool:
    query = request.META.get("QUERY_STRING", "")
    return is_vouched_for(
        service,
        partial(message_is_signed_by, arrived.xml)
        if request.method == "POST"
        else partial(redirect_is_signed_by, query),
    )


def _to(
    service: ServiceProvider,
    provider: IdentityProvider,
    xml: bytes,
    *,
    field: str,
    relay_state: str,
) -> HttpResponse:
    query = redirect_query(
        xml, signing_identity(provider.slug), field=field, relay_state=relay_state or None
    )
    return HttpResponseRedirect(f"{service.slo_url}?{query}")


def _page(
    request: HttpRequest,
    provider: IdentityProvider,
    service: ServiceProvider,
    answer: LogoutMessage | None,
) -> HttpResponse:
    context = {
        "provider": provider,
        "service": service,
        "status": answer.status.rpartition(":")[2] if answer else "",
    }
    return render(request, "sandbox/sign_out.html", context)
