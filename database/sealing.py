"""Secrets at rest: readable with the portal's secret key alone."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    """The first key seals, each may open: `SECRET_KEY_FALLBACKS` lets the key be rotated."""

    def fernet(secret: str) -> Fernet:
        derived = HKDF(SHA256(), length=32, salt=None, info=b"learning-portal.sealed-field")
        return Fernet(base64.urlsafe_b64encode(derived.derive(secret.encode())))

    return MultiFernet([fernet(key) for key in keys])


def _current_box() -> MultiFernet:
    return _box((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def seal(text: str) -> str:
    return _current_box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises `ImproperlyConfigured` where the secret key is not the one that sealed."""
    try:
        return _current_box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise ImproperlyConfigured(
            "A stored secret can't be read: DJANGO_SECRET_KEY is not the one it was sealed with."
        ) from error
