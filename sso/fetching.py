"""An identity provider's metadata, read over the network: by jobs alone, while nobody waits.

What may be reached is decided in `sso.metadata_addresses`, since an organization's administrator
types the address. The name is looked up once, each of its addresses is judged, and the connection
goes to an address that was judged: a name that answers otherwise the next time gains nothing by it.
No proxy, no redirect, no compression.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import logging
import queue
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from django.utils.translation import gettext as _

from sso.errors import MetadataUnreachable
from sso.metadata_addresses import Target, refuse_unless_reachable, target_of
from sso.saml.metadata import MAX_METADATA_BYTES
from sso.saml.values import printable

logger = logging.getLogger(__name__)

# The whole of it: look-up, connection and every byte of the answer.
SECONDS = 5.0
USER_AGENT = "learning-portal metadata"
# Of the addresses a name may have, so many are tried.
MOST_ADDRESSES = 4
# Of the whole answer, with its headers and what marks its chunks.
MOST_BYTES = 2 * MAX_METADATA_BYTES


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """More than nothing, for what takes a time limit. Raises `TimeoutError` once it is over."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def fetch(url: str) -> bytes:
    """What is at this address now. Takes 5 seconds at most. Raises `MetadataUnreachable`."""
    target = target_of(url)
    deadline = Deadline(SECONDS)
    try:
        with closing(_connected(target, _looked_up(target, deadline), deadline)) as connection:
            return _read(connection, target, deadline)
    except TimeoutError:
        failure = MetadataUnreachable(
            _("%(host)s took longer than %(seconds)d seconds to answer.")
            % {"host": target.host, "seconds": SECONDS}
        )
    except ssl.SSLCertVerificationError as error:
        failure = MetadataUnreachable(
            _("The certificate of %(host)s is not trusted: %(why)s.")
            % {"host": target.host, "why": printable(error.verify_message, 120)}
        )
    except (OSError, http.client.HTTPException, ValueError) as error:
        # ValueError: `http.client` believes a chunk that says it has -2 bytes.
        logger.info("metadata not read", extra={"host": target.host, "error": type(error).__name__})
        failure = MetadataUnreachable(
            _("%(host)s broke the connection off, or doesn’t speak the protocol.")
            % {"host": target.host}
        )
    raise failure


def _looked_up(target: Target, deadline: Deadline) -> list[str]:
    """The target's addresses, each of them judged."""
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    # The system's resolver knows no time limit, so it is left behind when the time is over.
    threading.Thread(target=ask, name="metadata look-up", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, Exception):
        raise MetadataUnreachable(
            _("%(host)s has no address: DNS doesn’t know it.") % {"host": target.host}
        ) from found
    addresses = list(dict.fromkeys(str(row[4][0]) for row in found))
    refuse_unless_reachable(target, [ipaddress.ip_address(address) for address in addresses])
    return addresses[:MOST_ADDRESSES]


def _connected(target: Target, addresses: Sequence[str], deadline: Deadline) -> socket.socket:
    failure: OSError | None = None
    for number, address in enumerate(addresses):
        # One that says nothing leaves the others their share of the time.
        share = deadline.left() / (len(addresses) - number)
        try:
            plain = socket.create_connection((address, target.port), timeout=share)
        except OSError as error:
            failure = error
            continue
        try:
            return _secured(plain, target, deadline) if target.is_https else plain
        except BaseException:
            plain.close()
            raise
    if isinstance(failure, TimeoutError):
        raise failure
    raise MetadataUnreachable(
        _("%(host)s takes no connection on port %(port)d.")
        % {"host": target.host, "port": target.port}
    ) from failure


def _secured(plain: socket.socket, target: Target, deadline: Deadline) -> socket.socket:
    """By the name that was asked for, not by the address that was found."""
    plain.settimeout(deadline.left())
    return ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)


class _Received(io.RawIOBase):
    """Bytes off a connection, each wait no longer than what is left of the whole.

    They are counted here: of a chunk that says it has -1 byte, `http.client` reads all there is.
    """

    def __init__(self, connection: socket.socket, target: Target, deadline: Deadline) -> None:
        self._connection = connection
        self._target = target
        self._deadline = deadline
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._deadline.left())
        received = self._connection.recv_into(buffer)
        self._bytes += received
        if self._bytes > MOST_BYTES:
            raise _too_large(self._target)
        return received


class _Patient:
    """A connection as `http.client` uses one. Whoever opened it closes it."""

    def __init__(self, connection: socket.socket, target: Target, deadline: Deadline) -> None:
        self._connection = connection
        self._target = target
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._connection.settimeout(self._deadline.left())
        self._connection.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Received(self._connection, self._target, self._deadline))

    def close(self) -> None:
        """The answer is still to be read when `http.client` lets go of the connection."""


def _read(connection: socket.socket, target: Target, deadline: Deadline) -> bytes:
    standard = 443 if target.is_https else 80
    # The port belongs into the Host header unless it is the scheme's own.
    client = http.client.HTTPConnection(target.host, target.port)
    client.default_port = standard
    client.sock = _Patient(connection, target, deadline)
    client.request(
        "GET",
        target.path,
        headers={
            "Accept": "application/samlmetadata+xml, application/xml, text/xml",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": USER_AGENT,
        },
    )
    answer = client.getresponse()
    _refuse_answer(answer, target)
    body = answer.read(MAX_METADATA_BYTES + 1)
    if len(body) > MAX_METADATA_BYTES:
        raise _too_large(target)
    if answer.length:  # it ended before what it had announced
        raise http.client.IncompleteRead(body, answer.length)
    return body


def _refuse_answer(answer: http.client.HTTPResponse, target: Target) -> None:
    if 300 <= answer.status < 400:
        raise MetadataUnreachable(
            _("%(host)s sends us on to %(address)s. Give that address, if it is the right one.")
            % {"host": target.host, "address": printable(answer.headers.get("Location"), 200)}
        )
    if answer.status != http.client.OK:
        raise MetadataUnreachable(
            _("%(host)s answered %(status)d where 200 was expected.")
            % {"host": target.host, "status": answer.status}
        )
    if (answer.headers.get("Content-Encoding") or "identity").strip().lower() != "identity":
        raise MetadataUnreachable(
            _("%(host)s answered in an encoding nobody asked for.") % {"host": target.host}
        )
    if (answer.length or 0) > MAX_METADATA_BYTES:
        raise _too_large(target)


def _too_large(target: Target) -> MetadataUnreachable:
    return MetadataUnreachable(
        _("%(host)s answered with more than 1 MB. Metadata is a few kilobytes.")
        % {"host": target.host}
    )
