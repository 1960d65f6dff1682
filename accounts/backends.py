"""Who a session belongs to."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.backends import BaseBackend

from accounts.models import User


class AccountBackend(BaseBackend):
    """Loads the person of a session with their organization, and drops whoever may not act.

    It never finds anybody by name: the doors do that, each within one organization.
    """

    def get_user(self, user_id: UUID) -> User | None:
        user = User.objects.get_queryset().select_related("organization").filter(pk=user_id).first()
        return user if user is not None and user.is_active else None
