"""*Delete draft*: a connection that was begun and is not wanted, while nobody is known by it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import SetupLink
from sso.admin_forms import TypedNameForm
from sso.console.pages import Visit
from sso.errors import SsoError
from sso.services import delete_draft


def page(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Says what goes with it, and wants the name typed."""
    visit = Visit.of(request, connection_id)
    connection = visit.connection
    form = TypedNameForm(request.POST or None, name=connection.name)
    if form.is_valid():
        try:
            delete_draft(connection=connection, actor=visit.actor)
        except SsoError as refusal:
            messages.error(request, str(refusal))
            return visit.to()
        messages.success(request, _("%(name)s is deleted.") % {"name": connection.name})
        return HttpResponseRedirect(reverse("admin:sso_samlconnection_changelist"))
    open_links = SetupLink.objects.live(timezone.now()).filter(connection_id=connection.pk)
    return visit.page(
        "delete.html",
        title=_("Delete the draft %(name)s?") % {"name": connection},
        form=form,
        links=open_links.count(),
    )
