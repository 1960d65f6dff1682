"""The invitation that a browser holds between the mail and the session.

The secret is in the address of the mail's link alone: the first answer keeps its digest in the
anonymous session and leads on to an address without it. Nobody is signed in by any of this.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from accounts.digests import digest_of_secret
from accounts.models import Invitation
from accounts.services import invitation_by_id, why_invitation_closed
from accounts.sessions import keep_from_a_mail

LINK = "invitation_link"
HELD = "invitation"
HELD_SECONDS = 60 * 60


def keep_link(request: HttpRequest, secret: str) -> None:
    """Remember which link this browser followed. It is not opened yet: whoever asks is asked."""
    keep_from_a_mail(request, LINK, digest_of_secret(secret))


def kept_link(request: HttpRequest) -> str:
    """The digest of the link's secret; empty where no link was followed."""
    return str(request.session.get(LINK, ""))


def hold_invitation(request: HttpRequest, invitation: Invitation) -> None:
    """The invitation was opened in this browser. Whoever was signed in here no longer is."""
    # A key that nobody has seen: what is opened now must not land in a session that somebody else
    # put into this browser.
    request.session.flush()
    request.session.set_expiry(HELD_SECONDS)
    request.session[HELD] = str(invitation.pk)


def held_invitation(request: HttpRequest) -> Invitation | None:
    """The invitation this anonymous browser opened, if it is still good: read anew each time.

    It says who may come in and proves their address; it is no session. Use it up with
    `accounts.services.accept_invitation`, then begin one.
    """
    held = request.session.get(HELD)
    if held is None or request.user.is_authenticated:
        return None
    invitation = invitation_by_id(UUID(held))
    if invitation is None or why_invitation_closed(invitation) is not None:
        return None
    return invitation
