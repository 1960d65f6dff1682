"""*SAML doctor*: paste a response, read what is wrong with it."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.rate_limit import RateLimited, count_attempt
from accounts.widgets import VERBATIM
from sso.advice import advice_on
from sso.causes import Cause
from sso.check_words import labelled
from sso.console.pages import Visit
from sso.console.testing import claims_of
from sso.saml import Examination
from sso.services.doctor import examine
from sso.traces import check_rows

# 256 kB as base64, with room for line breaks and for form data around it.
MOST_LETTERS = 400_000


class PasteForm(forms.Form):
    response = forms.CharField(
        label=gettext_lazy("SAML response"),
        max_length=MOST_LETTERS,
        error_messages={"required": gettext_lazy("Paste a response first.")},
        help_text=gettext_lazy(
            "As XML or as base64, at most 256 kB. In the browser’s developer tools it is the form "
            "field SAMLResponse of the request to our ACS URL."
        ),
        widget=forms.Textarea(attrs={**VERBATIM, "rows": 10, "class": "code"}),
    )


def show(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    visit = Visit.of(request, connection_id)
    form = PasteForm(request.POST or None)
    if not form.is_valid():
        return visit.page("doctor.html", title=_("SAML doctor"), form=form)
    try:
        count_attempt(address=None, account=f"SAML doctor {visit.user.pk}")
    except RateLimited as limited:
        form.add_error("response", _("Too many at once. Wait a minute, then try again."))
        page = visit.page("doctor.html", title=_("SAML doctor"), form=form)
        page.status_code = 429
        page.headers["Retry-After"] = str(limited.retry_after)
        return page
    found = examine(
        connection=visit.connection, pasted=form.cleaned_data["response"], actor=visit.actor
    )
    return visit.page("doctor.html", title=_("SAML doctor"), form=form, **_shown(visit, found))


def _shown(visit: Visit, found: Examination) -> dict[str, object]:
    rows = check_rows(found.checks)
    # Somebody else's response: what its sender closed stays closed.
    claims = (
        []
        if found.was_encrypted
        else claims_of(
            found.attributes,
            name_id=found.name_id,
            name_id_format=found.name_id_format,
            attribute_map=visit.connection.attribute_map,
            subject_attribute=visit.connection.subject_attribute,
        )
    )
    return {
        "found": found,
        "is_no_response": found.cause == Cause.MALFORMED,
        "checks": labelled(rows),
        "advice": advice_on(found.cause or "", connection=visit.connection, checks=rows),
        "claims": claims if found.name_id or found.attributes else [],
    }
