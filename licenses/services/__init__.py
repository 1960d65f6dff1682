"""Every write about licenses that means something."""

from licenses.policies import SeatOutcome, Source
from licenses.services.assignments import (
    BulkResult,
    assign_license,
    assign_licenses,
    assign_on_first_sso,
    assign_to_everyone,
)
from licenses.services.endings import (
    allow_again,
    allow_all_again,
    expire_licenses,
    revoke_license,
    revoke_licenses,
)
from licenses.services.gate import serve_all_queues, serve_queue
from licenses.services.pools import BOUGHT_FIELDS, POOL_FIELDS, change_pool, create_pool

__all__ = [
    "BOUGHT_FIELDS",
    "POOL_FIELDS",
    "BulkResult",
    "SeatOutcome",
    "Source",
    "allow_again",
    "allow_all_again",
    "assign_license",
    "assign_licenses",
    "assign_on_first_sso",
    "assign_to_everyone",
    "change_pool",
    "create_pool",
    "expire_licenses",
    "revoke_license",
    "revoke_licenses",
    "serve_all_queues",
    "serve_queue",
]
