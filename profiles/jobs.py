"""What is done about profiles after the request that asked for it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django_tasks import task

from accounts.languages import language_of
from accounts.models import User
from jobs.each import each
from jobs.schedules import every
from profiles import forgetting, notices, telling
from profiles.standing import grace_until


# One for each person: an administrator disconnects two hundred at once, and waits for no mail
# server; one address that takes no mail keeps nobody else from being told.
@task()
def tell_disconnected(user_id: str) -> str:
    user = User.objects.select_related("organization").filter(pk=UUID(user_id)).first()
    if user is None or not user.email:
        return "nobody to write to"
    with language_of(user):
        notices.disconnected(user)
    return "told"


@every(timedelta(days=1), label=_("Forget profiles that have been switched off for 90 days"))
@task()
def forget_switched_off() -> int:
    organizations = forgetting.organizations_that_switched_off()
    return sum(each(organizations, forgetting.forget_switched_off))


@every(timedelta(hours=1), label=_("Tell people without a profile that it is required before long"))
@task()
def tell_of_gates() -> int:
    return sum(each(telling.organizations_to_tell(), lambda at: telling.tell_everybody(at, tell)))


def tell(user: User) -> None:
    tell_of_gate.enqueue(str(user.pk))


@task()
def tell_of_gate(user_id: str) -> str:
    """They may have connected one since, or been switched off, or the policy be another."""
    user = User.objects.active().select_related("organization").filter(pk=UUID(user_id)).first()
    until = grace_until(user) if user is not None else None
    if user is None or until is None or not user.email:
        return "nobody to write to"
    with language_of(user):
        notices.gate_closes(user, until)
    return "told"
