"""The sandbox's front page: everything there is, and where it leads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sandbox.people import IDENTITY_PROVIDERS, MEMBERS
from sandbox.places import service_providers
from sandbox.small_companies import SMALL_CUSTOMERS


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    providers = [
        {"provider": provider, "services": list(service_providers(provider.slug).values())}
        for provider in IDENTITY_PROVIDERS.values()
    ]
    return render(
        request,
        "sandbox/index.html",
        {"providers": providers, "members": MEMBERS.values(), "small": SMALL_CUSTOMERS},
    )


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def nothing_here(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "sandbox/nothing_here.html", status=404)
