"""By which ways a person comes in, whichever app brings them.

`accounts` owns *My account* and the services that take a way in away, and may not know of SAML or
LinkedIn: whoever can sign people in registers here, in its `AppConfig.ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Passkey, Session, User
from accounts.policies import is_door_closed


@dataclass(frozen=True, slots=True)
class WayIn:
    """One way by which a person signs in.

    `kind` and `key` name it among the person's others; `name` is what they call it ("Okta").
    `opens` is false while their organization has closed it. `url` is the page where they change or
    remove it, a path of the portal, empty where there is nothing of theirs to change; `verb` is
    what its link says. `note` says what else there is to know of it. Sessions that began through a
    door with a `connection_id` carry it.
    """

    kind: str
    key: str
    name: str
    note: str
    icon: str
    created_at: datetime | None = None
    last_used_at: datetime | None = None
    opens: bool = True
    url: str = ""
    verb: str = ""
    connection_id: UUID | None = None


WaysIn = Callable[[User], Iterable[WayIn]]

_sources: list[WaysIn] = []


def register(ways_in: WaysIn) -> WaysIn:
    """`ways_in(user)` answers the ways this app gives them. Works as a decorator.

    Registering twice is registering once.
    """
    if ways_in not in _sources:
        _sources.append(ways_in)
    return ways_in


def ways_in(user: User) -> list[WayIn]:
    """Every way the person has, those that open first."""
    ways = [way for source in _sources for way in source(user)]
    return sorted(ways, key=lambda way: not way.opens)


def may_remove(user: User, way: WayIn) -> bool:
    """Whether they could still come in without it: the last way that really opens stays.

    Whoever removes one asks while holding the person's row, so that of two ways removed in the same
    moment one stays.
    """
    others = [each for each in ways_in(user) if (each.kind, each.key) != (way.kind, way.key)]
    return not way.opens or any(each.opens for each in others)


@register
def password(user: User) -> Iterable[WayIn]:
    if not user.has_usable_password():
        return
    opens = not is_door_closed(user.organization, Session.Door.PASSWORD)
    yield WayIn(
        kind="password",
        key="",
        name=_("Password"),
        note=_("Kept by this portal")
        if opens
        else _("Closed: your organization signs in through single sign-on alone"),
        icon="key",
        last_used_at=user.password_used_at,
        opens=opens,
        url=reverse("account_password") if opens else "",
        verb=_("Change password"),
    )


def way_of(passkey: Passkey, *, opens: bool) -> WayIn:
    return WayIn(
        kind="passkey",
        key=str(passkey.pk),
        name=passkey.name,
        note=_("Passkey, synced between devices") if passkey.is_synced else _("Passkey"),
        icon="key",
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
        opens=opens,
        url=reverse("accounts:passkeys") if opens else "",
        verb=_("Manage"),
    )


@register
def passkeys(user: User) -> Iterable[WayIn]:
    opens = not is_door_closed(user.organization, Session.Door.PASSKEY)
    for passkey in Passkey.objects.filter(user=user):
        yield way_of(passkey, opens=opens)
