"""What accounts do by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django_tasks import task
from django_tasks.base import TaskContext

from accounts import dns, letters, notices, retention
from accounts.languages import chosen_language, language_of
from accounts.mail import MailNotSent
from accounts.models import ActivationLink, Domain, Organization, PolicyChange, User
from accounts.rate_limit import count_in_hour, take_back_in_hour
from accounts.resets import resettable
from accounts.roles import Ability
from accounts.services import (
    apply_scheduled,
    invitation_by_id,
    invite_again,
    invite_pasted,
    is_open,
    keeps_own_address,
    may_join,
    note_dns_answer,
    note_reset_sent,
    renew_secret,
    why_invitation_closed,
)
from audit.actors import Actor
from audit.models import AuditEvent
from jobs.each import each
from jobs.progress import steps
from jobs.schedules import every

# Unproved domains are looked after so long: whoever added one waits for DNS, not for a button.
LOOKED_AFTER = timedelta(days=14)


@every(
    timedelta(days=1),
    label=_("Drop sessions that have ended; set-up links and invitations 90 days later"),
)
@task()
def forget_sessions() -> dict[str, int]:
    sessions, links, invitations = each(
        (
            retention.forget_sessions,
            retention.forget_setup_links,
            retention.forget_invitations,
        ),
        lambda forget: forget(),
    )
    return {"sessions": sessions, "setup_links": links, "invitations": invitations}


@every(timedelta(minutes=1), label=_("Make changes of policies whose day has come"))
@task()
def apply_policy_changes() -> int:
    due = PolicyChange.objects.due(timezone.now()).order_by("due_at", "pk")
    return sum(each(list(due), apply_scheduled))


# Whoever requires single sign-on or comes in with a recovery code waits for no mail server. Names
# stay on record: a job's own row has the event's id.
@task()
def tell_of_event(event_id: str) -> str:
    notices.tell_of(AuditEvent.objects.select_related("organization").get(public_id=UUID(event_id)))
    return "told"


# One for each person, as every mail: see `profiles.jobs`.
@task()
def send_invitation(invitation_id: str, language: str = "") -> str:
    """Write the mail. Its link's secret comes to be here, and is nowhere else.

    `language`, here and below, is that of the page which asked for the mail: see `language_of`.
    """
    invitation = invitation_by_id(UUID(invitation_id))
    if invitation is None or why_invitation_closed(invitation) is not None:
        return "not wanted any more"
    with language_of(invitation.user, language):
        letters.invited(invitation, renew_secret(invitation=invitation))
    return "sent"


@task(takes_context=True)
def invite_people(
    context: TaskContext, organization_id: str, by: str, rows: list[list[str]]
) -> dict[str, int]:
    """Everybody of a form, by whoever sent it, if they still may. Run again, it goes on."""
    organization = Organization.objects.get(pk=UUID(organization_id))
    inviter = User.objects.get_queryset().select_related("organization").get(pk=UUID(by))
    actor = Actor.from_user(inviter)
    if not inviter.is_able(Ability.PEOPLE):
        return {"invited": 0, "known": 0}
    invited = 0
    for row in steps(context, rows, total=len(rows)):
        invited += invite_pasted(organization=organization, row=row, actor=actor)
    return {"invited": invited, "known": len(rows) - invited}


@task()
def answer_activation(link_id: str, email: str, language: str = "") -> str:
    """Write to whom an activation link is for, if that is anybody's; else nothing."""
    link = ActivationLink.objects.select_related("organization").get(pk=UUID(link_id))
    if not is_open(link):
        return "done"
    kind = f"activation {link.organization_id}"
    with mail_to(kind, email) as has_room, language_of(None, language):
        if not has_room or invite_again(link=link, email=email):
            return "done"
        if may_join(link.organization, email):
            letters.may_join(link, email)
    return "done"


# A mailbox is no place to fill: more mails an hour to one address tell it nothing new.
MAILS_AN_HOUR = 5


@task()
def send_reset_mail(email: str, language: str = "") -> str:
    """Where this address may open accounts anew, one mail that lists them; else nothing."""
    accounts = resettable(email)
    if not accounts:
        return "done"
    # Of several accounts one may have chosen, which is then what their owner reads.
    reader = next((user for user in accounts if chosen_language(user)), None)
    with mail_to("reset", email) as has_room, language_of(reader, language):
        if not has_room:
            return "done"
        letters.forgot_password(email, accounts)
    for user in accounts:
        note_reset_sent(user)
    return "done"


@task()
def send_address_mail(user_id: str, email: str, language: str = "") -> str:
    user = User.objects.active().select_related("organization").filter(pk=UUID(user_id)).first()
    if user is None or not keeps_own_address(user):
        return "not wanted any more"
    with mail_to("address", email) as has_room, language_of(user, language):
        if not has_room:
            return "not wanted any more"
        letters.prove_address(user, email)
    return "sent"


@task()
def tell_former_address(user_id: str, former: str, language: str = "") -> str:
    user = User.objects.get_queryset().select_related("organization").get(pk=UUID(user_id))
    with language_of(user, language):
        letters.address_changed(user, former)
    return "told"


@task()
def tell_password_reset(user_id: str, language: str = "") -> str:
    user = User.objects.get_queryset().select_related("organization").get(pk=UUID(user_id))
    with language_of(user, language):
        letters.password_reset(user)
    return "told"


@contextmanager
def mail_to(kind: str, email: str) -> Iterator[bool]:
    """Around writing to an address because somebody typed it: whether its mailbox has room.

    A mail that doesn't leave fills none, and takes no room from its next try.
    """
    subject = f"mails:{salted_hmac('accounts.mails', f'{kind} {email}').hexdigest()}"
    try:
        yield count_in_hour(subject) <= MAILS_AN_HOUR
    except MailNotSent:
        take_back_in_hour(subject)
        raise


@task()
def check_domain(domain_id: str) -> str:
    domain = Domain.objects.filter(pk=UUID(domain_id)).first()
    return _check(domain) if domain is not None else ""


@every(timedelta(days=1), label=_("Look the DNS records of domains up"))
@task(takes_context=True)
def check_domains(context: TaskContext) -> int:
    """Proved domains, and those added lately; answers how many.

    Anybody may publish anything in their DNS: one answer that nobody foresaw is not the end of the
    others' check.
    """
    due = Domain.objects.filter(
        Q(verified_at__isnull=False) | Q(created_at__gt=timezone.now() - LOOKED_AFTER),
        organization__status=Organization.Status.ACTIVE,
    ).order_by("pk")
    return len(each(steps(context, due.iterator(), total=due.count()), _check))


def _check(domain: Domain) -> str:
    # Before the transaction: DNS may take seconds.
    answer = dns.look_up(domain.name, wanted=domain.txt_record)
    note_dns_answer(
        domain=domain,
        outcome=answer.outcome,
        records=list(answer.records),
        actor=Actor.system("DNS check"),
    )
    return answer.outcome.value
