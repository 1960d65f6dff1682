"""*Share a trace*: a link for whoever looks after the identity provider."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sso.console.pages import Visit
from sso.models import SignInTrace, TraceShare
from sso.services.shares import revoke_share, share_trace


def _at(request: HttpRequest, trace_id: UUID) -> tuple[Visit, SignInTrace]:
    """Raises `Http404` for a trace that isn't there or is another organization's."""
    trace = SignInTrace.objects.filter(pk=trace_id).first()
    if trace is None:
        raise Http404
    visit = Visit.of(request, trace.connection_id)
    trace.connection, trace.organization = visit.connection, visit.connection.organization
    return visit, trace


def show(request: HttpRequest, trace_id: UUID) -> HttpResponse:
    """The links that open; a POST makes one more and shows it, this once."""
    visit, trace = _at(request, trace_id)
    made = ""
    if request.method == "POST":
        _share, secret = share_trace(trace=trace, actor=visit.actor)
        made = settings.PORTAL_BASE_URL + reverse("sso:shared_trace", args=[secret])
    return visit.page(
        "share_trace.html",
        title=_("Share sign-in %(reference)s") % {"reference": trace.reference},
        trace=trace,
        trace_opts=SignInTrace._meta,
        made=made,
        days=TraceShare.LIFETIME.days,
        shares=TraceShare.objects.open(timezone.now()).filter(trace=trace),
    )


@require_POST
def revoke(request: HttpRequest, trace_id: UUID, share_id: UUID) -> HttpResponse:
    visit, trace = _at(request, trace_id)
    share = TraceShare.objects.filter(trace=trace, pk=share_id).first()
    if share is None:
        raise Http404
    share.trace, share.organization = trace, trace.organization
    revoke_share(share=share, actor=visit.actor)
    messages.success(request, _("Revoked. The link opens nothing any more."))
    return redirect("admin:sso_share_trace", trace.pk)
