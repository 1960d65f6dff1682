"""An OpenID Connect provider on a real loopback port: LinkedIn's habits, and any fault asked for.

It signs by hand, so that the library under test never judges itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT_ID = "portal-client"
CLIENT_SECRET = "portal-secret"
CODE = "the-code"
ACCESS_TOKEN = "the-access-token"
KEY_ID = "key-1"


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """One key for each name, since making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def public_key(name: str, **fields: Any) -> dict[str, Any]:
    numbers = rsa_key(name).public_key().public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "kid": name,
        "n": _base64(numbers.n.to_bytes(256, "big")),
        "e": _base64(numbers.e.to_bytes(3, "big")),
        **fields,
    }


def by_rsa(name: str) -> Callable[[bytes], bytes]:
    return lambda text: rsa_key(name).sign(text, padding.PKCS1v15(), hashes.SHA256())


def by_secret(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda text: hmac.new(secret, text, hashlib.sha256).digest()


def by_nobody(text: bytes) -> bytes:
    return b""


@dataclass
class Call:
    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Answer:
    """What a path answers instead of what it should."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0


class Provider:
    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.issuer = f"{self.base}/oauth"
        self.released = threading.Event()
        self._thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        self.reset()

    def reset(self) -> None:
        self.member: dict[str, Any] = {
            "sub": "member-1",
            "name": "Mara Lindqvist",
            "given_name": "Mara",
            "family_name": "Lindqvist",
            "picture": "https://media.example/mara.jpg",
            "email": "mara@home.example",
            "email_verified": "true",  # as text, which LinkedIn really does
        }
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
        self.sign = by_rsa(KEY_ID)
        self.keys: list[Any] = [public_key(KEY_ID)]
        self.tokens: dict[str, Any] = {}
        self.answers: dict[str, Answer] = {}
        self.calls: list[Call] = []
        self.released.clear()

    def stop(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def calls_to(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    def id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 3600,
            **self.member,
            **self.claims,
        }
        present = {name: value for name, value in claims.items() if value is not None}
        text = ".".join(_base64(json.dumps(part).encode()) for part in (self.header, present))
        return f"{text}.{_base64(self.sign(text.encode()))}"

    def answer(self, call: Call) -> Answer:
        if call.path in self.answers:
            return self.answers[call.path]
        match call.method, call.path:
            case "POST", "/token":
                return self._token(call)
            case "GET", "/userinfo":
                if call.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
                    return Answer(401)
                return _json({**self.member, **self.userinfo})
            case "GET", "/jwks":
                return _json({"keys": self.keys})
            case _:
                return Answer(404)

    def _token(self, call: Call) -> Answer:
        wanted = {
            "grant_type": "authorization_code",
            "code": CODE,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": "http://127.0.0.1:8000/connect/callback",
        }
        # Exactly these: LinkedIn refuses PKCE's verifier and a secret in the header.
        if call.form != wanted or "authorization" in call.headers:
            return _json({"error": "invalid_request", "error_description": "no"}, status=400)
        tokens = {
            "access_token": ACCESS_TOKEN,
            "expires_in": 5184000,
            "scope": "email,openid,profile",
            "id_token": self.id_token(),
            **self.tokens,
        }
        return _json({name: value for name, value in tokens.items() if value is not None})


def _json(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def _handler_of(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve("")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self._serve(self.rfile.read(length).decode())

        def _serve(self, body: str) -> None:
            form = {name: values[0] for name, values in parse_qs(body).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(self.command, self.path, headers, form)
            provider.calls.append(call)
            answer = provider.answer(call)
            provider.released.wait(answer.delay)
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self._write(answer)
            except OSError:  # the client had enough, which is what the test is about
                self.close_connection = True

        def _write(self, answer: Answer) -> None:
            if not answer.drip:
                self.wfile.write(answer.body)
                return
            for byte in answer.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if provider.released.wait(answer.drip):
                    return

        def log_message(self, *args: Any) -> None:
            return

    return Handler
