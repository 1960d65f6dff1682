"""The provisioning log: every call, written beside the calls and not inside them.

A directory makes thousands of calls a minute, most of them reads. Their rows are gathered and
stored a second's worth at a time by a thread of the process, so that a read costs no commit. Killed
at once, a process loses the lines of its last second; what was changed stands in the audit events,
which belong to the change itself.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    connection,
    transaction,
)
from django.db.models import Q, QuerySet

from accounts.models import DirectoryGroup, DirectoryGroupMembership, User
from database.growth import tend_grown
from database.inserts import insert_many
from provisioning.models import DirectoryRecord, ProvisioningLogEntry, ScimToken

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_WRITES = 1.0
# A database that is away must not fill the memory; beyond this the oldest lines are lost, and said.
MOST_KEPT = 20_000
# What is wrong with a row itself: it will be tomorrow as well. Python's own come of values that
# have no form for the database.
REFUSED = (DataError, IntegrityError, TypeError, ValueError)


class Recorder:
    """Rows on their way into the log."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[ProvisioningLogEntry] = []
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def add(self, row: ProvisioningLogEntry) -> None:
        """Keep a row. It is in the database about a second later."""
        if not settings.SCIM_LOG_IS_DEFERRED:
            store([row])
            return
        with self._lock:
            self._rows.append(row)
            if self._thread is None or not self._thread.is_alive():
                # Begun with the first call, so that it runs in the worker and not in its parent.
                self._thread = threading.Thread(
                    target=self._run, name="provisioning-log", daemon=True
                )
                self._thread.start()

    def flush(self) -> None:
        """Store what has gathered. While the database is away it stays for the next time; a row
        that no database would take is dropped, and costs none of the others."""
        with self._lock:
            rows, self._rows = self._rows, []
        parts = [rows] if rows else []
        while parts:
            part = parts.pop()
            try:
                store(part)
            except REFUSED as error:
                if len(part) > 1:
                    half = len(part) // 2
                    parts += [part[half:], part[:half]]
                else:
                    logger.error(
                        "A line of the provisioning log can't be written",
                        extra={"error": type(error).__name__},
                    )
            except (DatabaseError, InterfaceError):
                logger.exception("The provisioning log could not be written")
                self._keep([*part, *(row for other in reversed(parts) for row in other)])
                return

    def _keep(self, rows: Sequence[ProvisioningLogEntry]) -> None:
        """For the next time, before what has come meanwhile."""
        with self._lock:
            self._rows = [*rows, *self._rows]
            lost = len(self._rows) - MOST_KEPT
            if lost > 0:
                del self._rows[:lost]
                logger.error("Lines of the provisioning log were lost", extra={"lines": lost})

    def _run(self) -> None:
        while not self._stop.wait(SECONDS_BETWEEN_WRITES):
            self.turn()
            connection.close()

    def turn(self) -> None:
        """What is done once a second: store what has gathered, and while directories call, see to
        it that the database knows the tables they fill."""
        if not self._rows:
            return
        self.flush()
        try:
            tend_grown(User, DirectoryRecord, DirectoryGroupMembership)
        except (DatabaseError, InterfaceError):
            logger.exception("Tables that directories fill could not be looked at")

    def stop(self) -> None:
        self._stop.set()
        self.flush()


recorder = Recorder()
atexit.register(recorder.stop)


def store(rows: Sequence[ProvisioningLogEntry]) -> None:
    """Write rows, and on each token when, whence and by whom it was last used. All or nothing.

    Who calls with a token that has ended uses none.
    """
    _find_who_has_the_name(rows)
    _name_whom_refusals_met(rows)
    latest = {row.token_id: row for row in rows if row.token_id and row.status != 401}
    with transaction.atomic():
        insert_many(rows)
        # In one order, so that processes that write of the same tokens don't wait for each other.
        for token_id, row in sorted(latest.items()):
            ScimToken.objects.filter(
                Q(last_used_at=None) | Q(last_used_at__lt=row.at), pk=token_id
            ).update(
                last_used_at=row.at, last_used_address=row.address, last_used_client=row.client
            )


def _find_who_has_the_name(rows: Iterable[ProvisioningLogEntry]) -> None:
    """Say of somebody who could not be added who has the name: it is that person whom an
    administrator has to look at, and once the directory took them over the refusal is mended."""
    for name in ("user_name_key", "external_id"):
        refused = [row for row in rows if name in row.holder]
        if not refused:
            continue
        holders = User.objects.present().filter(
            organization__in={row.organization_id for row in refused},
            **{f"{name}__in": {row.holder[name] for row in refused}},
        )
        found = {(one.organization_id, getattr(one, name)): one for one in holders}
        for row in refused:
            one = found.get((row.organization_id, row.holder[name]))
            if one is not None:
                row.resource_id, row.subject = one.pk, str(one)[:255]


def _name_whom_refusals_met(rows: Iterable[ProvisioningLogEntry]) -> None:
    """Say on refused calls whom they were about: a refusal is given before anybody is read.

    Here, because no directory waits for it, and one statement serves everything gathered. An id
    that is nobody's in the caller's own organization stays without a name.
    """
    kinds: Mapping[str, QuerySet[User] | QuerySet[DirectoryGroup]] = {
        "User": User.objects.present(),
        "Group": DirectoryGroup.objects.all(),
    }
    for kind, known in kinds.items():
        nameless = [
            row
            for row in rows
            if row.resource_type == kind and row.resource_id and row.is_refused and not row.subject
        ]
        if not nameless:
            continue
        found = known.in_bulk({row.resource_id for row in nameless})
        for row in nameless:
            one = found.get(row.resource_id)
            if one is not None and one.organization_id == row.organization_id:
                row.subject = str(one)[:255]


def masked(value: Any) -> Any:
    """A value as the log may show it: enough to recognize, too little to leak."""
    if value is None or isinstance(value, bool):
        return value
    return _masked_text(value) if isinstance(value, str) else "…"


def _masked_text(text: str) -> str:
    if len(text) <= 1:
        return text
    name, at, domain = text.rpartition("@")
    if at and name:
        return f"{name[0]}…@{domain}"[:100]
    return f"{text[0]}…"


def masked_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """`[before, after]` of each attribute, masked; counts as they are.

    Of a complex attribute or an extension each part that changed, by its whole path: that the
    enterprise attributes changed tells nobody that it was the manager.
    """
    shown: dict[str, Any] = {}
    for name, change in changes.items():
        if not isinstance(change, list):
            shown[name] = change
        elif any(isinstance(each, Mapping) for each in change):
            shown |= _masked_parts(name, *(each or {} for each in change))
        else:
            shown[name] = [masked(each) for each in change]
    return shown


def _masked_parts(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, list[Any]]:
    mark = ":" if name.startswith("urn:") else "."
    return {
        f"{name}{mark}{part}": [masked(before.get(part)), masked(after.get(part))]
        for part in {**before, **after}
        if before.get(part) != after.get(part)
    }
