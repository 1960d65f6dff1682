"""What accounts do when somebody signs in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import User
from accounts.services import keep_last_sign_in

# The last sign-in is true to the second.
PRECISION = timedelta(seconds=1)


# Under the name of Django's own receiver, which does the same by saving the person. A name is
# taken once, and our app is listed before `django.contrib.auth`.
@receiver(user_logged_in, dispatch_uid="update_last_login")
def keep_last_login(*, user: User, **kwargs: Any) -> None:
    """Unless it has just been kept, with whatever else the sign-in wrote."""
    kept = user.last_login
    if kept is None or not timedelta() <= timezone.now() - kept < PRECISION:
        keep_last_sign_in(user=user)
