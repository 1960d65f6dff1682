"""What an administrator does to licenses chosen from the list: counted, confirmed, done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext, gettext_lazy, ngettext

from accounts.models import Organization, User
from audit.actors import Actor
from licenses.models import LicenseAssignment, LicenseAssignmentQuerySet
from licenses.policies import Source
from licenses.services import allow_all_again, assign_licenses, revoke_licenses

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Verb:
    """What an administrator does to chosen rows: counted, confirmed, done, in the same words."""

    label: _StrPromise
    # Of the rows chosen, those it does something to.
    applies_to: Callable[[LicenseAssignmentQuerySet], LicenseAssignmentQuerySet]
    phrase: Callable[[int], str]
    consequences: Callable[[int], Sequence[str]]
    run: Callable[[Organization, list[UUID], Actor], str]
    is_loss: bool = False


def _revoke(organization: Organization, users: list[UUID], actor: Actor) -> str:
    ended = revoke_licenses(organization=organization, users=users, actor=actor)
    return ngettext("Revoked %(count)d license.", "Revoked %(count)d licenses.", ended) % {
        "count": ended
    }


def _allow_again(organization: Organization, users: list[UUID], actor: Actor) -> str:
    allowed = allow_all_again(organization=organization, users=users, actor=actor)
    return ngettext(
        "%(count)d person may get a license again.",
        "%(count)d people may get a license again.",
        allowed,
    ) % {"count": allowed}


def _assign(organization: Organization, users: list[UUID], actor: Actor) -> str:
    given = assign_licenses(
        organization=organization, users=users, source=Source.ADMIN, actor=actor
    )
    said = ngettext(
        "%(count)d person has a license now.",
        "%(count)d people have a license now.",
        given.assigned,
    ) % {"count": given.assigned}
    if given.waiting:
        said += " " + ngettext(
            "%(count)d more waits in line.", "%(count)d more wait in line.", given.waiting
        ) % {"count": given.waiting}
    return said


def _without_current(rows: LicenseAssignmentQuerySet) -> LicenseAssignmentQuerySet:
    current = LicenseAssignment.objects.current().filter(
        user=OuterRef("user"), product=OuterRef("product")
    )
    return rows.filter(~Exists(current), user__state=User.State.ACTIVE)


REVOKE = Verb(
    gettext_lazy("Revoke license"),
    lambda rows: rows.filter(ended_at=None),
    lambda count: (
        ngettext("Revoke %(count)d license", "Revoke %(count)d licenses", count) % {"count": count}
    ),
    lambda count: (
        ngettext(
            "Their seat goes to the first person in line at once.",
            "Their seats go to the people in line at once.",
            count,
        ),
        gettext("Signing in gives them no license until you allow it again."),
        ngettext(
            "Their account, history and certificates stay.",
            "Their accounts, history and certificates stay.",
            count,
        ),
    ),
    _revoke,
    is_loss=True,
)
ALLOW_AGAIN = Verb(
    gettext_lazy("Allow again"),
    lambda rows: rows.filter(withheld_at__isnull=False),
    lambda count: (
        ngettext(
            "Allow %(count)d person a license again",
            "Allow %(count)d people a license again",
            count,
        )
        % {"count": count}
    ),
    lambda count: (gettext("Nobody gets a seat now. The next sign-in may give one."),),
    _allow_again,
)
ASSIGN = Verb(
    gettext_lazy("Assign license"),
    _without_current,
    lambda count: (
        ngettext("Assign %(count)d license", "Assign %(count)d licenses", count) % {"count": count}
    ),
    lambda count: (
        ngettext(
            "They get a free seat, if there is one.",
            "Free seats are given in the order in which people were added.",
            count,
        ),
        ngettext(
            "When no seat is left, they wait in line.",
            "When no seat is left, the others wait in line.",
            count,
        ),
    ),
    _assign,
)
