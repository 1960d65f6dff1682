"""The SAML doctor: a response that somebody pasted, looked at by every check."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, unquote

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from sso.connection_settings import settings_to_try
from sso.models import SamlConnection
from sso.saml import Examination, examine_response


@transaction.atomic
def examine(*, connection: SamlConnection, pasted: str, actor: Actor) -> Examination:
    """What is right and what is wrong about a response, as this connection sees it.

    Nobody is signed in and nothing of the response is kept, but that somebody looked.
    """
    found = examine_response(settings_to_try(connection), as_posted(pasted), now=timezone.now())
    record(
        Action.RESPONSE_EXAMINED,
        organization=connection.organization,
        actor=actor,
        target=connection,
        changes={"cause": found.cause.value if found.cause else None},
    )
    return found


def as_posted(pasted: str) -> str:
    """As the form field would hold it: people paste XML, base64, or a browser's form data."""
    text = pasted.strip()
    if text.startswith("<"):
        return base64.b64encode(text.encode()).decode()
    if "SAMLResponse=" in text:
        values = parse_qs(text[text.index("SAMLResponse=") :]).get("SAMLResponse", [""])
        return values[0].replace(" ", "+")  # copied out of the browser already decoded
    return unquote(text) if "%" in text else text
