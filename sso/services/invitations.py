"""Somebody without an account is asked to set a connection up."""

from __future__ import annotations

from itertools import chain, count

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organization, SetupLink
from accounts.services import NewSetupLink, make_setup_link
from audit.actors import Actor
from sso.models import Preset, SamlConnection
from sso.services.connections import create_connection


@transaction.atomic
def invite_to_set_up(
    *,
    organization: Organization,
    name: str,
    scope: SetupLink.Scope,
    connection: SamlConnection | None,
    actor: Actor,
    maker_role: str,
) -> NewSetupLink:
    """A set-up link for `name`. Where it opens single sign-on, it is for `connection`, or with None
    for a new draft.

    Raises what `make_setup_link` and `create_connection` raise; then there is no draft either.
    """
    if scope is SetupLink.Scope.DIRECTORY:
        connection = None
    elif connection is None:
        connection = create_connection(
            organization=organization,
            name=_free_name(organization),
            preset=Preset.GENERIC,
            actor=actor,
        )
    return make_setup_link(
        organization=organization,
        name=name,
        scope=scope,
        connection_id=connection.pk if connection else None,
        actor=actor,
        maker_role=maker_role,
    )


def _free_name(organization: Organization) -> str:
    """What a draft is called until somebody knows better. Learners read the name of a connection,
    so it says nothing of whom the link is for."""
    plain = _("Single sign-on")
    taken = {
        name.casefold()
        for name in SamlConnection.objects.in_organization(organization).values_list(
            "name", flat=True
        )
    }
    numbered = (_("Single sign-on %(number)d") % {"number": number} for number in count(2))
    return next(each for each in chain([plain], numbered) if each.casefold() not in taken)
