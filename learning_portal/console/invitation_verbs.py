"""What an administrator does about invitations, to one person or to many."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from accounts.models import HAS_PASSWORD, Invitation, Passkey, User, UserQuerySet
from accounts.roles import Ability
from accounts.services import invite, revoke_invitation
from accounts.verbs import Verb, one_by_one, phrase, said, same
from sso.models import SamlConnection

_INVITE = one_by_one(
    invite,
    phrase(
        "%(count)d mail is on its way.",
        "%(count)d mails are on their way.",
    ),
)


def _pending() -> Exists:
    return Exists(Invitation.objects.pending().filter(user=OuterRef("pk")))


def _without_a_way_in(people: UserQuerySet) -> UserQuerySet:
    """Whom no connection, password or passkey lets in: their organization left single sign-on."""
    active = SamlConnection.objects.active().filter(organization=OuterRef("organization"))
    here = people.active().exclude(HAS_PASSWORD).exclude(email="")
    passkeys = Passkey.objects.filter(user=OuterRef("pk"))
    return here.filter(
        ~Exists(active), ~Exists(passkeys), ~_pending(), organization__sso_required_at=None
    )


RESEND = Verb(
    "resend_invitation",
    gettext_lazy("Send invitation again"),
    "mail",
    Ability.PEOPLE,
    lambda people: people.filter(
        Q(state=User.State.INVITED) | Q(_pending(), state=User.State.ACTIVE)
    ).exclude(email=""),
    gettext_lazy("Send %(name)s the invitation again?"),
    phrase("Send %(count)d invitation again", "Send %(count)d invitations again"),
    said(
        phrase(
            "They get a new mail, good for 30 days from now.",
            "Each gets a new mail, good for 30 days from now.",
        ),
        same(gettext_lazy("The link of an earlier mail opens nothing any more.")),
    ),
    _INVITE,
)
REVOKE_INVITATION = Verb(
    "revoke_invitation",
    gettext_lazy("Revoke invitation"),
    "x-circle",
    Ability.PEOPLE,
    lambda people: people.filter(_pending()),
    gettext_lazy("Revoke the invitation of %(name)s?"),
    phrase("Revoke %(count)d invitation", "Revoke %(count)d invitations"),
    said(
        same(gettext_lazy("The link in the mail opens nothing any more.")),
        same(gettext_lazy("The account stays as it is and can be invited again.")),
    ),
    one_by_one(
        revoke_invitation,
        phrase("Revoked %(count)d invitation.", "Revoked %(count)d invitations."),
    ),
    way_out=same(gettext_lazy("Keep it")),
    is_loss=True,
)
OTHER_WAY = Verb(
    "invite_other_way",
    gettext_lazy("Invite to another way in"),
    "door",
    Ability.PEOPLE,
    _without_a_way_in,
    gettext_lazy("Invite %(name)s to another way in?"),
    phrase(
        "Invite %(count)d person to another way in", "Invite %(count)d people to another way in"
    ),
    said(
        same(
            gettext_lazy(
                "No connection lets them in any more. A mail leads them to a password of their "
                "own, or to LinkedIn, as your policy says."
            )
        ),
        same(
            gettext_lazy(
                "It is the same account: license, history, groups and LinkedIn connection stay."
            )
        ),
        same(
            gettext_lazy(
                "The mail goes to the address we have. Whoever reads that mailbox gets in: look "
                "at the addresses first."
            )
        ),
    ),
    _INVITE,
)

INVITATION_VERBS = {verb.name: verb for verb in (RESEND, REVOKE_INVITATION, OTHER_WAY)}
