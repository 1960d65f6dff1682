"""Who did it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User


class ActorKind(models.TextChoices):
    PERSON = "person", _("Person")
    DIRECTORY = "directory", _("Directory")
    SYSTEM = "system", _("System")
    SETUP_LINK = "setup_link", _("Set-up link")


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a directory, a set-up link or the system itself.

    Its name is copied into every event it causes.
    """

    kind: ActorKind
    id: str
    name: str

    @classmethod
    def from_user(cls, user: User) -> Actor:
        return cls(ActorKind.PERSON, str(user.pk), user.display_name)

    @classmethod
    def system(cls, name: str = "Learning portal") -> Actor:
        """The portal acting by itself, or a command line (`name` says which)."""
        return cls(ActorKind.SYSTEM, "", name)

    @classmethod
    def directory(cls, id: str, name: str) -> Actor:
        """A directory speaking with one of its organization's tokens."""
        return cls(ActorKind.DIRECTORY, id, name)

    @classmethod
    def setup_link(cls, id: str, name: str) -> Actor:
        """Somebody without an account, by a link that an administrator made."""
        return cls(ActorKind.SETUP_LINK, id, name)

    @property
    def is_person(self) -> bool:
        return self.kind is ActorKind.PERSON
