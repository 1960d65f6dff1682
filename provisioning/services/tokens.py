"""Tokens made, replaced and revoked."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.ids import new_id
from accounts.models import Organization
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from provisioning.errors import ProvisioningError, TokenMadeAlready, TokenReplacedAlready
from provisioning.models import ScimConfiguration, ScimToken

DEFAULT_DAYS = 365
MAX_DAYS = 2 * 365
# How long both tokens are valid after one has replaced the other.
OVERLAP = timedelta(days=7)
# Lets secret scanners recognize a token that got into the open.
PREFIX = "lps_"


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and its text, which is nowhere else and can't be had again."""

    token: ScimToken
    text: str = field(repr=False)


def digest_of(text: str) -> bytes:
    """What is stored of a token. SHA-256 without salt: the text is 256 random bits."""
    return hashlib.sha256(text.encode()).digest()


@transaction.atomic
def create_token(
    *,
    organization: Organization,
    name: str,
    actor: Actor,
    days: int = DEFAULT_DAYS,
    id: uuid.UUID | None = None,
) -> NewToken:
    """A token for the organization's directory, living `days` days. Others stay as they are.

    With the `id` of a form, sending the form once more makes no second token. Raises
    `ProvisioningError` for a name or a life that can't be, and `TokenMadeAlready`.
    """
    name = name.strip()
    _refuse_odd(name, days)
    ScimConfiguration.objects.get_or_create(organization=organization)
    text = PREFIX + secrets.token_urlsafe(32)
    token = ScimToken(
        id=id or new_id(),
        organization=organization,
        name=name,
        digest=digest_of(text),
        ending=text[-4:],
        created_by=actor.name[:255],
        expires_at=timezone.now() + timedelta(days=days),
    )
    try:
        with transaction.atomic():
            token.save(force_insert=True)
    except IntegrityError as error:  # 256 random bits don't repeat: it is the id
        raise TokenMadeAlready from error
    record(
        Action.TOKEN_CREATED,
        organization=organization,
        actor=actor,
        target=token,
        changes={"expires_at": token.expires_at},
    )
    return NewToken(token, text)


def _refuse_odd(name: str, days: int) -> None:
    """Raises `ProvisioningError`."""
    if not (name.isprintable() and 0 < len(name) <= 100):
        raise ProvisioningError(_("A token needs a name of up to 100 characters, in one line."))
    if not 1 <= days <= MAX_DAYS:
        raise ProvisioningError(
            _("A token lives between one day and %(days)s days.") % {"days": MAX_DAYS}
        )


@transaction.atomic
def rotate_token(
    *,
    token: ScimToken,
    actor: Actor,
    overlap: timedelta = OVERLAP,
    days: int = DEFAULT_DAYS,
    id: uuid.UUID | None = None,
) -> NewToken:
    """A successor of the same name. The old token lives on for `overlap`, never longer than before.

    So nothing is refused between the moment of its making and the moment when the directory's
    administrator has pasted it. Raises `TokenReplacedAlready` while a later one of this name waits
    to be used: of two windows open at once, one makes it.
    """
    held = ScimToken.objects.select_for_update().get(pk=token.pk)
    waiting = ScimToken.objects.live().filter(
        organization=held.organization_id,
        name=held.name,
        created_at__gt=held.created_at,
        last_used_at=None,
    )
    # The same form sent again is told that its token is made.
    successor = waiting.exclude(pk=id).first() if id else waiting.first()
    if successor is not None:
        raise TokenReplacedAlready(successor)
    fresh = create_token(
        organization=token.organization, name=token.name, actor=actor, days=days, id=id
    )
    _end_at(token, timezone.now() + overlap)
    return fresh


def _end_at(token: ScimToken, moment: datetime) -> None:
    later = ScimToken.objects.live().filter(pk=token.pk, expires_at__gt=moment)
    if later.update(expires_at=moment):
        token.expires_at = moment


@transaction.atomic
def revoke_token(*, token: ScimToken, actor: Actor) -> None:
    """Close a token at once; whoever uses it is refused from the next call on. It stays closed."""
    now = timezone.now()
    if not ScimToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        return
    token.revoked_at = now
    record(Action.TOKEN_REVOKED, organization=token.organization, actor=actor, target=token)
