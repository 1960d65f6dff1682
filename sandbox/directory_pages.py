"""The page of a company's directory: what it would tell the portal, and a button that does."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sandbox.directories import Directory, HttpLine, Step, directory_of
from sandbox.people import IDENTITY_PROVIDERS
from sandbox.places import scim_token


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def directory(request: HttpRequest, slug: str) -> HttpResponse:
    """What the directory does, and after a POST what came of one cycle of it."""
    token = scim_token(slug)
    steps: list[Step] = []
    trouble = ""
    if request.method == "POST" and token is not None:
        try:
            steps = list(connect(slug).cycle())
        except OSError:  # of requests too
            trouble = "The portal doesn’t answer. Is it running?"
    return render(
        request,
        "sandbox/directory.html",
        {
            "provider": IDENTITY_PROVIDERS[slug],
            "is_known": token is not None,
            "steps": steps,
            "refused": sum(step.is_refused for step in steps),
            "trouble": trouble,
        },
    )


def connect(slug: str) -> Directory:
    """The directory with the portal on the line. Raises `LookupError` where it has no token yet."""
    token = scim_token(slug)
    if token is None:
        raise LookupError(slug)
    return directory_of(slug, lambda client: HttpLine(token.base_url, token.text, client))
