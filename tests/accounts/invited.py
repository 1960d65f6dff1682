"""What tests of invitations have in common."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

from accounts.models import Invitation, User
from accounts.services import invite, renew_secret
from audit.actors import Actor

PASSWORD = "a long walk by the sea"


def invited(user: User) -> tuple[Invitation, str]:
    """An invitation, and the secret of its mail."""
    invitation = invite(user=user, actor=Actor.system("Ada Novak"))
    return invitation, renew_secret(invitation=invitation)


def link(secret: str) -> str:
    return f"/invitation/open/{secret}/"


def opened(user: User, client: Client | None = None) -> Client:
    """A browser that has opened the person's invitation."""
    client = client or Client()
    _invitation, secret = invited(user)
    client.get(link(secret))
    client.post("/invitation/")
    return client


def text(response: Any) -> str:
    return unescape(response.content.decode())


def address_in(body: str) -> str:
    """The path of the one link of ours in a mail."""
    (path,) = re.findall(r"http://127\.0\.0\.1:8000(/\S+)", body)
    return str(path)
