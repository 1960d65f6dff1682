"""Forms of the console that belong to no list."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.forms import AdminPasswordChangeForm

from accounts.services import set_password
from audit.actors import Actor


class OwnPasswordForm(AdminPasswordChangeForm):
    """One's own password, written by the service, so that the change is on record."""

    def save(self, commit: bool = True) -> Any:
        password = self.cleaned_data["new_password1"]
        set_password(user=self.user, password=password, actor=Actor.from_user(self.user))
        return self.user
