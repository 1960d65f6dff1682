"""A month of sign-ins, as traces an administrator can read."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from django.utils import timezone

from accounts.models import User
from sandbox.answers import answer
from sandbox.people import IdentityProvider
from sandbox.places import ServiceProvider
from sandbox.saml_messages import new_id
from sso.connection_settings import settings_for
from sso.models import SamlConnection, SamlIdentity, SignInTrace
from sso.saml import SamlRefused, verify_response
from sso.traces import mask

# One sign-in in this many goes wrong.
REFUSED_ONE_IN = 37
FAULTS = ("expired", "status", "early")
CLIENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
)


def write_sign_ins(
    connection: SamlConnection,
    provider: IdentityProvider,
    joined: Mapping[User, datetime],
    *,
    days: int,
) -> None:
    """Let each person sign in about once a week since they joined, seldom on weekends."""
    good = _seen_by_the_portal(connection, provider, "")
    bad = [_seen_by_the_portal(connection, provider, fault) for fault in FAULTS]
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    traces: list[SignInTrace] = []
    last_seen = dict(joined)
    for day in range(-days, 1):
        date = midnight + timedelta(days=day)
        every = 5 if date.weekday() < 5 else 40
        for number, (user, since) in enumerate(joined.items()):
            # Looks like chance, and is the same in every demo.
            dice = crc32(f"{number} {day}".encode())
            if dice % every:
                continue
            moment = date + timedelta(minutes=420 + dice // every % 660)
            if not since < moment < now:
                continue
            is_refused = len(traces) % REFUSED_ONE_IN == REFUSED_ONE_IN - 1
            found = bad[len(traces) // REFUSED_ONE_IN % len(bad)] if is_refused else good
            traces.append(
                SignInTrace(
                    organization=connection.organization,
                    connection=connection,
                    # A refused answer names nobody for certain.
                    user=None if is_refused else user,
                    subject_hint=mask(user.user_name) if is_refused else "",
                    address=f"192.0.2.{number % 250 + 1}",
                    client=CLIENTS[number % len(CLIENTS)],
                    created_at=moment,
                    **found,
                )
            )
            if not is_refused:
                last_seen[user] = moment
    traces.sort(key=lambda trace: trace.created_at)
    SignInTrace.objects.bulk_create(traces, batch_size=500)
    _remember_last_use(connection, last_seen)


def _remember_last_use(connection: SamlConnection, last_seen: Mapping[User, datetime]) -> None:
    identities = list(SamlIdentity.objects.filter(connection=connection).select_related("user"))
    users = []
    for identity in identities:
        if identity.user in last_seen:
            identity.last_used_at = identity.user.last_login = last_seen[identity.user]
            users.append(identity.user)
    SamlIdentity.objects.bulk_update(identities, ["last_used_at"], batch_size=100)
    User.objects.get_queryset().bulk_update(users, ["last_login"], batch_size=100)


def _seen_by_the_portal(
    connection: SamlConnection, provider: IdentityProvider, fault: str
) -> dict[str, Any]:
    """What the portal's own judge makes of a real answer: the columns of its trace."""
    service = ServiceProvider(
        entity_id=connection.entity_id,
        provider=provider.slug,
        name="",
        acs_url=connection.acs_url,
        login_url=connection.login_url,
        certificate_pem=connection.sp_certificate,
    )
    sent = answer(
        provider,
        provider.people[0],
        service,
        request_id=new_id(),
        relay_state="",
        fault=fault,
    )
    message = base64.b64encode(sent.xml).decode()
    # These refusals are history, not something an operator should look into.
    logging.disable(logging.WARNING)
    try:
        checks = verify_response(settings_for(connection), message, now=timezone.now()).checks
        outcome, cause = SignInTrace.Outcome.ACCEPTED, ""
    except SamlRefused as refusal:
        checks, outcome, cause = refusal.checks, SignInTrace.Outcome.REFUSED, refusal.cause.value
    finally:
        logging.disable(logging.NOTSET)
    return {"outcome": outcome, "cause": cause, "checks": [check._asdict() for check in checks]}
