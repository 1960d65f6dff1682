"""The second factor: an authenticator app, and the codes for the day it is lost."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.utils import timezone

from accounts import totp
from accounts.codes import CODES, letters_of, new_code
from accounts.errors import (
    CodeRefused,
    PersonalCodeRefused,
    SecondFactorMandatory,
    SecondFactorThere,
)
from accounts.factor_mail import News, tell
from accounts.models import Authenticator, Passkey, PersonalCode, Session, User
from accounts.roles import Role, may_enter_console
from accounts.services.holding import hold_person
from accounts.services.sessions import end_sessions
from accounts.services.validation import refuse_useless_password
from accounts.services.ways import is_by_staff, keeping_a_way_in
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from database.sealing import seal


@transaction.atomic
def set_up_authenticator(
    *, user: User, secret: bytes, code: str, actor: Actor, may_replace: bool
) -> list[str]:
    """Make the app that has `secret` the person's second factor; `code` proves that it has it.

    Answers ten recovery codes, which nothing can tell again; the code is used up. `may_replace` is
    for people who proved the factor they have: with a password alone, nobody sets one up beside it.
    Raises `CodeRefused`, `SecondFactorThere`, and `SsoRequired` where it would open nothing.
    """
    refuse_useless_password(user.organization_id)
    step = totp.step_of(secret, code)
    if step is None:
        raise CodeRefused
    hold_person(user)
    had_one = Authenticator.objects.filter(user=user).exists()
    if not may_replace and (had_one or Passkey.objects.filter(user=user).exists()):
        raise SecondFactorThere
    now = timezone.now()
    fresh = {
        "sealed_secret": seal(secret.hex()),
        "last_step": step,
        "created_at": now,
        "last_used_at": now,
    }
    Authenticator.objects.update_or_create(user=user, defaults=fresh)
    record(
        Action.SECOND_FACTOR_SET_UP,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"replaced": had_one},
    )
    tell(user, News.SET_UP)
    return make_personal_codes(user=user, actor=actor)


@transaction.atomic
def make_personal_codes(*, user: User, actor: Actor) -> list[str]:
    """Ten recovery codes of the person's own, in place of all before. Nothing tells them again."""
    # Of two who make codes at once, the second one's are valid.
    hold_person(user)
    gone = PersonalCode.objects.filter(user=user)
    unused = gone.unused().count()
    gone.delete()
    codes = [new_code() for _number in range(CODES)]
    PersonalCode.objects.bulk_create(
        PersonalCode(user=user, digest=_digest(user, code)) for code in codes
    )
    record(
        Action.PERSONAL_CODES_MADE,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"recovery_codes": [unused, CODES]},
    )
    return codes


def use_code(*, user: User, typed: str) -> Session.SecondFactor:
    """Take a code of the person's app or one of their recovery codes; answers which it was.

    It is used up: of two who send the same, one gets in. What opens nothing is recorded. Raises
    `CodeRefused` and `PersonalCodeRefused`.
    """
    code = totp.as_code(typed)
    if code is not None:
        refused: CodeRefused | PersonalCodeRefused = CodeRefused()
        kind, is_good = Session.SecondFactor.CODE, _use_app_code(user, code)
    else:
        refused = PersonalCodeRefused()
        kind, is_good = Session.SecondFactor.RECOVERY, _use_personal_code(user, typed)
    if is_good:
        return kind
    record(
        Action.SIGN_IN_FAILED,
        organization=user.organization,
        actor=Actor.system("Sign-in page"),
        target=user,
        changes={"door": "second_factor", "reason": str(kind)},
    )
    raise refused


def _use_app_code(user: User, code: str) -> bool:
    authenticator = Authenticator.objects.filter(user=user).first()
    if authenticator is None:
        return False
    step = totp.step_of(authenticator.secret, code, after=authenticator.last_step)
    if step is None:
        return False
    # Claimed by the UPDATE, and of this secret: another one may have come meanwhile.
    mine = Authenticator.objects.filter(
        user=user, sealed_secret=authenticator.sealed_secret, last_step__lt=step
    )
    return bool(mine.update(last_step=step, last_used_at=timezone.now()))


@transaction.atomic
def _use_personal_code(user: User, typed: str) -> bool:
    mine = PersonalCode.objects.filter(user=user).unused()
    if not mine.filter(digest=_digest(user, typed)).update(used_at=timezone.now()):
        return False
    left = mine.count()
    record(
        Action.PERSONAL_CODE_USED,
        organization=user.organization,
        actor=Actor.from_user(user),
        target=user,
        changes={"recovery_codes": [left + 1, left]},
    )
    tell(user, News.CODE_USED, left=left)
    return True


@transaction.atomic
def remove_authenticator(*, user: User, actor: Actor) -> None:
    """Take the app away; its codes go too, unless a passkey still needs them.

    Without an app there is nothing to do. Raises `SecondFactorMandatory` where an administrator
    would be left with a password alone.
    """
    held = hold_person(user)
    has_passkey = Passkey.objects.filter(user=user).exists()
    if may_enter_console(held.role) and not has_passkey:
        raise SecondFactorMandatory
    gone, _per_model = Authenticator.objects.filter(user=user).delete()
    if not gone:
        return
    if not has_passkey:
        PersonalCode.objects.filter(user=user).delete()
    record(Action.SECOND_FACTOR_REMOVED, organization=user.organization, actor=actor, target=user)
    tell(user, News.REMOVED)


@transaction.atomic
def reset_second_factor(*, user: User, actor: Actor) -> bool:
    """For somebody who lost what they prove themselves with: app, codes and passkeys go.

    Their sessions end, and they are told by mail. Whether there was anything to do. Raises
    `NobodyGetsIn` where a passkey was the last way in of all full admins; platform staff do it
    nevertheless, for somebody who lost the passkey, and invite them again.
    """
    row = hold_person(user)
    is_guarded = row.role == Role.FULL_ADMIN and not is_by_staff(actor)
    with keeping_a_way_in(row.organization if is_guarded else None, actor=actor):
        return _reset(user, actor)


def _reset(user: User, actor: Actor) -> bool:
    apps, _models = Authenticator.objects.filter(user=user).delete()
    codes, _models = PersonalCode.objects.filter(user=user).delete()
    passkeys, _models = Passkey.objects.filter(user=user).delete()
    if not (apps or codes or passkeys):
        return False
    record(
        Action.SECOND_FACTOR_RESET,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"authenticator": bool(apps), "passkeys": passkeys},
    )
    tell(user, News.RESET, who=actor.name)
    end_sessions(user=user, actor=actor)
    return True


def _digest(user: User, typed: str) -> str:
    """As of an organization's codes: without the secret key, whose change must void no way in."""
    return hashlib.sha256(f"{user.pk}:{letters_of(typed)}".encode()).hexdigest()
