"""*SSO settings*: the identity provider's side, shown before it counts, and how we ask and accept.

However it comes, what was read is answered with a page that says what it is. Only sending that page
makes it count, or wait: see `sso.services.offering.trust_or_stage`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from licenses.models import LicensePool
from sso.connection_settings import trust_of
from sso.console.pages import Visit
from sso.console.setup import go_on, save, step_page
from sso.console.setup_forms import WAYS, HandForm, ReadingForm, SetupOptionsForm
from sso.console.words import FEW_DAYS, NOTHING_DIFFERS, spoken_refusal
from sso.errors import SsoError, TooManyReads
from sso.models import MetadataRefresh, SamlConnection, StagedChange
from sso.presets import PRODUCTS
from sso.saml import IdpMetadata, describe, describe_certificate
from sso.services import (
    ask_for_refresh,
    change_connection,
    trust_or_stage,
)

STEP = "sso_settings"
LOOK_AGAIN_SECONDS = 3
# In the page beside the options: a browser leaves out a switch that is off.
SENT_ALONG = "_with_options"


def show(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    visit = Visit.of(request, connection_id)
    if request.method != "POST":
        return _page(visit)
    if "_use" in request.POST:
        return _use(visit)
    if request.POST.get("_switch") in WAYS:
        return _switch(visit, request.POST["_switch"])
    # Either button sends the whole page, and what was filled in is not lost by the other.
    if "_options" in request.POST and not _brings_provider(visit):
        return _choose_options(visit)
    return _read(visit)


def _way(visit: Visit) -> str:
    """How the identity provider's side comes: as asked for, else the best its product has."""
    request = visit.request
    wanted = request.POST.get("how") or request.GET.get("how", "")
    best = "address" if PRODUCTS[visit.connection.preset].address_at else "file"
    return wanted if wanted in WAYS else best


