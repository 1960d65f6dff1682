"""Where somebody goes who signs out.

`accounts` ends the session and may not know of SAML, so whoever signed them in says here, in its
`AppConfig.ready()`, whether anything is left to be done elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from accounts.sessions import CONNECTION, IDP_SESSION


@dataclass(frozen=True, slots=True)
class EndedSession:
    """What a session knew of the door it came through. It has ended by now, whatever follows."""

    connection_id: UUID
    idp_session: Mapping[str, Any]


WayOut = Callable[[HttpRequest, EndedSession], HttpResponse | None]

_ways: list[WayOut] = []


def register(way_out: WayOut) -> WayOut:
    """`way_out(request, ended)` answers a page that leads on, or None. Works as a decorator."""
    if way_out not in _ways:
        _ways.append(way_out)
    return way_out


def what_it_knew(request: HttpRequest) -> EndedSession | None:
    """To be asked before the session ends; None for one that came through no such door."""
    connection_id, kept = request.session.get(CONNECTION), request.session.get(IDP_SESSION)
    return EndedSession(UUID(connection_id), kept) if connection_id and kept else None


def way_out(request: HttpRequest, ended: EndedSession) -> HttpResponse | None:
    return next(filter(None, (way(request, ended) for way in _ways)), None)
