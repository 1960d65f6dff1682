"""What single sign-on does when an account changes."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import user_deactivated
from sso.services import forget_identities


@receiver(user_deactivated, dispatch_uid="sso.forget_identities")
def forget_identities_of_deleted(*, user: User, **kwargs: Any) -> None:
    if user.state == User.State.DELETED:
        forget_identities(user=user)
