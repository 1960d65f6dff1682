"""What an administrator does to people, to one or to many: named, counted, confirmed, done.

Each verb knows whom it applies to, what it does to them in a sentence, and which service does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from accounts.errors import AccountsError, LastFullAdmin
from accounts.models import Organization, User, UserQuerySet
from accounts.roles import Ability
from accounts.services import deactivate_user, end_sessions, reactivate_user
from audit.actors import Actor
from learning_portal.console.facts import bulk_sentence
from licenses.errors import LicensesError
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState
from licenses.services import (
    BulkResult,
    Source,
    allow_all_again,
    assign_licenses,
    revoke_licenses,
)
from profiles.models import ProfileBinding
from profiles.services import unbind_profile

Text = str | Promise

BACK = gettext_lazy("Back")


@dataclass(frozen=True, slots=True)
class Done:
    """What to say afterwards: the good part, and what could not be done and why."""

    message: str
    refusals: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """`question` takes the name of one person, `phrase` the number of many."""

    name: str
    label: Text
    icon: str
    ability: Ability
    # Takes and answers people with `license_state` added.
    applies_to: Callable[[Any], Any]
    question: Text
    # The same words in title and button, as in "Deactivate 3 people".
    phrase: Callable[[int], str]
    consequences: Sequence[Text | Callable[[int], str]]
    run: Callable[[list[User], Actor], Done]
    way_out: Text | Callable[[int], str] = BACK
    is_loss: bool = False

    def says(self, count: int) -> list[str]:
        """What it will do, said of one or of many."""
        return [_counted(sentence, count) for sentence in self.consequences]

    def stays(self, count: int) -> str:
        return _counted(self.way_out, count)

    @property
    def permission(self) -> str:
        """The permission that `TenantAdmin` asks for under this name."""
        return "license" if self.ability is Ability.LICENSES else "change"


def _counted(text: Text | Callable[[int], str], count: int) -> str:
    return text(count) if callable(text) else str(text)


def _one_by_one(
    people: Iterable[User], act: Callable[[User], object], said: Callable[[int], str]
) -> Done:
    """Each person in a transaction of their own: one refusal stops nobody else."""
    done, refusals = 0, []
    for person in people:
        try:
            act(person)
        except LastFullAdmin:
            refusals.append(
                _("%(name)s is the last full admin. Give somebody else the role first.")
                % {"name": person}
            )
        except (AccountsError, LicensesError) as refusal:
            refusals.append(f"{person}: {refusal}")
        else:
            done += 1
    return Done(said(done) if done else "", refusals)


def _by_organization(people: Iterable[User]) -> list[tuple[Organization, list[User]]]:
    """Platform staff may have chosen people of several organizations."""
    found: dict[Organization, list[User]] = {}
    for person in people:
        if person.organization is not None:
            found.setdefault(person.organization, []).append(person)
    return list(found.items())


def _deactivate(people: list[User], actor: Actor) -> Done:
    return _one_by_one(
        people,
        lambda person: deactivate_user(user=person, actor=actor, reason="console"),
        lambda count: (
            ngettext("Deactivated %(count)d person.", "Deactivated %(count)d people.", count)
            % {"count": count}
        ),
    )


def _reactivate(people: list[User], actor: Actor) -> Done:
    return _one_by_one(
        people,
        lambda person: reactivate_user(user=person, actor=actor),
        lambda count: (
            ngettext("Reactivated %(count)d person.", "Reactivated %(count)d people.", count)
            % {"count": count}
        ),
    )


def _sign_out(people: list[User], actor: Actor) -> Done:
    return _one_by_one(
        people,
        lambda person: end_sessions(user=person, actor=actor),
        lambda count: (
            ngettext(
                "Signed %(count)d person out everywhere.",
                "Signed %(count)d people out everywhere.",
                count,
            )
            % {"count": count}
        ),
    )


def _disconnect(people: list[User], actor: Actor) -> Done:
    reason = ProfileBinding.EndReason.ADMIN
    return _one_by_one(
        people,
        lambda person: unbind_profile(user=person, actor=actor, reason=reason),
        lambda count: (
            ngettext("Disconnected %(count)d profile.", "Disconnected %(count)d profiles.", count)
            % {"count": count}
        ),
    )


def _assign(people: list[User], actor: Actor) -> Done:
    given = BulkResult()
    for organization, members in _by_organization(people):
        given += assign_licenses(
            organization=organization,
            users=[person.pk for person in members],
            source=Source.ADMIN,
            actor=actor,
        )
    return Done(bulk_sentence(given))


def _revoke(people: list[User], actor: Actor) -> Done:
    ended = sum(
        revoke_licenses(
            organization=organization, users=[person.pk for person in members], actor=actor
        )
        for organization, members in _by_organization(people)
    )
    return Done(
        ngettext("Revoked %(count)d license.", "Revoked %(count)d licenses.", ended)
        % {"count": ended}
    )


def _allow_again(people: list[User], actor: Actor) -> Done:
    allowed = sum(
        allow_all_again(
            organization=organization, users=[person.pk for person in members], actor=actor
        )
        for organization, members in _by_organization(people)
    )
    return Done(
        ngettext(
            "%(count)d person may get a license again.",
            "%(count)d people may get a license again.",
            allowed,
        )
        % {"count": allowed}
    )


def _withheld(people: UserQuerySet) -> UserQuerySet:
    rows = LicenseAssignment.objects.withheld().filter(user=OuterRef("pk"))
    return people.filter(Exists(rows))


def _connected(people: UserQuerySet) -> UserQuerySet:
    rows = ProfileBinding.objects.current().filter(user=OuterRef("pk"))
    return people.filter(Exists(rows))


def _phrase(singular: str, plural: str) -> Callable[[int], str]:
    return lambda count: str(ngettext_lazy(singular, plural, count) % {"count": count})


VERBS = {
    verb.name: verb
    for verb in (
        Verb(
            "assign_license",
            gettext_lazy("Assign license"),
            "seat",
            Ability.LICENSES,
            lambda people: people.active().exclude(license_state=LicenseState.ACTIVE),
            gettext_lazy("Assign a license to %(name)s?"),
            _phrase("Assign %(count)d license", "Assign %(count)d licenses"),
            (
                _phrase(
                    "They get a free seat, if there is one.",
                    "Free seats are given in the order in which people were added.",
                ),
                _phrase(
                    "When no seat is left, they wait in line.",
                    "When no seat is left, the others wait in line.",
                ),
            ),
            _assign,
        ),
        Verb(
            "revoke_license",
            gettext_lazy("Revoke license"),
            "seat",
            Ability.LICENSES,
            lambda people: people.filter(
                license_state__in=[LicenseState.ACTIVE, LicenseState.WAITING]
            ),
            gettext_lazy("Revoke the license of %(name)s?"),
            _phrase("Revoke %(count)d license", "Revoke %(count)d licenses"),
            (
                _phrase(
                    "Their seat goes to the first person in line at once.",
                    "Their seats go to the people in line at once.",
                ),
                gettext_lazy("Signing in gives them no license until you allow it again."),
                _phrase(
                    "Their account, history and certificates stay.",
                    "Their accounts, history and certificates stay.",
                ),
            ),
            _revoke,
            way_out=_phrase("Keep license", "Keep licenses"),
            is_loss=True,
        ),
        Verb(
            "allow_again",
            gettext_lazy("Allow license again"),
            "check-circle",
            Ability.LICENSES,
            _withheld,
            gettext_lazy("Allow %(name)s a license again?"),
            _phrase(
                "Allow %(count)d person a license again", "Allow %(count)d people a license again"
            ),
            (gettext_lazy("Nobody gets a seat now. The next sign-in may give one."),),
            _allow_again,
        ),
        Verb(
            "sign_out",
            gettext_lazy("Sign out everywhere"),
            "out",
            Ability.PEOPLE,
            lambda people: people.filter(sessions__isnull=False).distinct(),
            gettext_lazy("Sign %(name)s out everywhere?"),
            _phrase("Sign %(count)d person out", "Sign %(count)d people out"),
            (
                gettext_lazy("Their sessions end on every device."),
                gettext_lazy("They can sign in again at once."),
            ),
            _sign_out,
            way_out=gettext_lazy("Keep signed in"),
        ),
        Verb(
            "disconnect_profile",
            gettext_lazy("Disconnect LinkedIn profile"),
            "link",
            Ability.PEOPLE,
            _connected,
            gettext_lazy("Disconnect the LinkedIn profile of %(name)s?"),
            _phrase("Disconnect %(count)d profile", "Disconnect %(count)d profiles"),
            (
                gettext_lazy("They are told by e-mail, and may connect again themselves."),
                gettext_lazy("Nothing changes on LinkedIn."),
            ),
            _disconnect,
            way_out=gettext_lazy("Keep connected"),
            is_loss=True,
        ),
        Verb(
            "deactivate",
            gettext_lazy("Deactivate"),
            "pause",
            Ability.PEOPLE,
            lambda people: people.filter(state__in=[User.State.ACTIVE, User.State.INVITED]),
            gettext_lazy("Deactivate %(name)s?"),
            _phrase("Deactivate %(count)d person", "Deactivate %(count)d people"),
            (
                gettext_lazy("They are signed out now and can’t sign in."),
                _phrase(
                    "Their seat goes to the first person in line at once.",
                    "Their seats go to the people in line at once.",
                ),
                _phrase(
                    "Their LinkedIn connection goes to sleep; it is not deleted.",
                    "Their LinkedIn connections go to sleep; none is deleted.",
                ),
                gettext_lazy("Their history stays. Reactivating brings them back."),
            ),
            _deactivate,
            way_out=gettext_lazy("Keep active"),
            is_loss=True,
        ),
        Verb(
            "reactivate",
            gettext_lazy("Reactivate"),
            "play",
            Ability.PEOPLE,
            lambda people: people.filter(state=User.State.DEACTIVATED),
            gettext_lazy("Reactivate %(name)s?"),
            _phrase("Reactivate %(count)d person", "Reactivate %(count)d people"),
            (
                gettext_lazy("They can sign in again."),
                gettext_lazy("A license comes with their next sign-in, if you assign by sign-in."),
            ),
            _reactivate,
        ),
    )
}


def not_touched(people: Sequence[User], by: User) -> str:
    """Why some of the people chosen are left out; empty if nobody is."""
    if any(person.pk == by.pk for person in people):
        return _("You are left out: another administrator has to do this to you.")
    return ""
