"""Whatever an organization switches, in whatever order, one of its full admins still gets in."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.lock_out.house import (
    DANGEROUS,
    DANGEROUS_WITHOUT_CODES,
    GENEROUS,
    KEYED,
    KNOWN,
    NEVER_IN,
    OF_TWO,
    PASSWORDED,
    PROFILED,
    SWITCHES,
    House,
    Switch,
    switch,
)

STARTS = [
    pytest.param(admins, sso, id=f"{'-'.join(admins)}{'' if sso else ' without SSO'}")
    for count in (1, 2)
    for admins in combinations((PASSWORDED, KNOWN, KEYED, PROFILED), count)
    for sso in (True, False)
    # Whom single sign-on doesn't know comes in by a profile alone where there is none, and the
    # other way round.
    if (sso or admins != (KNOWN,)) and (not sso or admins != (PROFILED,))
]


@pytest.mark.parametrize(("admins", "sso"), STARTS)
def test_whatever_is_switched_at_random_a_full_admin_gets_in(
    build: Any, admins: tuple[str, ...], sso: bool
) -> None:
    chance, done = random.Random(f"{admins} {sso}"), []
    house = build((*admins, NEVER_IN), sso=sso)
    assert house.gets_in()
    for _step in range(12):
        act = chance.choice(GENEROUS if chance.random() < 0.01 else SWITCHES)
        done.append(f"{act.__name__}: {switch(house, act)}")
        assert house.gets_in(), "\n".join(done)
    # The others are shut, and none of them breaks.
    opened = [house.opens(*each) for each in house.tries()]
    assert any(opened)


@pytest.fixture
def two(build: Any) -> Callable[..., House]:
    """Of the full admins one has a password, the other comes in through single sign-on alone."""

    def make(*, codes: bool) -> House:
        house = build((PASSWORDED, KNOWN), codes=codes)
        house.by_connection(house.okta, Client(), house.person(PASSWORDED))
        return house

    return make


# Recovery codes are a way in that never ends, since the last one brings new ones. Without them each
# refusal is what keeps the door open.
@pytest.mark.parametrize("codes", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_in_a_long_walk_among_few_switches_a_full_admin_gets_in(
    two: Callable[..., House], seed: int, codes: bool
) -> None:
    chance, done, house = random.Random(seed), [], two(codes=codes)
    for _step in range(30):
        act = chance.choice(OF_TWO)
        done.append(f"{act.__name__}: {switch(house, act)}")
        assert house.gets_in(), "\n".join(done)


def walk(house: House, left: list[Switch], done: list[str]) -> int:
    """Every order of what is left, each beginning once; answers how many states were looked at."""
    looked = 0
    for act in left:
        codes = list(house.codes)
        with transaction.atomic():
            done.append(f"{act.__name__}: {switch(house, act)}")
            assert house.gets_in(), "\n".join(done)
            looked += 1 + walk(house, [each for each in left if each is not act], done)
            done.pop()
            transaction.set_rollback(True)
        house.codes = codes
    return looked


def test_in_every_order_a_full_admin_gets_in(two: Callable[..., House]) -> None:
    assert walk(two(codes=True), DANGEROUS, []) == 325


def test_without_codes_one_gets_in_in_every_order_too(two: Callable[..., House]) -> None:
    assert walk(two(codes=False), DANGEROUS_WITHOUT_CODES, []) == 64


def test_the_dangerous_switches_do_something(two: Callable[..., House]) -> None:
    """Were each refused, nothing would be proved."""
    require, *others = DANGEROUS
    house = two(codes=True)

    assert [switch(house, act) for act in (require, House.stop)] == ["done", "done"]
    assert {switch(house, act) for act in others} == {"done"}


@pytest.mark.parametrize("act", DANGEROUS_WITHOUT_CODES, ids=lambda act: act.__name__)
def test_so_does_each_without_codes(two: Callable[..., House], act: Switch) -> None:
    assert switch(two(codes=False), act) == "done"
