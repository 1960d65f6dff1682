"""What people prove themselves with a second time, for tests: an app, and devices with passkeys."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from accounts import totp
from accounts.models import Authenticator, Passkey, PersonalCode, User
from database.sealing import seal

ORIGIN = "https://portal.example"
HOST = "portal.example"
# What an authenticator says of itself: somebody is there, and it knows who; a key comes along.
PRESENT, VERIFIED, SYNCED, WITH_KEY = 0x01, 0x04, 0x18, 0x40


def with_app(user: User) -> User:
    """The person has an authenticator app, none of whose codes was used lately."""
    now = timezone.now()
    Authenticator.objects.create(
        user=user,
        sealed_secret=seal(totp.new_secret().hex()),
        last_step=0,
        created_at=now,
        last_used_at=now,
    )
    return user


def app_code(user: User, *, step: int = 0) -> str:
    """What the person's app shows, so many half minutes from now."""
    secret = Authenticator.objects.get(user=user).secret
    return totp.code_at(secret, totp.current_step() + step)


def secret_typed(text: str) -> bytes:
    """The key as the page shows it, typed into an app."""
    return base64.b32decode("".join(text.split()))


def prove(client: Client, user: User) -> Any:
    """The second step at the door, in a browser that has just proved the password."""
    return client.post("/login/second-factor/", {"code": app_code(user)})


def codes_left(user: User) -> int:
    return PersonalCode.objects.filter(user=user).unused().count()


@dataclass
class Device:
    """Keeps passkeys and counts their uses, or doesn't (`counts=False`), as synced ones."""

    counts: bool = True
    origin: str = ORIGIN
    host: str = HOST
    flags: int = PRESENT | VERIFIED
    keys: dict[bytes, Any] = field(default_factory=dict)
    owners: dict[bytes, bytes] = field(default_factory=dict)
    count: int = 0

    def create(self, options: dict[str, Any], **changes: Any) -> str:
        """What `navigator.credentials.create()` answers."""
        identifier = secrets.token_bytes(changes.pop("id_length", 32))
        key = ec.generate_private_key(ec.SECP256R1())
        self.keys[identifier] = key
        self.owners[identifier] = base64url_to_bytes(options["user"]["id"])
        numbers = key.public_key().public_numbers()
        public_key = changes.pop("public_key", None) or cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        )
        attested = bytes(16) + struct.pack(">H", len(identifier)) + identifier + public_key
        data = self._data(WITH_KEY) + attested
        said = {
            "clientDataJSON": self._client_data("webauthn.create", options, **changes),
            "attestationObject": cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}),
        }
        return self._json(identifier, said)

    def get(self, options: dict[str, Any], *, which: int = 0, **changes: Any) -> str:
        """What `navigator.credentials.get()` answers, with the passkey that was made so many-th."""
        identifier = list(self.keys)[which]
        self.count += self.counts
        data = self._data()
        client_data = self._client_data("webauthn.get", options, **changes)
        signed = data + hashlib.sha256(client_data).digest()
        said = {
            "clientDataJSON": client_data,
            "authenticatorData": data,
            "signature": self.keys[identifier].sign(signed, ec.ECDSA(SHA256())),
            "userHandle": changes.get("owner", self.owners[identifier]),
        }
        return self._json(identifier, said)

    def _data(self, more: int = 0) -> bytes:
        flags = self.flags | more
        count = struct.pack(">I", self.count)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + count

    def _client_data(self, usual: str, options: dict[str, Any], **changes: Any) -> bytes:
        said = {
            "type": changes.get("kind", usual),
            "challenge": changes.get("challenge", options["challenge"]),
            "origin": self.origin,
        }
        return json.dumps(said).encode()

    def _json(self, identifier: bytes, said: dict[str, bytes | None]) -> str:
        name = bytes_to_base64url(identifier)
        response = {key: bytes_to_base64url(value) for key, value in said.items() if value}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def register(client: Client, device: Device, name: str = "Phone") -> Passkey:
    """Whoever is signed in with this client registers a passkey; answers the newest."""
    options = client.post("/account/passkeys/challenge/").json()
    client.post("/account/passkeys/", {"name": name, "credential": device.create(options)})
    return Passkey.objects.latest("created_at")


def sign_in_with(client: Client, device: Device, **said: Any) -> Any:
    options = client.post("/login/passkey/challenge/").json()
    return client.post("/login/passkey/", {"credential": device.get(options, **said)})
