"""*Versions*: what a connection was, what changed each time, and the way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sso.console.pages import Visit
from sso.console.shown import ShownDifference
from sso.content import CONTENT_FIELDS, content_of
from sso.errors import SsoError
from sso.models import ConnectionVersion
from sso.services import stage_roll_back

PER_PAGE = 50


@require_safe
def listed(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    visit = Visit.of(request, connection_id)
    rows = ConnectionVersion.objects.filter(connection=visit.connection).defer("content")
    return visit.page(
        "versions.html",
        title=_("Versions of %(name)s") % {"name": visit.connection},
        page=Paginator(rows, PER_PAGE).get_page(request.GET.get("p")),
    )


def show(request: HttpRequest, connection_id: UUID, number: int) -> HttpResponse:
    """What this version changed, and what going back to it would; a POST stages that."""
    visit = Visit.of(request, connection_id)
    rows = ConnectionVersion.objects.filter(connection=visit.connection)
    version = rows.filter(number=number).first()
    if version is None:
        raise Http404
    former = rows.filter(number__lt=number).first()
    version.connection = visit.connection
    if request.method == "POST":
        return _roll_back(visit, version)
    return visit.page(
        "version.html",
        title=_("Version %(number)d") % {"number": number},
        version=version,
        then=ShownDifference.between(former.content, version.content, visit) if former else None,
        now=ShownDifference.between(content_of(visit.connection), _restorable(version), visit),
    )


def _restorable(version: ConnectionVersion) -> dict[str, Any]:
    """What going back to it brings back: all but which key of ours signs."""
    return {field: value for field, value in version.content.items() if field in CONTENT_FIELDS}


def _roll_back(visit: Visit, version: ConnectionVersion) -> HttpResponse:
    try:
        staged = stage_roll_back(version=version, actor=visit.actor)
    except SsoError as refusal:
        messages.error(visit.request, str(refusal))
        return visit.to("sso_version", version.number)
    if staged is None:
        messages.info(visit.request, _("The connection is like this version already."))
        return visit.to("sso_versions")
    return visit.to("sso_staged_change", staged.pk)
