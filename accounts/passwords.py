"""Signing in with a password: which accounts it opens, in the same time whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from django.contrib.auth.hashers import make_password
from django.db.models import Case, Exists, F, OuterRef, Q, When

from accounts import emails
from accounts.models import HAS_PASSWORD, Domain, Organization, Session, User, UserQuerySet
from accounts.names import name_key
from accounts.policies import is_open_to
from audit.actions import Action
from audit.actors import Actor
from audit.services import event_for, keep

# Every attempt costs this many hashes, and no address opens more accounts than this.
ACCOUNTS_TRIED = 2


@dataclass(frozen=True, slots=True)
class Opened:
    """The accounts a password opens, and those that it would open if they weren't closed."""

    accounts: Sequence[User] = ()
    closed: Sequence[User] = ()


def try_password(*, name: str, password: str, organization: Organization | None) -> Opened:
    """Whom `name` and `password` let in: of one organization, or of all and platform staff.

    `name` is an e-mail address, and within an organization a user name too. Unknown names cost as
    many hashes and statements as known ones, so that neither text nor time tells who has an
    account. A password that opens nothing is recorded.
    """
    candidates = list(_candidates(name=name, organization=organization))
    opened = []
    for _slot, user in zip_longest(range(ACCOUNTS_TRIED), candidates):
        if user is None:
            make_password(password)  # thrown away: it stands for the account that isn't there
        elif user.check_password(password):
            opened.append(user)
    accounts = [user for user in opened if lets_in(user)]
    if not accounts:
        _record_refusal(opened or candidates, organization, is_closed=bool(opened))
    return Opened(accounts=accounts, closed=[user for user in opened if not lets_in(user)])


def lets_in(user: User) -> bool:
    """Whether a password that is right lets this person in."""
    return is_open_to(user, Session.Door.PASSWORD)


def _candidates(*, name: str, organization: Organization | None) -> UserQuerySet:
    """Accounts with a password, at most as many as are tried.

    Addresses change: a directory or an administrator may give any to an account that is older. So
    within an organization whose user name it is comes first, which is one person's alone; then
    staff, then whose organization proved the address's domain, then who proved the
    address, then the oldest. Whom no password lets in, since their organization requires single
    sign-on, pushes nobody out.
    """
    email = emails.kept_form(name)
    people = User.objects.present().select_related("organization")
    if organization is None:
        people = people.filter(email=email)
    else:
        people = people.filter(organization=organization).filter(
            Q(user_name_key=name_key(name.strip())) | Q(email=email)
        )
    if not email:
        people = people.none()
    people = people.filter(HAS_PASSWORD)
    proved = Domain.objects.verified().filter(
        organization=OuterRef("organization"), name=emails.domain_of(email)
    )
    rank = Case(
        *([] if organization is None else [When(user_name_key=name_key(name.strip()), then=-1)]),
        When(organization=None, then=0),
        When(organization__sso_required_at__isnull=False, then=4),
        When(Exists(proved), then=1),
        When(verified_email=F("email"), then=2),
        default=3,
    )
    return people.order_by(rank, "created_at", "id")[:ACCOUNTS_TRIED]


def _record_refusal(
    accounts: Sequence[User], organization: Organization | None, *, is_closed: bool
) -> None:
    """One statement, whether the name is known or not. What was typed is not kept."""
    actor = Actor.system("Sign-in page")
    changes = {"door": "password", "reason": "closed" if is_closed else "password"}
    known = [
        event_for(
            Action.SIGN_IN_FAILED,
            organization=user.organization,
            actor=actor,
            target=user,
            changes=changes,
        )
        for user in accounts
    ]
    unknown = event_for(
        Action.SIGN_IN_FAILED,
        organization=organization,
        actor=actor,
        changes=changes,
    )
    keep(known or [unknown])
