"""The cache that all processes share, and what stands in while it is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

# How long nobody asks a Redis that has just failed: its silence would cost every request a second.
SECONDS_LEFT_ALONE = 5.0


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
        self._own = LocMemCache("while-redis-is-away", params)
        self._away_until = 0.0

    def _asked(self, name: str, *args: Any, **values: Any) -> Any:
        if time.monotonic() >= self._away_until:
            try:
                return getattr(super(), name)(*args, **values)
            except RedisError as error:
                self._away_until = time.monotonic() + SECONDS_LEFT_ALONE
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
