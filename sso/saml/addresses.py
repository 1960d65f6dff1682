"""Which addresses of an identity provider a browser is sent to."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

# Names in ASCII (others have an xn-- form), or an address of version 6 in brackets.
_HOST_AND_PORT = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def is_safe_url(url: str) -> bool:
    """https, or http to this very machine. Nothing a browser would run, and one host to all.

    A user before the host, a backslash or a semicolon are read in two ways: by the person who is
    told the host, by the browser, by the content policy that names it.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _port = parts.port  # raises for one that is none
    except ValueError:
        return False
    if not _HOST_AND_PORT.fullmatch(parts.netloc) or not url.isprintable() or " " in url:
        return False
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
