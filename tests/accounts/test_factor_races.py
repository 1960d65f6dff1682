"""The second factor when two come at the same moment: nothing counts twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import totp
from accounts.models import Authenticator, Organization, Passkey, PersonalCode, Session, User
from accounts.relying_party import read_answer, sign_in_options
from accounts.services import (
    make_personal_codes,
    remove_passkey,
    set_up_authenticator,
    use_code,
    use_passkey,
)
from audit.actors import Actor
from tests.accounts.doorways import enter
from tests.at_once import at_once, refusals
from tests.factories import PASSWORD, make_organization, make_user, sign_in
from tests.factors import ORIGIN, Device, app_code, register, with_app

TIMES = 8

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ana(db: None) -> User:
    acme: Organization = make_organization("acme")
    return make_user("ana", organization=acme, password=PASSWORD)


def taken(answers: list[Any]) -> int:
    return len(answers) - len(refusals(answers))


def test_one_code_lets_one_browser_in(ana: User) -> None:
    with_app(ana)
    code = app_code(ana)

    answers = at_once(*[lambda: use_code(user=ana, typed=code)] * TIMES)

    assert taken(answers) == 1
    assert set(refusals(answers)) == {"CodeRefused"}


def test_one_recovery_code_lets_one_browser_in(ana: User) -> None:
    code = make_personal_codes(user=ana, actor=Actor.from_user(ana))[0]

    answers = at_once(*[lambda: use_code(user=ana, typed=code)] * TIMES)

    assert taken(answers) == 1
    assert PersonalCode.objects.filter(user=ana).unused().count() == 9


def test_over_http_too(ana: User) -> None:
    with_app(ana)
    browsers = [Client() for _number in range(4)]
    for browser in browsers:
        enter(browser, ana.email)
    code = app_code(ana)

    at_once(
        *[
            lambda browser=browser: browser.post("/login/second-factor/", {"code": code})
            for browser in browsers
        ]
    )

    assert Session.objects.filter(user=ana).count() == 1


@pytest.mark.parametrize("counts", [True, False], ids=["counting", "synced"])
def test_one_answer_of_a_passkey_counts_once(ana: User, settings: Any, counts: bool) -> None:
    settings.PORTAL_BASE_URL = ORIGIN
    device = Device(counts=counts)
    register(sign_in(Client(), ana), device)
    challenge = b"c" * 32
    made_at = timezone.now()
    answer = read_answer(device.get(sign_in_options(challenge=challenge)))

    answers = at_once(
        *[lambda: use_passkey(answer=answer, challenge=challenge, challenged_at=made_at)] * TIMES
    )

    assert taken(answers) == 1
    assert set(refusals(answers)) == {"PasskeyRefused"}


def test_of_two_who_set_an_app_up_with_a_password_one_does(ana: User) -> None:
    """The owner and whoever learned the password, at the same moment."""

    def set_up() -> list[str]:
        secret = totp.new_secret()
        return set_up_authenticator(
            user=ana,
            secret=secret,
            code=totp.code_at(secret, totp.current_step()),
            actor=Actor.from_user(ana),
            may_replace=False,
        )

    answers = at_once(*[set_up] * TIMES)

    assert taken(answers) == 1
    assert set(refusals(answers)) == {"SecondFactorThere"}
    assert Authenticator.objects.count() == 1
    assert PersonalCode.objects.count() == 10


def test_of_two_who_make_codes_the_second_one_s_are_valid(ana: User) -> None:
    answers = at_once(*[lambda: make_personal_codes(user=ana, actor=Actor.from_user(ana))] * TIMES)

    assert taken(answers) == TIMES
    assert PersonalCode.objects.count() == 10


def test_of_the_last_two_passkeys_one_stays(ana: User) -> None:
    ana.set_unusable_password()
    ana.save()
    both = [
        Passkey.objects.create(user=ana, name=name, credential_id=name, public_key=b"key")
        for name in ("one", "two")
    ]

    answers = at_once(
        *[
            lambda passkey=passkey: remove_passkey(passkey=passkey, actor=Actor.from_user(ana))
            for passkey in both
        ]
    )

    assert refusals(answers) == ["LastWayIn"]
    assert Passkey.objects.count() == 1
