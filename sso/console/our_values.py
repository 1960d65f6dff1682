"""*Identity provider settings*: what to enter there, in its own words, with our values."""

from __future__ import annotations

import re
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from sso.console.pages import Visit
from sso.console.setup import step_page


@require_safe
def show(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    visit = Visit.of(request, connection_id)
    preset = visit.connection.preset
    return step_page(
        visit,
        "sso_identity_provider",
        "our_values.html",
        guide=f"sso/console/guides/{preset}.html",
        acs_pattern=f"^{re.escape(visit.connection.acs_url).replace('/', chr(92) + '/')}$",
    )
