"""The cache that all processes share, and what stands in while it is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

# How long nobody asks a Redis that has just failed: its silence would cost every request a second.
SECONDS_LEFT_ALONE = 5.0
# Until when, by address. Each thread has a cache of its own, and what one has learned all know.
_away_until: dict[str, float] = {}


# Django's own asks whether the key is there, and then adds to it.
_ADD_IF_THERE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
return redis.call('INCRBY', KEYS[1], ARGV[1])
"""


class CountingClient(RedisCacheClient):
    """Adds to a count by one way to the server: a directory's calls are counted one by one."""

    def incr(self, key: Any, delta: int) -> int:
        """What the count is then. Raises `ValueError` where there is none."""
        count: int | None = self._add_if_there(keys=[key], args=[delta])
        if count is None:
            raise ValueError(f"Nothing is counted under {key!r}.")
        return count

    @cached_property
    def _add_if_there(self) -> Any:
        return self.get_client(write=True).register_script(_ADD_IF_THERE)


class SharedRedisCache(RedisCache):
    """Redis; and while it is away, the memory of each process.

    What lies here can be lost: counts of attempts, keys that are fetched again. So an outage shuts
    nobody out. Limits hold in each process meanwhile and no longer across all of them: with four,
    four times as many attempts may pass.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        # The driver would try again for seconds, and whoever signs in would wait.
        options = {
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
            "retry": Retry(NoBackoff(), retries=0),
        }
        super().__init__(server, params | {"OPTIONS": options | params.get("OPTIONS", {})})
        self._class = CountingClient
        in_memory = {"MAX_ENTRIES": settings.CACHE_ENTRIES_IN_MEMORY}
        self._own = LocMemCache("while-redis-is-away", params | {"OPTIONS": in_memory})
        self._server = server

    def _asked(self, name: str, *args: Any, **values: Any) -> Any:
        now = time.monotonic()
        until = _away_until.get(self._server)
        if until is None or now >= until:
            if until is not None:
                # One asks whether it is back; the others need not wait for its silence.
                _away_until[self._server] = now + SECONDS_LEFT_ALONE
            try:
                answer = getattr(super(), name)(*args, **values)
                _away_until.pop(self._server, None)
                return answer
            except RedisError as error:
                _away_until[self._server] = time.monotonic() + SECONDS_LEFT_ALONE
                logger.error(
                    "Redis is away: this process counts by itself", extra={"error": str(error)}
                )
        return getattr(self._own, name)(*args, **values)


def _or_own(name: str) -> Callable[..., Any]:
    def method(self: SharedRedisCache, *args: Any, **values: Any) -> Any:
        return self._asked(name, *args, **values)

    method.__name__ = name
    return method


# Whatever Redis is asked; what Django builds on these comes back to them.
for _name in (
    "add",
    "get",
    "set",
    "touch",
    "delete",
    "get_many",
    "has_key",
    "incr",
    "set_many",
    "delete_many",
    "clear",
):
    setattr(SharedRedisCache, _name, _or_own(_name))
