"""How a session begins, whichever door somebody came through, and where they may go from there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.errors import SecondFactorNeeded, SsoRequired
from accounts.models import Authenticator, Organization, Session, User
from accounts.policies import SINGLE_PROOF_DOORS, is_door_closed, needs_second_factor
from accounts.roles import may_enter_console
from accounts.services.people import keep_last_sign_in
from accounts.sessions import (
    ADDRESS,
    AUTHENTICATED_AT,
    CLIENT,
    CONNECTION,
    DOOR,
    IDP_SESSION,
    SECOND_FACTOR,
    STARTED_AT,
    SUBJECT,
    end_replaced,
)
from audit.context import current_context

STAFF_SESSION_HOURS = 12
LONGEST_PATH = 2000
LAST_ORGANIZATION_COOKIE = "last-organization"
LAST_ORGANIZATION_AGE = 180 * 24 * 60 * 60
# No short name has one.
_DOOR_MARK = "."


def start_session(
    request: HttpRequest,
    user: User,
    *,
    door: Session.Door,
    second_factor: Session.SecondFactor | None = None,
    connection_id: UUID | None = None,
    subject: str = "",
    idp_session: Mapping[str, Any] | None = None,
    hours: int | None = None,
    not_after: datetime | None = None,
    proved_at: datetime | None = None,
    replaces: str = "",
) -> None:
    """Sign `user` in. The one way a session begins; whoever calls has made every check before.

    `second_factor` is what was proved besides what the door asks for.

    The session and the CSRF token are new, nothing carries over. It ends after the organization's
    session length, after `hours` or at `not_after`, whatever is soonest, however busy it is until
    then. `subject` and `idp_session` are kept for whoever signs people in: a digest to find the
    session by, and plain values. `proved_at`
    is when the person proved who they are, if that was earlier than now; `replaces` is the digest
    of a session that ends with it (`accounts.sessions.digest_of`). Costs an UPDATE of the last
    sign-in now, unless it has just been kept, and an INSERT of the session when the response
    leaves. Raises `SsoRequired`
    at a door that the organization has closed to its people, and `SecondFactorNeeded` where one
    proof is not enough: `accounts.second_factor.come_in` knows what to do then.
    """
    if is_door_closed(user.organization, door):
        assert user.organization is not None
        raise SsoRequired(user.organization)
    if second_factor is None and _wants_second_factor(user, door):
        raise SecondFactorNeeded
    session = request.session
    # Django would keep what a stranger's session holds, and the key of a person who signs in again.
    # A new proof is a new session with nothing of the old.
    session.flush()
    if door == Session.Door.PASSWORD:
        keep_last_sign_in(user=user, by_password=True)  # in place of the one `login` leads to
    login(request, user)
    now = timezone.now()
    organization = user.organization
    longest = organization.session_hours if organization else STAFF_SESSION_HOURS
    ends_at = now + timedelta(hours=min(hours or longest, longest))
    session.set_expiry(min(ends_at, not_after) if not_after else ends_at)
    session[DOOR] = str(door)
    session[SECOND_FACTOR] = str(second_factor or "")
    session[CONNECTION] = str(connection_id) if connection_id else None
    context = current_context()
    if subject:
        session[SUBJECT] = subject
    if idp_session:
        session[IDP_SESSION] = dict(idp_session)
    session[ADDRESS] = context.address
    session[CLIENT] = context.client
    session[STARTED_AT] = now.isoformat()
    session[AUTHENTICATED_AT] = int(min(proved_at or now, now).timestamp())
    if replaces:
        end_replaced(user, replaces)


def _wants_second_factor(user: User, door: str) -> bool:
    """Nobody is looked up where the answer is known: most sessions begin with single sign-on."""
    if door not in SINGLE_PROOF_DOORS or may_enter_console(user.role):
        return needs_second_factor(door=door, role=user.role, has_authenticator=False)
    has_one = Authenticator.objects.filter(user=user).exists()
    return needs_second_factor(door=door, role=user.role, has_authenticator=has_one)


def lacks_second_factor(session: SessionBase, user: User) -> bool:
    """Whether this session began with a proof that is too little for what the person is by now:
    whoever was made an administrator meanwhile, and whose app was set up in another browser."""
    return not session.get(SECOND_FACTOR) and needs_second_factor(
        door=session.get(DOOR, ""), role=user.role, has_authenticator=False
    )


def signed_in(request: HttpRequest) -> User:
    """Whose session this is, in a view that `LoginRequiredMiddleware` closes to everybody else."""
    assert isinstance(request.user, User)
    return request.user


def allowed_path(wanted: str | None, default: str = "/") -> str:
    """`wanted` if it is a path of this portal, otherwise `default`. Every door asks here."""
    if (
        not wanted
        or len(wanted) > LONGEST_PATH
        or not wanted.startswith("/")
        or "\\" in wanted
        or not wanted.isprintable()
        or not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    ):
        return default
    return wanted


def remember_organization(
    response: HttpResponseBase, organization: Organization | None, *, door: UUID | None = None
) -> None:
    """Let this browser's next sign-in begin at the organization's own page, with this door first.

    Only after a sign-in: a mere visit would let a link decide where people sign in.
    """
    if organization is None:
        return
    response.set_cookie(
        LAST_ORGANIZATION_COOKIE,
        f"{organization.slug}{_DOOR_MARK}{door.hex}" if door else organization.slug,
        max_age=LAST_ORGANIZATION_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def remembered_organization(request: HttpRequest) -> tuple[str, UUID | None]:
    """The short name of the organization this browser signed in to last, empty for none; its door.

    A cookie may hold anything, a zero byte too: only what could be a short name is one.
    """
    value = request.COOKIES.get(LAST_ORGANIZATION_COOKIE, "")
    slug, _mark, door = value.partition(_DOOR_MARK)
    return (slug, door_id(door)) if slug.isprintable() else ("", None)


def door_id(text: str) -> UUID | None:
    """A door's id as an address or a cookie has it; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None
