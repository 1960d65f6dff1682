"""Any OpenID Connect provider may stand in LinkedIn's place, under its own name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import BindingPolicy
from profiles import notices

ANYBODY_S = ("/", "/account/", "/connect/")
OF_THE_BOUND = ("/connect/consent/", "/connect/disconnect/")


@pytest.fixture
def campus(settings):
    settings.LINKEDIN_NAME = "Campus ID"


@pytest.mark.parametrize("policy", [BindingPolicy.REQUIRED, BindingPolicy.OPTIONAL])
@pytest.mark.parametrize(
    ("path", "is_bound"),
    [(path, True) for path in ANYBODY_S + OF_THE_BOUND] + [(path, False) for path in ANYBODY_S],
)
def test_pages_of_learners_call_it_by_its_name(
    browser, ana, acme, bind, set_policy, campus, policy, path, is_bound
):
    if is_bound:
        bind(ana, name="Ana")
    set_policy(acme, policy)

    page = browser.get(path, follow=True).content.decode()

    assert "Campus ID" in page
    assert "LinkedIn" not in page


@pytest.mark.parametrize(
    "send",
    [
        notices.disconnected,
        lambda user: notices.gate_closes(user, timezone.now() + timedelta(days=3)),
    ],
)
def test_mails_call_it_by_its_name(ana, required, campus, mailoutbox, send):
    send(ana)

    (mail,) = mailoutbox
    assert "Campus ID" in mail.subject
    assert "LinkedIn" not in f"{mail.subject}{mail.body}"
