"""How often somebody may try."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.core.cache import cache

from accounts.checks import workers_share_their_cache
from accounts.rate_limit import RateLimited, count_attempt

LOCAL_MEMORY = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DUMMY = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
REDIS = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
AT_SECOND_15 = 1_800_000_015


@pytest.fixture(autouse=True)
def _frozen():
    with time_machine.travel(AT_SECOND_15, tick=False):
        yield


@pytest.fixture
def limit(settings):
    settings.SIGN_IN_RATE_LIMIT = 3
    return 3


def is_limited(**subject):
    try:
        count_attempt(**({"address": None} | subject))
    except RateLimited:
        return True
    return False


def test_the_attempt_after_the_limit_is_refused_until_the_minute_is_over(limit):
    for _ in range(limit):
        count_attempt(address="192.0.2.1")

    with pytest.raises(RateLimited) as refused:
        count_attempt(address="192.0.2.1")

    assert refused.value.retry_after == 45
    with time_machine.travel(AT_SECOND_15 + 45, tick=False):
        assert not is_limited(address="192.0.2.1")


def test_another_address_and_another_account_have_a_count_of_their_own(limit):
    for _ in range(limit):
        count_attempt(address="192.0.2.1", account="ana")

    assert is_limited(address="192.0.2.1")
    assert is_limited(account="ana")
    assert not is_limited(address="192.0.2.2", account="ben")


def test_many_other_accounts_wash_away_no_count(limit):
    """One address alone can name so many, refused or not."""
    for _ in range(limit):
        count_attempt(address=None, account="ana")

    for number in range(400):
        is_limited(address="192.0.2.1", account=f"nobody {number}")

    assert is_limited(account="ana")


def test_changing_the_address_does_not_help_against_one_account(limit):
    for number in range(limit):
        count_attempt(address=f"192.0.2.{number}", account="ana")

    assert is_limited(address="192.0.2.99", account="ana")


def test_ipv6_addresses_of_one_line_count_together(limit):
    for number in range(limit):
        count_attempt(address=f"2001:db8:0:1::{number}")

    assert is_limited(address="2001:db8:0:1:ffff::1")
    assert not is_limited(address="2001:db8:0:2::1")


def test_a_forgiven_attempt_does_not_count(limit):
    for _ in range(10):
        count_attempt(address="192.0.2.1", account="ana").forgive()

    assert not is_limited(address="192.0.2.1", account="ana")


def test_zero_switches_the_limit_off(settings):
    settings.SIGN_IN_RATE_LIMIT = 0

    assert not any(is_limited(address="192.0.2.1", account="ana") for _ in range(50))
    count_attempt(address="192.0.2.1").forgive()


def test_nothing_about_the_person_is_in_the_cache_keys(limit, monkeypatch):
    keys = []
    add = cache.add
    monkeypatch.setattr(
        "accounts.rate_limit.cache.add", lambda key, *a, **k: keys.append(key) or add(key, *a, **k)
    )

    count_attempt(address="192.0.2.1", account="ana@acme.example")

    assert len(keys) == 2
    assert not [key for key in keys if "192.0.2" in key or "ana" in key or "acme" in key]


def test_a_count_evicted_while_it_is_read_starts_again(limit, monkeypatch):
    def gone(*_args, **_kwargs):
        raise ValueError

    monkeypatch.setattr("accounts.rate_limit.cache.incr", gone)

    assert not any(is_limited(address="192.0.2.1") for _ in range(10))
    count_attempt(address="192.0.2.1").forgive()


def test_attempts_at_the_same_moment_are_all_counted(settings):
    settings.SIGN_IN_RATE_LIMIT = 20

    with ThreadPoolExecutor(8) as threads:
        refused = list(threads.map(lambda _: is_limited(address="192.0.2.1"), range(50)))

    assert refused.count(False) == 20


@pytest.mark.parametrize(
    ("caches", "workers", "limit", "errors"),
    [
        (LOCAL_MEMORY, 1, 20, []),
        (LOCAL_MEMORY, 2, 20, ["accounts.E002"]),
        (LOCAL_MEMORY, 2, 0, []),
        (REDIS, 2, 20, []),
        (DUMMY, 1, 20, ["accounts.E002"]),
    ],
)
def test_workers_that_do_not_share_a_cache_are_refused(settings, caches, workers, limit, errors):
    settings.CACHES = caches
    settings.WEB_CONCURRENCY = workers
    settings.SIGN_IN_RATE_LIMIT = limit

    assert [error.id for error in workers_share_their_cache(None)] == errors
