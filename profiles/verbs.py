"""What an administrator does to people's profiles, from whichever list they were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User, UserQuerySet
from accounts.roles import Ability
from accounts.verbs import Verb, one_by_one, phrase, same
from profiles.models import ProfileBinding
from profiles.services import unbind_profile
from profiles.standing import is_held_without


def _connected(people: UserQuerySet) -> UserQuerySet:
    rows = ProfileBinding.objects.current().filter(user=OuterRef("pk"))
    return people.filter(Exists(rows))


def _consequences(people: Sequence[User]) -> Sequence[str]:
    told = phrase("The person is told by mail.", "Each of the %(count)d people is told by mail.")
    is_required = any(map(is_held_without, people))
    return [
        told(len(people)),
        _("Browsers that signed in with it are signed out."),
        _(
            "A profile is required here: from their next page on, they can’t learn until they "
            "connect one again."
        )
        if is_required
        else _("They can connect again whenever they like."),
        _("Accounts, licenses and everything they learned stay. Nothing changes on LinkedIn."),
    ]


DISCONNECT = Verb(
    "disconnect_profile",
    gettext_lazy("Disconnect LinkedIn profile"),
    "link",
    Ability.PEOPLE,
    _connected,
    gettext_lazy("Disconnect the LinkedIn profile of %(name)s?"),
    phrase("Disconnect %(count)d profile", "Disconnect %(count)d profiles"),
    _consequences,
    one_by_one(
        partial(unbind_profile, reason=ProfileBinding.EndReason.ADMIN),
        phrase("Disconnected %(count)d profile.", "Disconnected %(count)d profiles."),
    ),
    way_out=same(gettext_lazy("Keep connected")),
    is_loss=True,
    # Each is a transaction: more would outlast the request. Workers send the mails.
    at_once=200,
)
