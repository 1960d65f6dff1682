"""*Set-up links*: for somebody of IT who has no account here. Made by full admins, shown once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.console_pages import address_of, console_page, organization_at_hand
from accounts.errors import AccountsError, SetupLinkClosed
from accounts.models import Organization, SetupLink, User
from accounts.services import may_make_setup_links, revoke_setup_link, why_closed
from accounts.templatetags.portal import relative_time, status_badge
from accounts.widgets import RadioCards
from audit.actors import Actor
from sso.errors import SsoError
from sso.models import SamlConnection
from sso.services import invite_to_set_up

NEW = "new"
LISTED = 50
# Why a link opens nothing, as the list says it: all that `why_closed` answers.
CLOSED = {
    SetupLinkClosed.Why.REVOKED: gettext_lazy("Revoked"),
    SetupLinkClosed.Why.EXPIRED: gettext_lazy("Expired"),
    SetupLinkClosed.Why.SUSPENDED: gettext_lazy("Organization suspended"),
}


def may_look(user: User) -> bool:
    """Staff come from an organization's page."""
    return user.organization_id is not None and may_make_setup_links(user.role)


class SetupLinkForm(forms.Form):
    name = forms.CharField(
        label="",
        max_length=100,
        error_messages={"required": gettext_lazy("Say whom the link is for.")},
    )
    scope = forms.ChoiceField(
        choices=SetupLink.Scope.choices,
        initial=SetupLink.Scope.SSO,
        widget=RadioCards(),
    )
    connection = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, connections: list[SamlConnection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections = {str(each.pk): each for each in connections}
        self.fields["name"].label = _("For whom")
        self.fields["name"].help_text = _(
            "A name to recognize it by, such as “Pat, network team”. What is done with the link is "
            "on record under this name."
        )
        scope = self.fields["scope"]
        assert isinstance(scope, forms.ChoiceField)
        scope.label = _("What it opens")
        assert isinstance(scope.widget, RadioCards)
        scope.widget.descriptions = {
            SetupLink.Scope.SSO: _("The steps of one connection, up to the test."),
            SetupLink.Scope.DIRECTORY: _(
                "The guides and a new token. Whoever holds a token reads and changes people and "
                "groups through the directory’s interface."
            ),
            SetupLink.Scope.BOTH: _("Both of these."),
        }
        connection = self.fields["connection"]
        assert isinstance(connection, forms.ChoiceField)
        connection.label = _("Connection")
        connection.choices = [
            # First, since two guests in one draft undo each other's work.
            (NEW, _("A new draft")),
            *((str(each.pk), each.name) for each in connections),
        ]
        connection.help_text = _(
            "Counts for single sign-on. Connections that people sign in through, or once did, are "
            "not offered: what they trust is changed by administrators alone."
        )


def show(request: HttpRequest) -> HttpResponse:
    """The links there are, and a form for another. A POST answers with the link, once."""
    user, organization = _full_admin(request)
    drafts = SamlConnection.objects.in_organization(organization).open_to_guests()
    form = SetupLinkForm(
        request.POST or None,
        connections=list(drafts.order_by("name", "id")[:LISTED]),
        # As the page that led here has it.
        initial={
            name: request.GET[name] for name in ("scope", "connection") if name in request.GET
        },
    )
    if form.is_valid():
        try:
            made = invite_to_set_up(
                organization=organization,
                name=form.cleaned_data["name"],
                scope=SetupLink.Scope(form.cleaned_data["scope"]),
                connection=form.connections.get(form.cleaned_data["connection"]),
                actor=Actor.from_user(user),
                maker_role=user.role,
            )
        except (AccountsError, SsoError) as refusal:
            form.add_error(None, str(refusal))
        else:
            address = reverse("setup:open", args=[made.secret])
            return _page(
                request,
                user,
                organization,
                "setup_link_made.html",
                title=_("Your new set-up link"),
                link=made.link,
                address=f"{settings.PORTAL_BASE_URL}{address}",
            )
    links = SetupLink.objects.in_organization(organization).select_related("organization")
    return _page(
        request,
        user,
        organization,
        "setup_links.html",
        title=_("Set-up links"),
        form=form,
        links=[(link, _badge(link), why_closed(link) is None) for link in links[:LISTED]],
        query="" if user.organization_id else f"?organization={organization.slug}",
    )


@require_POST
def revoke(request: HttpRequest, link_id: UUID) -> HttpResponse:
    user, organization = _full_admin(request)
    link = get_object_or_404(SetupLink.objects.in_organization(organization), pk=link_id)
    link.organization = organization
    revoke_setup_link(link=link, actor=Actor.from_user(user))
    messages.success(
        request,
        _("The link for %(name)s opens nothing any more. What was set up stays, tokens too.")
        % {"name": link},
    )
    return HttpResponseRedirect(address_of(user, organization, "admin:setup_links"))


def _full_admin(request: HttpRequest) -> tuple[User, Organization]:
    user, organization = organization_at_hand(request)
    if not may_make_setup_links(user.role):
        raise PermissionDenied
    return user, organization


def _badge(link: SetupLink) -> SafeString:
    why = why_closed(link)
    if why is not None:
        return status_badge("", "x-circle", str(CLOSED[why]))
    if link.opened_at is not None:
        opened = _("Opened %(when)s") % {"when": relative_time(link.opened_at, timezone.now())}
        return status_badge("info", "check-circle", opened)
    return status_badge("", "clock", _("Not opened yet"))


def _page(
    request: HttpRequest, user: User, organization: Organization, template: str, **context: Any
) -> HttpResponse:
    return console_page(
        request,
        f"learning_portal/console/{template}",
        organization=organization,
        links_url=address_of(user, organization, "admin:setup_links"),
        **context,
    )
