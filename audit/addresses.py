"""Where a request came from."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address of whoever sent the request, or None where nothing trustworthy names it.

    `X-Forwarded-For` is believed only as far as our own proxies wrote it: with `PORTAL_PROXY_COUNT`
    proxies in front, the entry that the outermost of them added. Entries left of it are the
    client's own words. Code below the middleware reads `current_context().address` instead.
    """
    direct = _parse(request.META.get("REMOTE_ADDR", ""))
    count: int = settings.PORTAL_PROXY_COUNT
    if not count:
        return direct
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(hops) < count:  # the request went around one of them
        return direct
    return _parse(hops[-count]) or direct


def _parse(text: str) -> str | None:
    text = text.strip()
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 192.0.2.1:443, as Azure's gateways write it
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
