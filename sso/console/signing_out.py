"""*Sign out everybody*: of the organization, or who came through one connection."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Session
from accounts.services import end_everybodys_sessions
from accounts.sign_in import door_id
from sso.admin_forms import TypedNameForm
from sso.console.rules import RulesVisit
from sso.models import SamlConnection


def show(request: HttpRequest) -> HttpResponse:
    """Counts people and browsers, and wants the name typed; the browser that asks stays."""
    visit = RulesVisit.of_full_admin(request)
    connection = _connection(visit, request.GET.get("connection", ""))
    sessions = Session.objects.filter(
        user__organization=visit.organization, expire_date__gt=timezone.now()
    ).exclude(session_key=request.session.session_key or "")
    if connection is not None:
        sessions = sessions.filter(connection_id=connection.pk)
    name = connection.name if connection else visit.organization.name
    form = TypedNameForm(request.POST or None, name=name)
    if form.is_valid():
        ended = end_everybodys_sessions(
            organization=visit.organization,
            connection_id=connection.pk if connection else None,
            keep=request.session.session_key,
            actor=visit.actor,
        )
        said = ngettext("%(count)d browser signed out.", "%(count)d browsers signed out.", ended)
        messages.success(request, said % {"count": ended})
        return visit.back()
    counted = sessions.aggregate(browsers=Count("pk"), people=Count("user", distinct=True))
    return visit.page(
        "sign_out.html",
        title=_("Sign out everybody?")
        if connection is None
        else _("Sign out everybody who came through %(name)s?") % {"name": connection},
        form=form,
        connection=connection,
        **counted,
    )


def _connection(visit: RulesVisit, wanted: str) -> SamlConnection | None:
    """One of the organization's own. Raises `Http404` for any other, and for what is none."""
    if not wanted:
        return None
    id = door_id(wanted)
    if id is None:
        raise Http404
    return get_object_or_404(SamlConnection.objects.in_organization(visit.organization), pk=id)
