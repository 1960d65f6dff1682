"""What DNS says about a domain's TXT record. Asked by jobs alone, never while somebody waits."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver
from django.conf import settings

from accounts.models import DnsOutcome

# One question, and the whole of a look-up with every server that is tried.
QUESTION_SECONDS, LOOK_UP_SECONDS = 2.0, 5.0
DNS_PORT = 53


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """What was found at the name, and the TXT records that stand there."""

    outcome: DnsOutcome
    records: tuple[str, ...] = ()


def look_up(
    name: str, *, wanted: str, resolver: dns.resolver.BaseResolver | None = None
) -> DnsAnswer:
    """Whether `wanted` is one of the TXT records at `name` itself.

    The name is taken as it is: no search list of this machine is tried after it. What can't be
    asked or doesn't answer is `UNREACHABLE`, which says nothing about the domain.
    """
    try:
        answer = (resolver or _resolver()).resolve(  # type: ignore[attr-defined]  # of each of its kinds
            dns.name.from_text(f"{name}."),
            "TXT",
            lifetime=LOOK_UP_SECONDS,
            raise_on_no_answer=True,
            search=False,
        )
    except dns.resolver.NXDOMAIN:
        return DnsAnswer(DnsOutcome.NO_DOMAIN)
    except dns.resolver.NoAnswer:
        return DnsAnswer(DnsOutcome.NOTHING)
    except (dns.exception.DNSException, UnicodeError, OSError):
        return DnsAnswer(DnsOutcome.UNREACHABLE)
    records = tuple(_text(b"".join(record.strings)) for record in answer)
    is_seen = any(record.strip() == wanted for record in records)
    return DnsAnswer(DnsOutcome.SEEN if is_seen else DnsOutcome.OTHERS, records)


def _text(record: bytes) -> str:
    """A record as it can be stored and shown: PostgreSQL stores no zero byte."""
    text = record.decode("ascii", errors="replace")
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def _resolver() -> dns.resolver.Resolver:
    """This machine's, or with `DNS_NAMESERVERS` those servers."""
    servers = settings.DNS_NAMESERVERS
    resolver = dns.resolver.Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [_nameserver(server) for server in servers]
    resolver.timeout = QUESTION_SECONDS
    return resolver


def _nameserver(server: str) -> dns.nameserver.Nameserver:
    """As in 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:5353."""
    try:
        address, port = str(ipaddress.ip_address(server)), DNS_PORT
    except ValueError:
        address, _colon, number = server.rpartition(":")
        address, port = str(ipaddress.ip_address(address.strip("[]"))), int(number)
    return dns.nameserver.Do53Nameserver(address, port)
