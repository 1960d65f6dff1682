"""*Our keys*: the next is made, given to the identity provider, promoted; the former is retired."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sso.console.pages import Visit
from sso.errors import SsoError
from sso.models import StandbyKey
from sso.saml import describe_certificate
from sso.services import make_next_key, retire_key, sign_with_key, stage_key


class KeyForm(forms.Form):
    """An act upon one key, named by its certificate, and what has to be true before it."""

    fingerprint = forms.CharField(max_length=95, widget=forms.HiddenInput)
    is_sure = forms.BooleanField(
        error_messages={"required": gettext_lazy("Check this first, then tick the box.")}
    )
    prefix_of_ids = ""
    what_is_sure: str | Promise = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = f"{self.prefix_of_ids}-%s"
        super().__init__(*args, **kwargs)
        self.fields["is_sure"].label = str(self.what_is_sure)

    @property
    def named(self) -> str:
        fingerprint: str = self.cleaned_data["fingerprint"]
        return fingerprint


class PromotionForm(KeyForm):
    prefix_of_ids = "promote"
    what_is_sure = gettext_lazy("The identity provider has this certificate")


class RetirementForm(KeyForm):
    prefix_of_ids = "retire"
    what_is_sure = gettext_lazy("The identity provider has the other certificate")


def show(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    visit = Visit.of(request, connection_id)
    if request.method == "POST":
        return _act(visit)
    return _page(visit)


@require_safe
def certificate(request: HttpRequest, connection_id: UUID, which: str) -> HttpResponse:
    """One of our certificates as a file, for identity providers that want one uploaded."""
    visit = Visit.of(request, connection_id)
    held = {"signing": visit.connection, "standby": _standby(visit)}.get(which)
    if held is None:
        raise Http404
    pem = held.certificate if isinstance(held, StandbyKey) else held.sp_certificate
    response = HttpResponse(pem, content_type="application/x-pem-file")
    response.headers["Content-Disposition"] = f'attachment; filename="learning-portal-{which}.pem"'
    return response


def _standby(visit: Visit) -> StandbyKey | None:
    return StandbyKey.objects.filter(connection=visit.connection).first()


def _page(visit: Visit, **bound: KeyForm) -> HttpResponse:
    standby = _standby(visit)
    facts = describe_certificate(standby.certificate) if standby else None
    initial = {"fingerprint": facts.sha256_fingerprint} if facts else {}
    return visit.page(
        "keys.html",
        title=_("Our keys for %(name)s") % {"name": visit.connection},
        signing=describe_certificate(visit.connection.sp_certificate),
        standby=standby,
        waiting=facts,
        promote=bound.get("promote") or PromotionForm(initial=initial),
        retire=bound.get("retire") or RetirementForm(initial=initial),
    )


def _act(visit: Visit) -> HttpResponse:
    sent = visit.request.POST
    try:
        if "_make" in sent:
            make_next_key(connection=visit.connection, actor=visit.actor)
            said = _("The next key is made and published. Give its certificate to the provider.")
        elif "_try" in sent:
            staged = stage_key(connection=visit.connection, actor=visit.actor)
            return HttpResponseRedirect(f"{visit.address('sso_tests')}?change={staged.pk}")
        elif "_promote" in sent:
            form: KeyForm = PromotionForm(sent)
            if not form.is_valid():
                return _page(visit, promote=form)
            sign_with_key(connection=visit.connection, fingerprint=form.named, actor=visit.actor)
            said = _("The keys have changed places. Try a sign-in in a private window.")
        else:
            form = RetirementForm(sent)
            if not form.is_valid():
                return _page(visit, retire=form)
            retire_key(connection=visit.connection, fingerprint=form.named, actor=visit.actor)
            said = _("The key is gone. One is left, and it signs.")
    except SsoError as refusal:
        messages.error(visit.request, str(refusal))
    else:
        messages.success(visit.request, said)
    return visit.to("sso_keys")
