"""*Read it now*: a worker is asked for the metadata at a connection's address."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sso.console.pages import Visit
from sso.console.words import BEING_READ
from sso.errors import TooManyReads
from sso.services import ask_for_refresh


@require_POST
def ask(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    visit = Visit.of(request, connection_id)
    try:
        is_asked = ask_for_refresh(connection=visit.connection)
    except TooManyReads as refusal:
        messages.warning(request, str(refusal))
        return visit.to()
    if is_asked:
        messages.success(request, BEING_READ)
    else:
        messages.info(request, _("It was asked for within the last minute, or has no address."))
    return visit.to()
