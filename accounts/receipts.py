"""The receipt of an account's end: what was taken, when, and what is left for somebody to do.

Nothing is written for it. It is read from the history: the event of the closing, and what else the
same request did to the same person. Each app says what its part of the history means, in a file of
its own (`@register`), which it imports in its `AppConfig.ready()`.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import RecoveryCode, User
from accounts.roles import Role
from accounts.services.leavers import FOR_GOOD
from audit.actions import Action
from audit.actors import ActorKind
from audit.models import AuditEvent

# What one transaction does carries moments this close together.
AROUND = timedelta(minutes=1)


class Outcome(enum.StrEnum):
    DONE = "done"
    NOTHING = "nothing"  # there was nothing to take
    OPEN = "open"  # somebody still has to do something


@dataclass(frozen=True, slots=True)
class Line:
    """`what` names the thing, `said` what became of it; `page` is a console page to act on,
    `verb` what its link says."""

    what: str
    outcome: Outcome
    said: str
    at: datetime | None = None
    page: str = ""
    verb: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """An account that was closed: the event, its person, and what else happened to them with it."""

    event: AuditEvent
    person: User
    beside: tuple[AuditEvent, ...]

    def found(self, *actions: Action) -> AuditEvent | None:
        return next((event for event in self.beside if event.action in actions), None)

    @property
    def is_for_good(self) -> bool:
        return self.event.changes.get("reason") in FOR_GOOD

    @property
    def is_deletion(self) -> bool:
        state: list[str] = self.event.changes["state"]
        return state[1] == User.State.DELETED

    @property
    def was_closed(self) -> bool:
        """Whether it was deactivated before, and off-boarded now."""
        before, after = self.event.changes["state"]
        return bool(before == after)

    @property
    def was_admin(self) -> bool:
        """Whether they could have made what lets others in: then, or by the role they have yet."""
        roles = {self.event.changes.get("role", [None])[0], self.person.role}
        return not roles.isdisjoint({Role.FULL_ADMIN, Role.SUB_ADMIN})


@dataclass(frozen=True, slots=True)
class Receipt:
    closing: Closing
    lines: tuple[Line, ...]

    @property
    def open_lines(self) -> list[Line]:
        return [line for line in self.lines if line.outcome is Outcome.OPEN]


Report = Callable[[Closing], Iterable[Line]]

_reports: list[Report] = []


def register(report: Report) -> Report:
    """`report(closing)` answers this app's lines. Registering twice is registering once."""
    if report not in _reports:
        _reports.append(report)
    return report


def receipt_of(event: AuditEvent) -> Receipt:
    """Of the event of a closing (`Action.USER_DEACTIVATED`)."""
    person = User.objects.get_queryset().select_related("organization").get(pk=event.target_id)
    closing = Closing(event, person, _beside(event))
    return Receipt(closing, tuple(line for report in _reports for line in report(closing)))


def _beside(event: AuditEvent) -> tuple[AuditEvent, ...]:
    """What else happened to the person in that request, or around it where nothing names one."""
    found = list(
        AuditEvent.objects.in_organization(event.organization_id)
        .filter(
            target_id=event.target_id,
            request_id=event.request_id,
            created_at__range=(event.created_at - AROUND, event.created_at + AROUND),
        )
        .order_by("id")
    )
    # Closed, opened and closed again within the minute: each closing has its own.
    opened = [each.pk for each in found if each.action == Action.USER_REACTIVATED]
    since = max((pk for pk in opened if pk < event.pk), default=0)
    until = min((pk for pk in opened if pk > event.pk), default=math.inf)
    return tuple(each for each in found if since < each.pk < until)


def latest_closing(user: User) -> AuditEvent | None:
    """Of somebody whose account is closed now."""
    if user.state not in {User.State.DEACTIVATED, User.State.DELETED}:
        return None
    return (
        AuditEvent.objects.in_organization(user.organization_id)
        .filter(target_id=str(user.pk), action=Action.USER_DEACTIVATED)
        .order_by("-id")
        .first()
    )


@register
def account(closing: Closing) -> Iterable[Line]:
    at = closing.event.created_at
    yield _closed(closing)
    yield _sessions(closing)
    yield _invitation(closing)
    yield _role(closing)
    groups = closing.event.changes.get("left_groups", {})
    if groups:
        yield Line(_("Groups"), Outcome.DONE, ", ".join(sorted(groups.values())), at)
    yield from _made(closing)


def _closed(closing: Closing) -> Line:
    if closing.was_closed:
        return Line(_("Account"), Outcome.NOTHING, _("Was deactivated before"))
    said = (
        _("Deleted: hidden, and its name is free again")
        if closing.is_deletion
        else _("Deactivated: nobody can sign in to it")
    )
    return Line(_("Account"), Outcome.DONE, said, closing.event.created_at)


def _sessions(closing: Closing) -> Line:
    ended = closing.event.changes.get("sessions_ended", 0)
    if not ended:
        return Line(_("Sessions"), Outcome.NOTHING, _("Was signed in nowhere"))
    said = ngettext("%(count)d session ended", "%(count)d sessions ended", ended)
    return Line(_("Sessions"), Outcome.DONE, said % {"count": ended}, closing.event.created_at)


def _invitation(closing: Closing) -> Line:
    revoked = closing.found(Action.INVITATION_REVOKED)
    if revoked is None:
        return Line(_("Invitation"), Outcome.NOTHING, _("None waited"))
    return Line(_("Invitation"), Outcome.DONE, _("Opens nothing any more"), revoked.created_at)


def _role(closing: Closing) -> Line:
    taken = closing.event.changes.get("role")
    if taken:
        said = _("%(role)s no longer") % {"role": Role(taken[0]).label}
        return Line(_("Role"), Outcome.DONE, said, closing.event.created_at)
    if closing.person.role == Role.LEARNER:
        return Line(_("Role"), Outcome.NOTHING, _("Was a learner"))
    said = _("Kept: %(role)s again once the account is opened") % {
        "role": closing.person.get_role_display()
    }
    return Line(_("Role"), Outcome.OPEN, said)


def _made(closing: Closing) -> Iterable[Line]:
    """What they handed out, or could have: it lets others in, or them by another name."""
    links = closing.event.changes.get("setup_links", [])
    if links:
        said = _("Revoked: %(names)s") % {"names": ", ".join(links)}
        yield Line(_("Set-up links"), Outcome.DONE, said, closing.event.created_at)
    elif closing.is_for_good:
        yield Line(_("Set-up links"), Outcome.NOTHING, _("None of theirs was live"))
    if closing.was_admin and _knows_recovery_codes(closing):
        yield Line(
            _("Recovery codes"),
            Outcome.OPEN,
            _("Made before they left, and good for any full admin who is named with one"),
            page="admin:sign_in_rules",
            verb=_("Make new ones"),
        )


def _knows_recovery_codes(closing: Closing) -> bool:
    organization = closing.event.organization_id
    assert organization is not None  # people of an organization alone have receipts
    unused = RecoveryCode.objects.in_organization(organization).unused()
    if not unused.filter(created_at__lt=closing.event.created_at).exists():
        return False
    role: str = closing.event.changes.get("role", [closing.person.role])[0]
    return role == Role.FULL_ADMIN


def closer(event: AuditEvent) -> str:
    """Who closed it, by name: the receipt is for administrators."""
    return event.actor_name or str(ActorKind(event.actor_kind).label)
