"""Clients in the same process, which speak to a WSGI application as a web server does.

Requests are prepared apart from being sent, so that sending is timed.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Answer:
    """`status` is the number, `headers` and `body` are as the server would send them."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def cookies(self) -> SimpleCookie:
        found = SimpleCookie()
        for key, value in self.headers:
            if key.lower() == "set-cookie":
                found.load(value)
        return found


def prepared(
    application: Callable[..., Any],
    method: str,
    path: str,
    body: bytes = b"",
    *,
    address: str = "192.0.2.1",
    **headers: str,
) -> Callable[[], Answer]:
    """A request with these headers, under the names that WSGI gives them."""
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": address,
        "HTTP_HOST": "127.0.0.1:8000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **headers,
    }

    def send() -> Answer:
        answer = Answer()

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            answer.status, answer.headers = int(status[:3]), headers

        parts = application(environ, start_response)
        answer.body = b"".join(parts)
        parts.close()
        return answer

    return send


class Browser:
    """Keeps its cookies."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        self._cookies: dict[str, str] = {}

    def prepared(
        self, path: str, form: dict[str, str] | None = None, *, address: str = "192.0.2.1"
    ) -> Callable[[], Answer]:
        """Sends a GET, or a POST with `form` encoded as browsers do."""
        return prepared(
            self._application,
            "GET" if form is None else "POST",
            path,
            urlencode(form).encode() if form is not None else b"",
            address=address,
            CONTENT_TYPE="application/x-www-form-urlencoded",
            HTTP_USER_AGENT=USER_AGENT,
            HTTP_ACCEPT="text/html",
            HTTP_ACCEPT_ENCODING="gzip, deflate, br",
            HTTP_ACCEPT_LANGUAGE="en",
            HTTP_COOKIE="; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        )

    def cookie(self, name: str) -> str:
        return self._cookies.get(name, "")

    def get(self, path: str) -> Answer:
        answer = self.prepared(path)()
        self._cookies |= {name: morsel.value for name, morsel in answer.cookies.items()}
        return answer
