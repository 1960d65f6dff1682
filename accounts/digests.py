"""What is stored of a secret that somebody else holds."""

from __future__ import annotations

import hashlib


def digest_of_secret(secret: str) -> str:
    """SHA-256, in hex. Without salt and in one round: our secrets are 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
