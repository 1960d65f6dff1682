"""Set-up links are made, opened once and revoked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.digests import digest_of_secret
from accounts.errors import InvalidValue, RoleNotGrantable, SetupLinkClosed, TooManySetupLinks
from accounts.models import Organization, SetupLink
from accounts.names import is_one_line
from accounts.roles import has_every_ability
from accounts.services.holding import hold_organization
from accounts.services.validation import validate_fields
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

LASTS = timedelta(days=7)
# Live at the same time, for one organization: each is a way in that somebody has to keep in mind.
MOST_LIVE = 20


@dataclass(frozen=True, slots=True)
class NewSetupLink:
    """A link and its secret, which is nowhere else and can't be had again."""

    link: SetupLink
    secret: str = field(repr=False)


def may_make_setup_links(role: str) -> bool:
    """Whoever has a link decides whom an organization trusts: for full admins to hand out."""
    return has_every_ability(role)


@transaction.atomic
def make_setup_link(
    *,
    organization: Organization,
    name: str,
    scope: SetupLink.Scope,
    actor: Actor,
    maker_role: str,
    connection_id: UUID | None = None,
) -> NewSetupLink:
    """A link that opens what `scope` says, for seven days. `connection_id` is the one connection
    it sets up. Raises `RoleNotGrantable`, `InvalidValue` and `TooManySetupLinks`."""
    if not may_make_setup_links(maker_role):
        raise RoleNotGrantable
    if not is_one_line(name):
        raise InvalidValue("name", _("A name is one line."))
    secret = secrets.token_urlsafe(32)
    link = SetupLink(
        organization=organization,
        name=name.strip(),
        scope=scope,
        connection_id=connection_id,
        digest=digest_of_secret(secret),
        made_by=actor.name[:255],
        expires_at=timezone.now() + LASTS,
    )
    validate_fields(link)
    # Held: of two who make the last one there may be, one does.
    hold_organization(organization.pk)
    live = SetupLink.objects.in_organization(organization).live(timezone.now())
    if live.count() >= MOST_LIVE:
        raise TooManySetupLinks(most=MOST_LIVE)
    link.save(force_insert=True)
    record(
        Action.SETUP_LINK_MADE,
        organization=organization,
        actor=actor,
        target=link,
        changes={"scope": str(scope)},
    )
    return NewSetupLink(link, secret)


def setup_link_of(secret: str) -> SetupLink:
    """Raises `SetupLinkClosed` where no link has this secret."""
    rows = SetupLink.objects.select_related("organization")
    link = rows.filter(digest=digest_of_secret(secret)).first()
    if link is None:
        raise SetupLinkClosed(SetupLinkClosed.Why.UNKNOWN)
    return link


@transaction.atomic
def open_setup_link(*, secret: str) -> tuple[SetupLink, str]:
    """Bind the link to the browser that opens it; answers the secret for its cookie.

    Of two browsers at once one is bound. Raises `SetupLinkClosed`.
    """
    link = setup_link_of(secret)
    refuse_unopenable(link)
    browser = secrets.token_urlsafe(32)
    unopened = SetupLink.objects.filter(pk=link.pk, browser="", revoked_at=None)
    if not unopened.update(browser=digest_of_secret(browser), opened_at=timezone.now()):
        link.refresh_from_db(fields=["revoked_at"])
        raise SetupLinkClosed(why_closed(link) or SetupLinkClosed.Why.USED, link=link)
    record(
        Action.SETUP_LINK_OPENED,
        organization=link.organization,
        actor=Actor.setup_link(str(link.pk), link.name),
        target=link,
    )
    return link, browser


def why_closed(link: SetupLink) -> SetupLinkClosed.Why | None:
    """Why it opens nothing, in no browser; None while it is live."""
    if link.revoked_at is not None:
        return SetupLinkClosed.Why.REVOKED
    if link.expires_at <= timezone.now():
        return SetupLinkClosed.Why.EXPIRED
    if not link.organization.is_active:
        return SetupLinkClosed.Why.SUSPENDED
    return None


def refuse_unopenable(link: SetupLink) -> None:
    """Raises `SetupLinkClosed` for a link that a browser it isn't bound to can't open."""
    why = why_closed(link) or (SetupLinkClosed.Why.USED if link.browser else None)
    if why is not None:
        raise SetupLinkClosed(why, link=link)


@transaction.atomic
def revoke_setup_link(*, link: SetupLink, actor: Actor) -> None:
    """It opens nothing any more, in no browser. What was set up with it stays."""
    if not SetupLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        return
    record(Action.SETUP_LINK_REVOKED, organization=link.organization, actor=actor, target=link)
