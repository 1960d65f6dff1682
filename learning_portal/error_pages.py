"""The pages of last resort.

Django's own views look for a CSRF token in what was posted, so a body that nobody can read would
raise once more while the page about it is made, and end in nothing but a server error.
"""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import get_language


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return render(request, "400.html", status=HTTPStatus.BAD_REQUEST)


def too_large(request: HttpRequest) -> HttpResponse:
    """Answered with the status of every request that can't be read; the page names the cause."""
    most = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    context = {"most": most, "back_url": request.get_full_path()}
    return render(request, "too_large.html", context, status=HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=HTTPStatus.NOT_FOUND)


def broken(request: HttpRequest) -> HttpResponse:
    """Without a context: whatever fills one may be what broke. Each language has a file of its own,
    since catalogs may be it, too."""
    page = loader.select_template([f"500.{get_language()}.html", "500.html"]).render()
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)
