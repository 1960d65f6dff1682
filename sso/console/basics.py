"""*Add SSO connection*, and its first step: which identity provider, under which name."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sso.console.afterwards import hand_over_address, hand_over_address_of_new
from sso.console.pages import Beginning, Visit
from sso.console.setup import go_on, neighbor, save, step_page
from sso.console.setup_forms import BasicsForm
from sso.console.words import spoken_refusal
from sso.errors import ConnectionNameTaken, SsoError
from sso.models import Preset, SamlConnection
from sso.presets import PRODUCTS, Product
from sso.services import create_connection

STEP = "sso_basics"


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    beginning = Beginning.of(request)
    return beginning.page(
        "setup/choose.html",
        title=_("Add SSO connection"),
        choices=[
            (product, beginning.address("sso_connect_product", preset))
            for preset, product in PRODUCTS.items()
        ],
        hand_over_url=hand_over_address_of_new(beginning.user, beginning.organization),
    )


def begin(request: HttpRequest, preset: str) -> HttpResponse:
    """A name, and the draft is there."""
    beginning = Beginning.of(request)
    product = PRODUCTS.get(preset)
    if product is None:
        raise Http404
    if request.method == "POST":
        form = BasicsForm(request.POST)
        if form.is_valid() and (connection := _begun(beginning, product, form)):
            said = _("Draft saved. Nobody’s sign-in changes before you activate it.")
            messages.success(request, said)
            return HttpResponseRedirect(reverse(f"admin:{neighbor(STEP, 1)}", args=[connection.pk]))
    else:
        form = BasicsForm(initial={"name": product.name, "preset": preset})
    return beginning.page(
        "setup/begin.html",
        title=_("Connect your identity provider")
        if preset == Preset.GENERIC
        else _("Connect %(product)s") % {"product": product.label},
        form=form,
        product=product,
        choose_url=beginning.address("sso_connect"),
    )


def _begun(beginning: Beginning, product: Product, form: BasicsForm) -> SamlConnection | None:
    try:
        return create_connection(
            organization=beginning.organization,
            name=form.cleaned_data["name"],
            preset=product.preset,
            actor=beginning.actor,
            **product.options,
        )
    except SsoError as refusal:
        form.add_error("name", spoken_refusal(refusal))
        return None


def show(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    visit = Visit.of(request, connection_id)
    connection = visit.connection
    if request.method == "POST":
        form = BasicsForm(request.POST)
        if form.is_valid():
            try:
                return save(visit, form.cleaned_data) or go_on(visit, STEP)
            except ConnectionNameTaken as refusal:
                form.add_error("name", str(refusal))
            except SsoError as refusal:
                form.add_error(None, spoken_refusal(refusal))
    else:
        form = BasicsForm(initial={"name": connection.name, "preset": connection.preset})
    return step_page(visit, STEP, "basics.html", form=form, hand_over_url=_hand_over(visit))


def _hand_over(visit: Visit) -> str:
    """Nobody with a set-up link hands out another."""
    if visit.guest:
        return ""
    return hand_over_address(visit.user, visit.connection.organization, visit.connection)
