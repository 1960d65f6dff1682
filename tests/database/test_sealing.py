"""Secrets that are rows: sealed with the portal's key, and with no other."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from database.sealing import seal, unseal


def test_what_was_sealed_is_read_again_and_never_stands_there_itself():
    sealed = seal("JBSWY3DPEHPK3PXP")

    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert unseal(sealed) == "JBSWY3DPEHPK3PXP"


def test_another_secret_key_opens_nothing_and_says_so(settings):
    sealed = seal("JBSWY3DPEHPK3PXP")
    settings.SECRET_KEY = "another, made for this test alone"

    with pytest.raises(ImproperlyConfigured, match="DJANGO_SECRET_KEY"):
        unseal(sealed)
