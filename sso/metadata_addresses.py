"""Which addresses of metadata are read at all: the rules, without a look at the network."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from sso.errors import MetadataUnreachable
from sso.saml import is_safe_url

# IPv6 in which a gateway finds an IPv4 address (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# All the IPv6 there is for hosts of the internet (RFC 4291, 2.4).
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    host: str
    port: int
    path: str
    is_https: bool
    # Named in METADATA_ALLOWED_HOSTS: may be anywhere, and may speak plain http.
    is_allowed: bool


def target_of(url: str) -> Target:
    """Raises `MetadataUnreachable` for an address that is never read, without looking it up."""
    if not is_safe_url(url) and not _is_plain_and_allowed(url):
        raise MetadataUnreachable(
            _("The address has to start with https:// and the plain name of a host.")
        )
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    is_https = parts.scheme == "https"
    target = Target(
        host=host,
        port=parts.port or (443 if is_https else 80),
        # Letters beyond ASCII as a browser would send them.
        path=iri_to_uri((parts.path or "/") + (f"?{parts.query}" if parts.query else "")),
        is_https=is_https,
        is_allowed=host in _allowed_hosts(),
    )
    if not is_https and not target.is_allowed:
        raise MetadataUnreachable(_("The address has to start with https://."))
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return target
    refuse_unless_reachable(target, [literal])
    return target


def is_public(address: Address) -> bool:
    """Whether anybody on the internet could reach it: nothing of this machine or its networks."""
    embedded = _embedded(address)
    if embedded is not None:
        return is_public(embedded)
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to, by whatever way of writing it."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _allowed_hosts() -> set[str]:
    return {host.strip().strip("[]").lower() for host in settings.METADATA_ALLOWED_HOSTS}


def _is_plain_and_allowed(url: str) -> bool:
    """Plain http to a host that whoever runs the portal vouches for."""
    scheme, separator, rest = url.partition("://")
    return (
        scheme == "http"
        and bool(separator)
        and is_safe_url(f"https://{rest}")
        and (urlsplit(url).hostname or "").lower() in _allowed_hosts()
    )


def refuse_unless_reachable(target: Target, addresses: Sequence[Address]) -> None:
    """One address that isn't public is enough: it is chance which of them would be taken.

    Raises `MetadataUnreachable`.
    """
    if target.is_allowed or all(map(is_public, addresses)):
        return
    raise MetadataUnreachable(
        _(
            "%(host)s is not on the public internet, so it is not read. Whoever runs the portal "
            "can allow it: METADATA_ALLOWED_HOSTS."
        )
        % {"host": target.host}
    )
