"""Mails about the ways into an organization, sent as a worker would."""

from __future__ import annotations

from django_tasks_db.models import DBTaskResult

from accounts.jobs import tell_of_event


def tell_full_admins() -> list[str]:
    """Do what waits, in its order; answers what came of each."""
    waiting = DBTaskResult.objects.filter(task_path="accounts.jobs.tell_of_event")
    return [tell_of_event.call(*row.args_kwargs["args"]) for row in waiting.order_by("enqueued_at")]
