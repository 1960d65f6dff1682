"""A change that waits: what it does, and *Apply* or *Dismiss*."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from sso.console.pages import Visit
from sso.console.shown import ShownDifference
from sso.content import content_of
from sso.errors import SsoError
from sso.models import StagedChange
from sso.services import apply_staged_change, dismiss_staged_change


def decide(request: HttpRequest, connection_id: UUID, staged_id: UUID) -> HttpResponse:
    visit = Visit.of(request, connection_id)
    staged = StagedChange.objects.filter(connection=visit.connection, pk=staged_id).first()
    if staged is None:
        raise Http404
    staged.connection = visit.connection
    if request.method == "POST":
        return _decided(visit, staged, is_applied="_apply" in request.POST)
    return visit.page(
        "staged_change.html",
        title=_("Change of %(name)s") % {"name": visit.connection},
        staged=staged,
        difference=ShownDifference.between(content_of(visit.connection), staged.changes, visit),
    )


def _decided(visit: Visit, staged: StagedChange, *, is_applied: bool) -> HttpResponse:
    try:
        if is_applied:
            apply_staged_change(staged=staged, actor=visit.actor)
            messages.success(visit.request, _("Applied. It counts from the next sign-in on."))
        else:
            dismiss_staged_change(staged=staged, actor=visit.actor)
            messages.success(visit.request, _("Dismissed. The connection stays as it is."))
    except SsoError as refusal:
        messages.error(visit.request, str(refusal))
        return visit.to("sso_staged_change", staged.pk)
    return visit.to()