def _page(
    visit: Visit,
    *,
    reading: forms.Form | None = None,
    options: SetupOptionsForm | None = None,
    way: str = "",
    kept: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """`kept`: what was typed for other ways than the one that is shown."""
    connection = visit.connection
    is_chosen = bool(way) or "how" in visit.request.GET
    way = way or _way(visit)
    return step_page(
        visit,
        STEP,
        "their_values.html",
        form=reading or _empty(connection, way),
        way=way,
        is_chosen=is_chosen,
        kept=kept,
        ways=[(name, label) for name, (_form, label) in WAYS.items()],
        options=options or _options(visit),
        shown=_trusted(connection) if connection.knows_its_provider else None,
        waiting=_waiting(connection),
        refresh=_refresh(connection),
        few_days=FEW_DAYS,
    )


def _switch(visit: Visit, way: str) -> HttpResponse:
    """Another way to tell us the provider's side. What is typed on the page comes along, in its
    fields or hidden for the way back; a file can't, and that is said."""
    sent = visit.request.POST
    form = _empty(visit.connection, way)
    form.initial.update((name, sent[name]) for name in form.fields if name in sent)
    elsewhere = {
        name
        for other, (form_class, _label) in WAYS.items()
        for name, field in form_class.base_fields.items()
        if other != way and isinstance(field, forms.CharField)
    }
    if visit.request.FILES:
        messages.info(visit.request, _("A page can’t keep a file: choose it again for File."))
    return _page(
        visit,
        way=way,
        reading=form,
        options=_options(visit, sent) if SENT_ALONG in sent else None,
        kept=[(name, sent[name]) for name in sorted(elsewhere - {*form.fields}) if sent.get(name)],
    )


def _trusted(connection: SamlConnection) -> IdpMetadata:
    """What the connection trusts now, described like what is read."""
    return describe(trust_of(connection), tuple(map(describe_certificate, connection.certificates)))


def _empty(connection: SamlConnection, way: str) -> forms.Form:
    if way == "hand" and connection.knows_its_provider:
        return HandForm.carrying(_trusted(connection))
    return WAYS[way][0](initial={"address": connection.idp_metadata_url})


def _brings_provider(visit: Visit) -> bool:
    """Whether more of the identity provider's side was filled in than the page had shown."""
    request, way = visit.request, _way(visit)
    shown = _empty(visit.connection, way)
    return bool(request.FILES) or any(
        # Textareas send their lines with other ends.
        (request.POST.get(field.html_name) or "").split() != str(field.value() or "").split()
        for field in shown
        if isinstance(field.field, forms.CharField)
    )


def _refresh(connection: SamlConnection) -> MetadataRefresh | None:
    if not connection.idp_metadata_url:
        return None
    return MetadataRefresh.objects.defer("document").filter(connection=connection).first()


def _waiting(connection: SamlConnection, **only: str) -> StagedChange | None:
    return StagedChange.objects.open().filter(connection=connection, **only).first()


def _read(visit: Visit) -> HttpResponse:
    form_class, _label = WAYS[_way(visit)]
    form = form_class(visit.request.POST, visit.request.FILES)
    options = _options(visit, visit.request.POST) if SENT_ALONG in visit.request.POST else None
    if options and not visit.connection.is_active:
        if not _saved_besides(visit, options):
            return _page(visit, reading=_chosen_anew(form), options=options)
        options = None
    if not form.is_valid():
        return _page(visit, reading=form, options=options)
    if options and options.has_changed():
        # On a connection in use they would count at once, before anything was read.
        said = _("The options you changed are not saved: save them once this is decided.")
        messages.warning(visit.request, said)
    if isinstance(form, ReadingForm):
        return _read_back(visit, form.metadata)
    return _follow(visit, form)


def _chosen_anew(form: forms.Form) -> forms.Form:
    """A page can't keep a file: say that it has to be chosen again."""
    if form.is_valid() and form.files:
        form.add_error("file", _("Choose the file again, too."))
    return form


def _saved_besides(visit: Visit, form: SetupOptionsForm) -> bool:
    """Save the options of a draft that came along with something to read."""
    if not form.is_valid():
        return False
    try:
        change_connection(
            connection=visit.connection, changes=_chosen(visit, form), actor=visit.actor
        )
    except SsoError as refusal:
        _blame(form, refusal)
        return False
    return True


def _follow(visit: Visit, form: forms.Form) -> HttpResponse:
    """Have a worker read the address. Of an address that is new the service asks by itself."""
    connection, address = visit.connection, form.cleaned_data["address"]
    try:
        changed = change_connection(
            connection=connection, changes={"idp_metadata_url": address}, actor=visit.actor
        )
    except SsoError as refusal:
        form.add_error("address", spoken_refusal(refusal))
        return _page(visit, reading=form)
    if not changed:
        try:
            ask_for_refresh(connection=connection)
        except TooManyReads as refusal:
            form.add_error("address", str(refusal))
            return _page(visit, reading=form)
    return visit.to("sso_being_read")


@require_safe
def being_read(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Looks again by itself until the worker has answered; leads on to what came of it."""
    visit = Visit.of(request, connection_id)
    refresh = _refresh(visit.connection)
    if refresh is None:
        return visit.to(STEP)
    if refresh.is_under_way(timezone.now()):
        again = visit.address("sso_being_read")
        response = step_page(visit, STEP, "being_read.html", again_url=again)
        # By header: the page says when it looks again, and nothing in it can be lost.
        response.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
        return response
    if refresh.failing_since:  # the page says so beside the address
        return HttpResponseRedirect(f"{visit.address(STEP)}?how=address")
    if refresh.tried_at is None:
        said = _("It has not been read yet. The portal reads it by itself, about %(when)s.")
        when = date_format(localtime(refresh.next_at), "H:i")
        messages.warning(request, said % {"when": when})
        return visit.to(STEP)
    waiting = _waiting(visit.connection, source=StagedChange.Source.METADATA)
    if waiting is not None and not visit.connection.is_active:
        waiting.connection = visit.connection
        return _read_back(visit, _trusted(waiting.result))
    if waiting is not None:
        return visit.to("sso_staged_change", waiting.pk)
    messages.success(request, _("Read. The connection trusts what is there."))
    return visit.to(STEP)


def _read_back(visit: Visit, metadata: IdpMetadata) -> HttpResponse:
    known, read = visit.connection.idp_entity_id, metadata.trust.entity_id
    return step_page(
        visit,
        STEP,
        "read_back.html",
        read=metadata,
        form=HandForm.carrying(metadata),
        action=visit.address(STEP),
        other_than=known if known and known != read else "",
        few_days=FEW_DAYS,
    )


def _forget_silent_address(visit: Visit) -> None:
    """An address that never answered, most often a slip, isn't asked every day for ever."""
    refresh = _refresh(visit.connection)
    if refresh and refresh.failing_since and refresh.read_at is None:
        change_connection(
            connection=visit.connection, changes={"idp_metadata_url": ""}, actor=visit.actor
        )


def _use(visit: Visit) -> HttpResponse:
    form = HandForm(visit.request.POST)
    if not form.is_valid():  # the page's own values, tampered with or cut off on their way
        return _page(visit, reading=form)
    connection = visit.connection
    try:
        if not connection.is_active:
            _forget_silent_address(visit)
        staged = trust_or_stage(connection=connection, metadata=form.metadata, actor=visit.actor)
    except SsoError as refusal:
        messages.error(visit.request, str(refusal))
        return visit.to(STEP)
    if staged is not None:
        return visit.to("sso_staged_change", staged.pk)
    if connection.is_active:
        messages.info(visit.request, NOTHING_DIFFERS)
    else:
        who = _("an administrator activates it") if visit.guest else _("you activate")
        said = _("Saved. It counts from the first sign-in on, once %(who)s.") % {"who": who}
        messages.success(visit.request, said)
    return visit.to(STEP)


def _options(visit: Visit, data: Any = None) -> SetupOptionsForm:
    # A fresh row: a form writes into its instance.
    instance = SamlConnection.objects.get(pk=visit.connection.pk) if data else visit.connection
    pools = {} if visit.guest else visit.pools
    form = SetupOptionsForm(data, instance=instance, pools=pools, auto_id="option_%s")
    if visit.guest:
        for name in ("auto_assign", "pool"):  # who gets a seat is for an administrator
            del form.fields[name]
    return form


def _chosen(visit: Visit, form: SetupOptionsForm) -> dict[str, Any]:
    changes = {name: form.cleaned_data[name] for name in form.changed_data}
    if changes.get("pool"):
        pools = LicensePool.objects.in_organization(visit.connection.organization_id)
        changes["pool"] = pools.get(pk=changes["pool"])
    return changes


def _blame(form: SetupOptionsForm, refusal: SsoError) -> None:
    named = getattr(refusal, "field", None)
    form.add_error(named if named in form.fields else None, spoken_refusal(refusal))


def _choose_options(visit: Visit) -> HttpResponse:
    form = _options(visit, visit.request.POST)
    if not form.is_valid():
        return _page(visit, options=form)
    try:
        waits = save(visit, _chosen(visit, form))
    except SsoError as refusal:
        _blame(form, refusal)
        return _page(visit, options=form)
    if waits is not None:
        return waits
    if not visit.connection.knows_its_provider:
        messages.success(visit.request, _("Options saved. The provider’s side is still missing."))
        return visit.to(STEP)
    return go_on(visit, STEP)
