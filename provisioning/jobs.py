"""What the directory side does by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django_tasks import task
from django_tasks.base import TaskContext

from accounts.retention import drop_in_batches
from jobs.progress import steps
from jobs.schedules import every
from provisioning import notices, retention
from provisioning.models import ScimConfiguration


@every(timedelta(hours=6), label=_("Tell administrators of tokens that end soon"))
@task()
def notify_expiring_tokens() -> int:
    return notices.notify_expiring_tokens()


@every(timedelta(days=1), label=_("Drop directories’ calls after 30 days"))
@task(takes_context=True)
def forget_provisioning_log(context: TaskContext) -> int:
    return sum(steps(context, drop_in_batches(retention.old_calls()), total=None))


# The call that pulled the brake waits for no mail server.
@task()
def tell_paused(organization_id: str) -> str:
    """Write of the pause, unless an administrator has let the directory go on meanwhile."""
    rows = ScimConfiguration.objects.exclude(paused_at=None).select_related("organization")
    configuration = rows.filter(pk=UUID(organization_id)).first()
    if configuration is None:
        return "not paused any more"
    notices.directory_paused(configuration)
    return "told"
