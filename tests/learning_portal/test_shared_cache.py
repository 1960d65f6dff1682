"""While the shared cache is away, limits hold and nobody is shut out."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts.rate_limit import add_to_count
from learning_portal.shared_cache import SECONDS_LEFT_ALONE, SharedRedisCache
from tests.factories import PASSWORD


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a Redis that is not there, and that nobody has asked yet."""
    monkeypatch.setattr("learning_portal.shared_cache._away_until", {})
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{probe.getsockname()[1]}/0"


@pytest.fixture
def away(nobody: str) -> SharedRedisCache:
    found = SharedRedisCache(nobody, {})
    found.clear()
    return found


def test_what_was_set_is_there_and_counts_count(away: SharedRedisCache) -> None:
    away.set("a", [1, 2])

    assert away.get("a") == [1, 2]
    assert away.get("nothing", "else") == "else"
    assert away.add("count", 1)
    assert not away.add("count", 1)
    assert (away.incr("count", 2), away.decr("count")) == (3, 2)
    with pytest.raises(ValueError, match="nobody"):
        away.incr("nobody")
    assert away.get_or_set("said", "first") == away.get_or_set("said", "second") == "first"
    assert away.get_many(["a", "count"]) == {"a": [1, 2], "count": 2}
    assert away.delete("a")
    assert not away.has_key("a")


def test_every_method_of_the_interface_has_a_stand_in(away: SharedRedisCache) -> None:
    for name in ("touch", "set_many", "delete_many", "clear"):
        arguments: dict[str, Any] = {
            "touch": ("a",),
            "set_many": ({"a": 1},),
            "delete_many": (["a"],),
            "clear": (),
        }
        getattr(away, name)(*arguments[name])


def test_a_redis_that_failed_is_left_alone_for_a_while_and_then_asked_again(
    nobody: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []
    # As two threads have them, each its own.
    one, other = SharedRedisCache(nobody, {}), SharedRedisCache(nobody, {})
    now = [0.0]
    monkeypatch.setattr("learning_portal.shared_cache.time.monotonic", lambda: now[0])

    def get(self: object, key: str, default: object) -> object:
        asked.append(key)
        if len(asked) == 1:
            raise RedisConnectionError
        # While this one waits for an answer, nobody else does.
        assert other.get("b") is None
        return "shared"

    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.get", get)

    assert [one.get("a"), other.get("a"), one.get("a")] == [None, None, None]
    assert len(asked) == 1
    assert caplog.text.count("Redis is away") == 1
    now[0] += SECONDS_LEFT_ALONE
    assert one.get("a") == "shared"
    assert len(asked) == 2
    monkeypatch.setattr(
        "django.core.cache.backends.redis.RedisCacheClient.get", lambda *_args: "shared"
    )
    assert other.get("a") == "shared"


def test_many_names_wash_away_no_count(away: SharedRedisCache) -> None:
    away.add("ana", 20)

    for number in range(1_000):
        away.add(f"somebody-{number}", 1)

    assert away.get("ana") == 20


def test_sign_ins_are_limited_and_go_on_without_redis(
    nobody: str, settings: Any, client: Client, make_user: Any, time_machine: Any
) -> None:
    backend = "learning_portal.shared_cache.SharedRedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": nobody}}
    settings.SIGN_IN_RATE_LIMIT = 3
    cache.clear()
    make_user("ana", password=PASSWORD)
    time_machine.move_to("2026-11-23T12:00:20Z", tick=False)  # a minute's end begins another count

    def enter(password: str) -> int:
        form = {"name": "ana", "password": password}
        return client.post("/o/acme/login/", form).status_code

    assert enter(PASSWORD) == 302
    assert [enter("x" * 12) for _time in range(5)] == [200, 200, 200, 429, 429]


def test_counting_goes_to_redis_once(monkeypatch: pytest.MonkeyPatch) -> None:
    if not isinstance(caches["default"], SharedRedisCache):
        return  # this run has no Redis
    add_to_count("counted", 1)
    commands: list[str] = []
    execute: Any = Redis.execute_command

    def seen(self: Redis, *arguments: Any, **options: Any) -> Any:
        commands.append(arguments[0])
        return execute(self, *arguments, **options)

    monkeypatch.setattr(Redis, "execute_command", seen)

    assert [add_to_count("counted", 1), add_to_count("counted", 3)] == [2, 5]
    assert commands == ["EVALSHA", "EVALSHA"]
    assert add_to_count("not-counted", 4, timeout=60) == 4
    assert 0 < cache._cache.get_client().ttl(cache.make_key("not-counted")) <= 60  # type: ignore[attr-defined]
