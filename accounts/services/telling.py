"""Full admins are told of what changed about the ways into their organization."""

from __future__ import annotations

from audit.models import AuditEvent


def have_told(event: AuditEvent) -> None:
    """Have a worker write to each full admin, if this transaction commits: `notices.tell_of`."""
    from accounts.jobs import tell_of_event  # the job calls the services

    tell_of_event.enqueue(str(event.public_id))
