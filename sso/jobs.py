"""What single sign-on does by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django_tasks import task

from jobs.schedules import every
from sso import notices, refresh, retention
from sso.models import MetadataRefresh
from sso.services import queue_due_refreshes


@every(timedelta(hours=1), label=_("Drop used-up requests, and sign-ins after 90 days"))
@task()
def forget_expired() -> dict[str, int]:
    return retention.forget_expired()


@every(timedelta(hours=1), label=_("Queue identity providers’ metadata that is to be read again"))
@task()
def queue_refreshes() -> int:
    return queue_due_refreshes()


@task()
def refresh_metadata(connection_id: str) -> str:
    """However often it was asked for meanwhile, one worker reads it once."""
    wanted = UUID(connection_id)
    is_unread = MetadataRefresh.objects.unread().filter(pk=wanted).exists()
    return refresh.refresh(wanted) if is_unread else "read already"


# Asked for with each change; by the hour for what no mail could be sent of.
@every(timedelta(hours=1), label=_("Tell administrators of changed certificates and addresses"))
@task()
def tell_trust_changes() -> int:
    return notices.tell_trust_changes()


@every(timedelta(hours=6), label=_("Tell administrators of metadata that can’t be read"))
@task()
def notify_failing_metadata() -> int:
    return notices.notify_failing_metadata()


@every(timedelta(hours=6), label=_("Tell administrators of certificates that end soon"))
@task()
def notify_ending_certificates() -> int:
    return notices.notify_ending_certificates()
