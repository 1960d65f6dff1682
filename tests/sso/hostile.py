"""A server that answers as badly as a test wants."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behave = Callable[[socket.socket], None]


@dataclass
class Hostile:
    """What listens on `port`, and what it was asked. `behave` may be exchanged meanwhile."""

    port: int
    behave: Behave
    requests: list[bytes] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)

    def url(self, path: str = "/metadata", *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def says(data: bytes, *, pause: float = 0, piece: int = 0) -> Behave:
    """Sends these bytes; with `piece`, so many at a time and with a pause between."""

    def behave(connection: socket.socket) -> None:
        if not piece:
            connection.sendall(data)
            return
        waiting = threading.Event()
        for start in range(0, len(data), piece):
            connection.sendall(data[start : start + piece])
            waiting.wait(pause)

    return behave


def answer(body: bytes, *headers: str, status: str = "200 OK", with_length: bool = True) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers]
    if with_length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def says_nothing(seconds: float) -> Behave:
    return lambda _connection: threading.Event().wait(seconds) and None


@contextmanager
def listening(behave: Behave, *, tls: ssl.SSLContext | None = None) -> Iterator[Hostile]:
    listener = socket.create_server(("127.0.0.1", 0))
    hostile = Hostile(listener.getsockname()[1], behave)
    if tls is not None:
        tls.sni_callback = lambda _sock, name, _context: hostile.server_names.append(name)

    def serve(connection: socket.socket) -> None:
        # A client that has had enough hangs up in the middle of it.
        with suppress(OSError), connection:
            talk = tls.wrap_socket(connection, server_side=True) if tls else connection
            with talk:
                talk.settimeout(10)
                hostile.requests.append(talk.recv(65536))
                hostile.behave(talk)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _address = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield hostile
    finally:
        listener.close()
