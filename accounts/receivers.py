"""What accounts do when somebody signs in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils import timezone

from accounts.compiled import Blank, CompiledUpdate
from accounts.models import User

_LAST_LOGIN = CompiledUpdate(
    lambda: User.objects.get_queryset().filter(pk=Blank("user")), last_login=Blank("now")
)


# Under the name of Django's own receiver, which does the same by saving the person. A name is
# taken once, and our app is listed before `django.contrib.auth`.
@receiver(user_logged_in, dispatch_uid="update_last_login")
def keep_last_login(*, user: User, **kwargs: Any) -> None:
    user.last_login = timezone.now()
    _LAST_LOGIN.run(user=user.pk, now=user.last_login)
