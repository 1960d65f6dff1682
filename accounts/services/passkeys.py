"""Passkeys: registered by whoever proved themselves, and each opens one account."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import (
    LastWayIn,
    PasskeyKnown,
    PasskeyRefused,
    PasskeyShutOut,
    SecondFactorMandatory,
    TooManyPasskeys,
)
from accounts.factor_mail import News, tell
from accounts.models import (
    LONGEST_PASSKEY_NAME,
    Authenticator,
    Passkey,
    PersonalCode,
    Session,
    User,
)
from accounts.policies import is_door_closed, is_open_to
from accounts.relying_party import Answer, NewCredential, check_answer
from accounts.roles import Role, may_enter_console
from accounts.services.holding import hold_person
from accounts.services.validation import refuse_useless_password
from accounts.services.ways import keeping_a_way_in
from accounts.ways_in import may_remove, way_of
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

MOST_PASSKEYS = 20


@transaction.atomic
def add_passkey(*, user: User, name: str, credential: NewCredential, actor: Actor) -> Passkey:
    """Keep a passkey that the account's own person has just made.

    Raises `PasskeyKnown`, `TooManyPasskeys`, and `SsoRequired` where it would open nothing.
    """
    refuse_useless_password(user.organization_id)
    hold_person(user)
    if Passkey.objects.filter(user=user).count() >= MOST_PASSKEYS:
        raise TooManyPasskeys(MOST_PASSKEYS)
    try:
        with transaction.atomic():
            passkey = Passkey.objects.create(
                user=user,
                name=name[:LONGEST_PASSKEY_NAME],
                credential_id=credential.id,
                public_key=credential.public_key,
                sign_count=credential.sign_count,
                is_synced=credential.is_synced,
            )
    except IntegrityError as error:
        raise PasskeyKnown from error
    record(
        Action.PASSKEY_ADDED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"name": passkey.name},
    )
    tell(user, News.PASSKEY_ADDED, name=passkey.name)
    return passkey


def use_passkey(*, answer: Answer, challenge: bytes, challenged_at: datetime) -> User:
    """Whose account this answer opens.

    An answer to one challenge counts once: for each passkey, challenges only get younger. What
    opens nothing is recorded. Raises `PasskeyRefused`, and `PasskeyShutOut` where the account is
    closed or its people come in through single sign-on alone.
    """
    passkey = (
        Passkey.objects.filter(credential_id=answer.credential_id)
        .select_related("user__organization")
        .first()
    )
    try:
        if passkey is None:
            raise PasskeyRefused("unknown")
        # The device says which account it means. It is never asked to open another one.
        if answer.account != passkey.user_id:
            raise PasskeyRefused("account")
        _claim(passkey, answer, challenge, challenged_at)
        if not is_open_to(passkey.user, Session.Door.PASSKEY):
            raise PasskeyShutOut(passkey.user)
    except PasskeyRefused as refusal:
        user = passkey.user if passkey else None
        record(
            Action.SIGN_IN_FAILED,
            organization=user.organization if user else None,
            actor=Actor.system("Sign-in page"),
            target=user,
            changes={"door": "passkey", "reason": refusal.reason},
        )
        raise
    return passkey.user


def _claim(passkey: Passkey, answer: Answer, challenge: bytes, challenged_at: datetime) -> None:
    count, is_synced = check_answer(
        answer,
        challenge=challenge,
        public_key=bytes(passkey.public_key),
        sign_count=passkey.sign_count,
    )
    # By the UPDATE: of two who send the same answer at once, one finds the row as it was. Those
    # that don't count say 0 each time.
    counted_on = Q(sign_count__lt=count) if count else Q(sign_count=0)
    younger = Q(answered_at=None) | Q(answered_at__lt=challenged_at)
    as_it_was = Passkey.objects.filter(counted_on, younger, pk=passkey.pk)
    now = timezone.now()
    if not as_it_was.update(
        sign_count=count, is_synced=is_synced, last_used_at=now, answered_at=challenged_at
    ):
        raise PasskeyRefused("replayed")


@transaction.atomic
def rename_passkey(*, passkey: Passkey, name: str, actor: Actor) -> None:
    """Call it something else. The same name changes nothing."""
    before, after = passkey.name, name[:LONGEST_PASSKEY_NAME]
    other = Passkey.objects.filter(pk=passkey.pk).exclude(name=after)
    if not other.update(name=after):
        return
    passkey.name = after
    record(
        Action.PASSKEY_RENAMED,
        organization=passkey.user.organization,
        actor=actor,
        target=passkey.user,
        changes={"name": [before, after]},
    )


@transaction.atomic
def remove_passkey(*, passkey: Passkey, actor: Actor) -> None:
    """Take a passkey away; gone already is gone.

    Raises `LastWayIn` where nothing else opens the account, `SecondFactorMandatory` where an
    administrator would be left with a password alone, and `NobodyGetsIn`.
    """
    user = hold_person(passkey.user)
    organization = user.organization if user.role == Role.FULL_ADMIN else None
    with keeping_a_way_in(organization, actor=actor):
        _remove(passkey, user, actor)


def _remove(passkey: Passkey, user: User, actor: Actor) -> None:
    others = Passkey.objects.filter(user=user).exclude(pk=passkey.pk).exists()
    has_app = Authenticator.objects.filter(user=user).exists()
    opens = not is_door_closed(user.organization, Session.Door.PASSKEY)
    if not may_remove(user, way_of(passkey, opens=opens)):
        raise LastWayIn
    if may_enter_console(user.role) and user.has_usable_password() and not (others or has_app):
        raise SecondFactorMandatory
    gone, _per_model = Passkey.objects.filter(pk=passkey.pk, user=user).delete()
    if not gone:
        return
    if not others and not has_app:
        PersonalCode.objects.filter(user=user).delete()
    record(
        Action.PASSKEY_REMOVED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"name": passkey.name},
    )
    tell(user, News.PASSKEY_REMOVED, name=passkey.name)
