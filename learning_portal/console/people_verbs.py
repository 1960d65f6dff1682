"""What an administrator does to people: the verbs of every app, in the order of the menu."""

from __future__ import annotations

from functools import partial

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from accounts.models import Authenticator, Passkey, PersonalCode, Session, User, UserQuerySet
from accounts.roles import Ability, Role
from accounts.services import (
    deactivate_user,
    end_sessions,
    off_board,
    reactivate_user,
    reset_second_factor,
)
from accounts.verbs import Verb, one_by_one, phrase, said, same
from learning_portal.console.invitation_verbs import INVITATION_VERBS
from licenses.verbs import LICENSE_VERBS, seats_they_hold
from profiles.verbs import DISCONNECT


def _with_factors(people: UserQuerySet) -> UserQuerySet:
    mine = {"user": OuterRef("pk")}
    return people.filter(
        Exists(Authenticator.objects.filter(**mine))
        | Exists(Passkey.objects.filter(**mine))
        | Exists(PersonalCode.objects.filter(**mine))
    )


RESET_SECOND_FACTOR = Verb(
    "reset_second_factor",
    gettext_lazy("Reset second factor"),
    "shield",
    Ability.PEOPLE,
    _with_factors,
    gettext_lazy("Reset the second factor of %(name)s?"),
    phrase(
        "Reset the second factor of %(count)d person", "Reset the second factor of %(count)d people"
    ),
    said(
        same(
            gettext_lazy(
                "Their authenticator app, recovery codes and passkeys open nothing any more. Make "
                "sure first that it is they who ask."
            )
        ),
        same(gettext_lazy("They are signed out on every device, and told by mail.")),
        same(
            gettext_lazy(
                "At the next sign-in with a password, administrators set a second factor up again. "
                "Whoever came in with a passkey alone needs another way in."
            )
        ),
    ),
    one_by_one(
        reset_second_factor,
        phrase(
            "Reset the second factor of %(count)d person.",
            "Reset the second factor of %(count)d people.",
        ),
    ),
    way_out=same(gettext_lazy("Leave as it is")),
    is_loss=True,
)
SIGN_OUT = Verb(
    "sign_out",
    gettext_lazy("Sign out everywhere"),
    "out",
    Ability.PEOPLE,
    lambda people: people.filter(Exists(Session.objects.filter(user=OuterRef("pk")))),
    gettext_lazy("Sign %(name)s out everywhere?"),
    phrase("Sign %(count)d person out", "Sign %(count)d people out"),
    said(
        same(gettext_lazy("Their sessions end on every device.")),
        same(gettext_lazy("They can sign in again at once.")),
    ),
    one_by_one(
        end_sessions,
        phrase(
            "Signed %(count)d person out everywhere.", "Signed %(count)d people out everywhere."
        ),
    ),
    way_out=same(gettext_lazy("Keep signed in")),
)
DEACTIVATE = Verb(
    "deactivate",
    gettext_lazy("Deactivate"),
    "pause",
    Ability.PEOPLE,
    lambda people: people.filter(state__in=User.OPEN_STATES),
    gettext_lazy("Deactivate %(name)s?"),
    phrase("Deactivate %(count)d person", "Deactivate %(count)d people"),
    said(
        same(gettext_lazy("They are signed out now and can’t sign in.")),
        phrase(
            "Their seat goes to the first person in line at once.",
            "Their seats go to the people in line at once.",
        ),
        phrase(
            "Their LinkedIn connection goes to sleep; it is not deleted.",
            "Their LinkedIn connections go to sleep; none is deleted.",
        ),
        same(gettext_lazy("Their history stays. Reactivating brings them back.")),
    ),
    one_by_one(
        partial(deactivate_user, reason="console"),
        phrase("Deactivated %(count)d person.", "Deactivated %(count)d people."),
    ),
    way_out=same(gettext_lazy("Keep active")),
    facts=seats_they_hold,
    is_loss=True,
)
OFF_BOARD = Verb(
    "off_board",
    gettext_lazy("Off-board"),
    "out",
    Ability.PEOPLE,
    # Who was deactivated before has kept a role for the day they come back.
    lambda people: people.filter(
        Q(state__in=User.OPEN_STATES) | Q(state=User.State.DEACTIVATED) & ~Q(role=Role.LEARNER)
    ),
    gettext_lazy("Off-board %(name)s?"),
    phrase("Off-board %(count)d person", "Off-board %(count)d people"),
    said(
        same(gettext_lazy("For somebody who leaves: they are signed out now and can’t sign in.")),
        same(gettext_lazy("An invitation that waits opens nothing any more.")),
        phrase(
            "Their seat goes to the first person in line at once.",
            "Their seats go to the people in line at once.",
        ),
        same(gettext_lazy("An administrator is a learner from now on, also if they come back.")),
        same(gettext_lazy("Set-up links they made open nothing any more.")),
        phrase(
            "Their LinkedIn connection goes to sleep; it is not deleted.",
            "Their LinkedIn connections go to sleep; none is deleted.",
        ),
        same(gettext_lazy("A receipt lists each with its time, and what is left for you to do.")),
    ),
    one_by_one(
        off_board,
        phrase(
            "Off-boarded %(count)d person. The receipt is on their page, and under Off-boarding.",
            "Off-boarded %(count)d people. Their receipts are under Off-boarding.",
        ),
    ),
    way_out=same(gettext_lazy("Leave as it is")),
    facts=seats_they_hold,
    is_loss=True,
)
REACTIVATE = Verb(
    "reactivate",
    gettext_lazy("Reactivate"),
    "play",
    Ability.PEOPLE,
    lambda people: people.filter(state=User.State.DEACTIVATED),
    gettext_lazy("Reactivate %(name)s?"),
    phrase("Reactivate %(count)d person", "Reactivate %(count)d people"),
    said(
        same(gettext_lazy("They can sign in again.")),
        same(gettext_lazy("A license comes with their next sign-in, if you assign by sign-in.")),
    ),
    one_by_one(
        reactivate_user,
        phrase("Reactivated %(count)d person.", "Reactivated %(count)d people."),
    ),
)

VERBS = (
    LICENSE_VERBS
    | INVITATION_VERBS
    | {
        verb.name: verb
        for verb in (
            SIGN_OUT,
            RESET_SECOND_FACTOR,
            DISCONNECT,
            DEACTIVATE,
            OFF_BOARD,
            REACTIVATE,
        )
    }
)
