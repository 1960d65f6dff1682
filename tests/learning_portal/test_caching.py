"""Nothing about a person stays behind in a browser or a cache."""

from __future__ import annotations

import pytest
from django.urls import reverse


@pytest.mark.parametrize("path", ["/", "/account/password/", "/no/such/page", "/console/jsi18n/"])
def test_a_page_that_says_nothing_of_caching_is_kept_by_nobody(client, admin, sign_in, path):
    sign_in(client, admin)

    said = client.get(path).headers["Cache-Control"].split(", ")
    assert {"private", "no-store"} <= set(said)


def test_what_says_how_long_it_may_be_kept_is_left_alone(client, admin, sign_in):
    sign_in(client, admin)

    assert "no-store" in client.get(reverse("account")).headers["Cache-Control"]
    picture = client.get("/static/portal/icons.svg")
    picture.close()
    assert "public" in picture.headers["Cache-Control"]
