"""*Activate*: what a connection still needs, and the step itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sso.console.afterwards import next_steps
from sso.console.pages import Visit
from sso.console.setup import steps_of
from sso.errors import SsoError
from sso.green_tests import has_green_test
from sso.policies import may_skip_test
from sso.services import activate_connection


class ReasonForm(forms.Form):
    """Without a test somebody answers for it by name."""

    reason = forms.CharField(
        label=gettext_lazy("Why without a test?"),
        max_length=200,
        help_text=gettext_lazy("Kept in Activity, with your name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def page(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    visit = Visit.of(request, connection_id)
    connection = visit.connection
    may_skip = may_skip_test(visit.user.role)
    form = ReasonForm(request.POST) if "_untested" in request.POST else ReasonForm()
    if request.method == "POST" and not form.is_bound:
        return _activated(visit)
    if form.is_valid():
        return _activated(visit, untested_because=form.cleaned_data["reason"])
    return visit.page(
        "activate.html",
        title=_("Activate %(name)s") % {"name": connection},
        steps=steps_of(visit, "sso_samlconnection_activate"),
        is_ready=connection.knows_its_provider,
        is_tested=has_green_test(connection),
        form=form if may_skip else None,
        next_steps=list(next_steps(visit.user, connection.organization)),
    )


def _activated(visit: Visit, **override: Any) -> HttpResponse:
    connection = visit.connection
    try:
        activate_connection(
            connection=connection, actor=visit.actor, decider_role=visit.user.role, **override
        )
    except SsoError as refusal:
        messages.error(visit.request, str(refusal))
        return visit.to("sso_samlconnection_activate")
    said = _("%(name)s is active. Try it in a private window.")
    messages.success(visit.request, said % {"name": connection})
    return visit.to("sso_samlconnection_activate")
