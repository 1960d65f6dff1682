"""Between the first proof and a session: who still owes a second factor, and how it is remembered.

Nobody is signed in before everything is proved. What was proved waits in the browser's anonymous
session, signed and for some minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core import signing
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from accounts.errors import SecondFactorNeeded, TooManyCodes
from accounts.models import Authenticator, Passkey, Session, User
from accounts.policies import is_door_closed, is_open_to
from accounts.rate_limit import count_in_hour, forget_hour, minutes_left_in_hour
from accounts.roles import may_enter_console
from accounts.sessions import DOOR
from accounts.sign_in import remember_organization, start_session
from accounts.totp import as_code
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

FIRST_PROOF = "first_proof"
CODE_SECONDS = 5 * 60
# Installing an app and scanning takes longer than reading six digits.
SET_UP_SECONDS = 15 * 60
# Three of a million codes are good at a time: at this pace, guessing takes decades.
WRONG_CODES_AN_HOUR = 10


@dataclass(frozen=True, slots=True)
class FirstProof:
    """Somebody has proved who they are at `door`, and comes in with a second factor."""

    user: User
    door: Session.Door
    next_path: str


# Whether what proved the person at a door still proves them.
StillProves = Callable[[User], bool]

_proofs: dict[Session.Door, StillProves] = {}


def register_proof(door: Session.Door) -> Callable[[StillProves], StillProves]:
    """For whoever brings a door whose proof may be taken away; called in `AppConfig.ready()`."""

    def add(still_proves: StillProves) -> StillProves:
        _proofs[door] = still_proves
        return still_proves

    return add


@dataclass(frozen=True, slots=True)
class Factors:
    """What an account can be proved with besides its password."""

    has_app: bool
    passkeys: int
    unused_codes: int

    @property
    def is_none(self) -> bool:
        return not (self.has_app or self.passkeys)


def factors_of(user: User) -> Factors:
    """In one statement."""
    found = (
        User.objects.get_queryset()
        .filter(pk=user.pk)
        .annotate(
            has_app=Exists(Authenticator.objects.filter(user=OuterRef("pk"))),
            passkeys_kept=Count("passkeys", distinct=True),
            codes_left=Count(
                "personal_codes", filter=Q(personal_codes__used_at=None), distinct=True
            ),
        )
        .values_list("has_app", "passkeys_kept", "codes_left")
        .get()
    )
    return Factors(*found)


def may_have_factors(user: User, session: SessionBase) -> bool:
    """Whether factors of their own mean anything for this person.

    Not for those who come through single sign-on alone: their identity provider asks, and an
    account that no organization closes any more would stay open by a passkey.
    """
    if is_door_closed(user.organization, Session.Door.PASSKEY):
        return False
    return (
        user.has_usable_password()
        or session.get(DOOR) in {Session.Door.LINKEDIN, Session.Door.PASSKEY}
        or Passkey.objects.filter(user=user).exists()
    )


def account_factors(user: User, session: SessionBase) -> dict[str, Any]:
    """What `accounts/_account_factors.html` shows of them in *My account*; nothing for whom they
    mean nothing."""
    if not may_have_factors(user, session):
        return {}
    return {
        "factors": factors_of(user),
        "is_administrator": may_enter_console(user.role),
    }


def come_in(
    request: HttpRequest, user: User, *, door: Session.Door, next_path: str
) -> HttpResponseBase:
    """The answer to somebody who has proved at `door` that they are `user`.

    They are in, or led to the second factor: to prove it or, as an administrator without one, to
    set it up. For every door that is one proof. Raises `SsoRequired` as `start_session` does.
    """
    try:
        begin_session(request, user, door=door)
    except SecondFactorNeeded:
        _remember(request, user, door, next_path)
        return redirect("accounts:second_factor")
    return landing(user, next_path)


def begin_session(
    request: HttpRequest,
    user: User,
    *,
    door: Session.Door,
    second_factor: Session.SecondFactor | None = None,
) -> None:
    """`start_session` with its event. Raises what that raises."""
    with transaction.atomic():
        start_session(request, user, door=door, second_factor=second_factor)
        changes = {"door": str(door)}
        if second_factor is not None:
            changes["second_factor"] = str(second_factor)
        record(
            Action.SIGNED_IN,
            organization=user.organization,
            actor=Actor.from_user(user),
            target=user,
            changes=changes,
        )


def landing(user: User, next_path: str) -> HttpResponseBase:
    response = redirect(next_path or "home")
    remember_organization(response, user.organization)
    return response


def _remember(request: HttpRequest, user: User, door: Session.Door, next_path: str) -> None:
    # A key that nobody has seen: what was proved must not land in a session that somebody else put
    # into this browser.
    request.session.flush()
    request.session.set_expiry(SET_UP_SECONDS)
    request.session[FIRST_PROOF] = signing.dumps(
        {
            "user": str(user.pk),
            "door": str(door),
            "next": next_path,
            "password": user.get_session_auth_hash(),
        },
        salt=FIRST_PROOF,
    )


def first_proof(request: HttpRequest, *, seconds: int) -> FirstProof | None:
    """What this browser has proved within so many seconds, if it still holds.

    It doesn't for an account or a door that closed since, for a password that was changed, and
    for what a door says proves nobody any more (`register_proof`).
    """
    try:
        kept: dict[str, Any] = signing.loads(
            request.session.get(FIRST_PROOF, ""), salt=FIRST_PROOF, max_age=seconds
        )
    except signing.BadSignature:
        return None
    user = User.objects.present().filter(pk=kept["user"]).select_related("organization").first()
    door = Session.Door(kept["door"])
    if user is None or not is_open_to(user, door):
        return None
    if not constant_time_compare(kept["password"], user.get_session_auth_hash()):
        return None
    still_proves = _proofs.get(door)
    if still_proves is not None and not still_proves(user):
        return None
    return FirstProof(user, door, kept["next"])


def count_code(user: User, typed: str) -> None:
    """Count a code of the person's app before it is judged. Raises `TooManyCodes`.

    Recovery codes are not counted by account: nobody guesses one, and whoever knows the password
    could keep the way back shut by trying.
    """
    if not settings.SIGN_IN_RATE_LIMIT or as_code(typed) is None:
        return
    if count_in_hour(_subject(user)) > WRONG_CODES_AN_HOUR:
        raise TooManyCodes(minutes=minutes_left_in_hour())


def forgive_codes(user: User) -> None:
    """One was right: those before it were slips."""
    forget_hour(_subject(user))


def _subject(user: User) -> str:
    return f"second-factor:{user.pk}"
