"""The ways in that single sign-on gives a person."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.ways_in import WayIn, register
from sso.models import SamlIdentity


@register
def identities(user: User) -> Iterable[WayIn]:
    """By whom identity providers know them. `last_used_at` is true to the hour."""
    if user.organization_id is None:
        return
    mine = SamlIdentity.objects.filter(
        user=user, connection__organization=user.organization_id
    ).select_related("connection")
    for identity in mine.order_by("connection__name", "pk"):
        opens = identity.connection.is_active
        yield WayIn(
            kind="saml",
            key=str(identity.pk),
            name=identity.connection.name,
            note=_("Single sign-on")
            if opens
            else _("Single sign-on, switched off by your organization"),
            icon="door",
            created_at=identity.created_at,
            last_used_at=identity.last_used_at,
            opens=opens,
            connection_id=identity.connection_id,
        )
