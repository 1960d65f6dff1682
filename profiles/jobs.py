"""What is done about profiles after the request that asked for it."""

from __future__ import annotations

from uuid import UUID

from django_tasks import task

from accounts.models import User
from profiles import notices


# One for each person: an administrator disconnects two hundred at once, and waits for no mail
# server; one address that takes no mail keeps nobody else from being told.
@task()
def tell_disconnected(user_id: str) -> str:
    user = User.objects.select_related("organization").filter(pk=UUID(user_id)).first()
    if user is None or not user.email:
        return "nobody to write to"
    notices.disconnected(user)
    return "told"
