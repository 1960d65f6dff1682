"""What an administrator does to people's licenses, from whichever list they were chosen."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User, UserQuerySet
from accounts.roles import Ability
from accounts.verbs import Done, Verb, by_organization, phrase, said, same
from audit.actors import Actor
from licenses.models import LEARNING, LicenseAssignment, LicenseAssignmentQuerySet
from licenses.policies import Source
from licenses.services import (
    BulkResult,
    allow_all_again,
    assign_licenses,
    revoke_licenses,
)
from licenses.standing import seats_summary


def bulk_sentence(given: BulkResult) -> str:
    """What came of giving licenses to many people."""
    parts = [
        ngettext(
            "%(count)d person has a license now.",
            "%(count)d people have a license now.",
            given.assigned,
        )
        % {"count": given.assigned}
    ]
    if given.waiting:
        parts.append(
            _("No seat was left for %(count)d: they wait in line.") % {"count": given.waiting}
        )
    if given.unchanged:
        parts.append(_("%(count)d stayed as they were.") % {"count": given.unchanged})
    return " ".join(parts)


def _assign(people: list[User], actor: Actor) -> Done:
    given = BulkResult()
    for organization, members in by_organization(people):
        given += assign_licenses(
            organization=organization,
            users=[person.pk for person in members],
            source=Source.ADMIN,
            actor=actor,
        )
    return Done(bulk_sentence(given))


def _ended(people: list[User], actor: Actor) -> int:
    return sum(
        revoke_licenses(
            organization=organization, users=[person.pk for person in members], actor=actor
        )
        for organization, members in by_organization(people)
    )


def _revoke(people: list[User], actor: Actor) -> Done:
    revoked = phrase("Revoked %(count)d license.", "Revoked %(count)d licenses.")
    return Done(revoked(_ended(people, actor)))


def _allow_again(people: list[User], actor: Actor) -> Done:
    allowed = sum(
        allow_all_again(
            organization=organization, users=[person.pk for person in members], actor=actor
        )
        for organization, members in by_organization(people)
    )
    allowed_again = phrase(
        "%(count)d person may get a license again.", "%(count)d people may get a license again."
    )
    return Done(allowed_again(allowed))


def _take_off(people: list[User], actor: Actor) -> Done:
    taken_off = phrase(
        "%(count)d person is off the waiting list.", "%(count)d people are off the waiting list."
    )
    return Done(taken_off(_ended(people, actor)))


def _current() -> LicenseAssignmentQuerySet:
    """The license that a person holds or awaits today."""
    rows = LicenseAssignment.objects.filter(user=OuterRef("pk"), product=LEARNING)
    return rows.current()


def _without_current(people: UserQuerySet) -> UserQuerySet:
    return people.active().filter(~Exists(_current()))


def _holding(people: UserQuerySet) -> UserQuerySet:
    return people.filter(Exists(_current().active()))


def _waiting(people: UserQuerySet) -> UserQuerySet:
    return people.filter(Exists(_current().waiting()))


def _withheld(people: UserQuerySet) -> UserQuerySet:
    rows = LicenseAssignment.objects.filter(user=OuterRef("pk"), product=LEARNING)
    return people.filter(Exists(rows.withheld()))


def _seats_there_are(people: Sequence[User]) -> Sequence[tuple[str, int]]:
    """Seats and line of the organization the people are of; nothing if they are of several."""
    organizations = by_organization(people)
    if len(organizations) != 1:
        return []
    summary = seats_summary(organizations[0][0])
    return [(_("Seats free today"), summary.free), (_("People in line"), summary.waiting)]


def seats_they_hold(people: Sequence[User]) -> Sequence[tuple[str, int]]:
    """What becomes free if these people lose their licenses, and who waits for it."""
    rows = LicenseAssignment.objects.current().active().filter(user__in=people, product=LEARNING)
    held = rows.count()
    label = _("Seat they hold") if held == 1 else _("Seats they hold")
    return [(label, held), *_seats_there_are(people)]


ASSIGN = Verb(
    "assign_license",
    gettext_lazy("Assign license"),
    "seat",
    Ability.LICENSES,
    _without_current,
    gettext_lazy("Assign a license to %(name)s?"),
    phrase("Assign %(count)d license", "Assign %(count)d licenses"),
    said(
        phrase(
            "They get a free seat, if there is one.",
            "Free seats are given in the order in which people were added.",
        ),
        phrase(
            "When no seat is left, they wait in line.",
            "When no seat is left, the others wait in line.",
        ),
    ),
    _assign,
    facts=_seats_there_are,
    spares_oneself=False,
)
REVOKE = Verb(
    "revoke_license",
    gettext_lazy("Revoke license"),
    "seat",
    Ability.LICENSES,
    _holding,
    gettext_lazy("Revoke the license of %(name)s?"),
    phrase("Revoke %(count)d license", "Revoke %(count)d licenses"),
    said(
        phrase(
            "Their seat goes to the first person in line at once.",
            "Their seats go to the people in line at once.",
        ),
        same(gettext_lazy("Signing in gives them no license until you allow it again.")),
        phrase(
            "Their account, history and certificates stay.",
            "Their accounts, history and certificates stay.",
        ),
    ),
    _revoke,
    way_out=phrase("Keep license", "Keep licenses"),
    facts=seats_they_hold,
    is_loss=True,
    spares_oneself=False,
)
TAKE_OFF_LINE = Verb(
    "take_off_line",
    gettext_lazy("Take off the waiting list"),
    "x-circle",
    Ability.LICENSES,
    _waiting,
    gettext_lazy("Take %(name)s off the waiting list?"),
    phrase(
        "Take %(count)d person off the waiting list", "Take %(count)d people off the waiting list"
    ),
    said(
        phrase(
            "They lose their place, and whoever is behind them moves up.",
            "They lose their places, and whoever is behind them moves up.",
        ),
        same(gettext_lazy("Signing in gives them no license until you allow it again.")),
    ),
    _take_off,
    way_out=phrase("Keep them waiting", "Keep them waiting"),
    facts=_seats_there_are,
    is_loss=True,
    spares_oneself=False,
)
ALLOW_AGAIN = Verb(
    "allow_again",
    gettext_lazy("Allow license again"),
    "check-circle",
    Ability.LICENSES,
    _withheld,
    gettext_lazy("Allow %(name)s a license again?"),
    phrase("Allow %(count)d person a license again", "Allow %(count)d people a license again"),
    said(same(gettext_lazy("Nobody gets a seat now. The next sign-in may give one."))),
    _allow_again,
    spares_oneself=False,
)

LICENSE_VERBS = {verb.name: verb for verb in (ASSIGN, REVOKE, TAKE_OFF_LINE, ALLOW_AGAIN)}
