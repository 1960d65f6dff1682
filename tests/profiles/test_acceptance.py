"""Accepting an invitation by connecting a profile."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts import doors
from accounts.doors import Door
from accounts.errors import InvitationClosed
from accounts.models import BindingPolicy, Invitation, User
from accounts.services import deactivate_user, revoke_invitation
from audit.actions import Action
from profiles import acceptance_views
from profiles.acceptance import accept_with_profile
from profiles.errors import BindingNotAllowed
from profiles.linkedin import LinkedInProfile
from profiles.models import AuthorizationRequest, ProfileBinding, Via
from profiles.standing import current_binding
from tests.accounts.doorways import signed_in
from tests.accounts.invited import invited, opened
from tests.profiles.conftest import come_back, events, state_of
from tests.profiles.provider import Answer

ACCEPT = "/invitation/profile/"
WAYS = "/invitation/ways/"


@pytest.fixture(autouse=True)
def no_sso(monkeypatch):
    monkeypatch.setattr(doors, "_sources", [])


@pytest.fixture
def newcomer(make_user):
    return make_user("nia", state=User.State.INVITED)


@pytest.fixture
def guest(newcomer):
    """A browser that has opened the newcomer's invitation."""
    return opened(newcomer)


def text(response):
    return response.content.decode()


def press(client):
    response = client.post(ACCEPT)
    assert response.status_code == 303, response.content
    return state_of(response)


def assert_nothing_happened(user, client):
    user.refresh_from_db()
    assert user.state == User.State.INVITED
    assert current_binding(user) is None
    assert signed_in(client) is None
    assert Invitation.objects.get(user=user, revoked_at=None).accepted_at is None
    assert not events(Action.PROFILE_BOUND)


def test_whoever_connects_is_in_and_comes_in_by_it_ever_after(provider, guest, newcomer):
    response = come_back(guest, press(guest))

    assert response["Location"] == "/"
    newcomer.refresh_from_db()
    assert newcomer.state == User.State.ACTIVE
    assert newcomer.verified_email == newcomer.email
    assert signed_in(guest) == newcomer
    assert guest.session["door"] == "linkedin"
    binding = current_binding(newcomer)
    assert (binding.subject, binding.name, binding.via) == ("member-1", "Mara Lindqvist", "sign_in")
    assert binding.consented_at == AuthorizationRequest.objects.get().created_at
    assert Invitation.objects.get().accepted_at is not None
    (event,) = events(Action.SIGNED_IN)
    assert event.changes == {"door": "linkedin"}
    later = Client()
    state = state_of(later.post("/o/acme/login/profile/"))
    come_back(later, state)
    assert signed_in(later) == newcomer


def test_the_page_says_who_learns_what_and_offers_the_way_without(provider, guest, newcomer):
    page = text(guest.get(ACCEPT))

    assert "Who learns what" in page
    assert "Connect your LinkedIn account" in page
    assert 'href="/invitation/account/"' in page
    assert "@acme.example" in page
    assert newcomer.email not in page


def test_where_it_is_required_it_is_the_only_way(provider, guest, required):
    assert 'href="/invitation/account/"' not in text(guest.get(ACCEPT))
    ways = text(guest.get(WAYS))
    assert ACCEPT in ways
    assert "/invitation/account/" not in ways
    assert guest.get("/invitation/account/").status_code == 302

    come_back(guest, press(guest))

    assert guest.get("/").status_code == 200


def test_where_it_is_optional_either_is_offered(provider, guest):
    ways = text(guest.get(WAYS))

    assert ACCEPT in ways
    assert "/invitation/account/" in ways
    assert "Continue without LinkedIn" in ways


def test_where_it_is_off_it_is_not_offered(provider, guest, acme, set_policy):
    set_policy(acme, BindingPolicy.OFF)

    assert "linkedin" not in text(guest.get(WAYS, follow=True)).lower()
    for response in (guest.get(ACCEPT), guest.post(ACCEPT)):
        assert response["Location"] == WAYS
    assert not AuthorizationRequest.objects.exists()


def test_where_there_is_single_sign_on_it_is_not_offered(provider, guest, monkeypatch):
    okta = Door(name="Okta", url="/sso/okta/login", host="acme.okta.example")
    monkeypatch.setattr(doors, "_sources", [lambda organization: [okta]])

    assert ACCEPT not in text(guest.get(WAYS))
    assert guest.post(ACCEPT)["Location"] == WAYS


def test_without_credentials_it_is_not_offered(guest, settings, acme):
    settings.LINKEDIN_CLIENT_ID = settings.LINKEDIN_CLIENT_SECRET = ""

    assert guest.get(ACCEPT)["Location"] == WAYS


def test_without_an_invitation_there_is_nothing_to_accept(provider, client, acme):
    assert client.get(ACCEPT)["Location"] == WAYS
    assert client.post(ACCEPT)["Location"] == WAYS
    assert not AuthorizationRequest.objects.exists()


# It doesn't come to it


def test_a_colleague_s_profile_is_a_page_and_the_invitation_stays_good(
    provider, guest, newcomer, make_user, bind
):
    bind(make_user("ben"), subject="member-1")

    response = come_back(guest, press(guest))

    assert response.status_code == 409
    assert "This profile is connected to another account" in text(response)
    assert "Ben" not in text(response)
    assert f'href="{ACCEPT}"' in text(response)
    assert 'href="/invitation/account/"' in text(response)
    assert_nothing_happened(newcomer, guest)
    (event,) = events(Action.PROFILE_REFUSED)
    assert event.changes == {"reason": "bound to a colleague"}
    assert event.request_id in text(response)
    provider.member["sub"] = "member-2"
    come_back(guest, press(guest))
    assert signed_in(guest) == newcomer


def test_a_profile_bound_in_another_organization_is_free_here(
    provider, guest, newcomer, make_user, globex, bind
):
    bind(make_user("gus", organization=globex), subject="member-1")

    come_back(guest, press(guest))

    assert signed_in(guest) == newcomer


def test_canceling_leads_back_to_the_page_that_says_so(provider, guest, newcomer):
    response = come_back(guest, press(guest), error="user_cancelled_login")

    assert response["Location"] == ACCEPT
    assert "You canceled at LinkedIn. Nothing was connected." in text(guest.get(ACCEPT))
    assert_nothing_happened(newcomer, guest)


def test_a_provider_that_is_down_is_a_page_with_a_way_on(provider, guest, newcomer):
    provider.answers["/token"] = Answer(503)

    response = come_back(guest, press(guest))

    assert response.status_code == 502
    assert f'href="{ACCEPT}"' in text(response)
    assert 'href="/invitation/account/"' in text(response)
    assert events(Action.PROFILE_REFUSED)[0].changes == {"reason": "status 503"}
    assert_nothing_happened(newcomer, guest)


def test_an_invitation_revoked_on_the_way_is_accepted_by_nobody(provider, guest, newcomer, actor):
    state = press(guest)
    revoke_invitation(user=newcomer, actor=actor)

    response = come_back(guest, state)

    assert response["Location"] == "/invitation/"
    assert provider.calls == []
    assert current_binding(newcomer) is None
    assert signed_in(guest) is None


def test_an_account_closed_on_the_way_is_opened_by_nothing(provider, guest, newcomer, actor):
    state = press(guest)
    deactivate_user(user=newcomer, actor=actor)

    come_back(guest, state)

    assert current_binding(newcomer) is None
    assert signed_in(guest) is None


def test_an_invitation_accepted_at_the_same_moment_is_accepted_once(
    provider, guest, newcomer, monkeypatch
):
    state = press(guest)
    accept = acceptance_views.accept_with_profile

    def accept_late(**given):
        Invitation.objects.update(accepted_at=timezone.now())
        return accept(**given)

    monkeypatch.setattr(acceptance_views, "accept_with_profile", accept_late)

    response = come_back(guest, state)

    assert response["Location"] == WAYS
    assert current_binding(newcomer) is None


def test_a_policy_switched_off_on_the_way_binds_nobody(provider, guest, newcomer, acme, set_policy):
    state = press(guest)
    set_policy(acme, BindingPolicy.OFF)

    assert come_back(guest, state)["Location"] == WAYS
    assert_nothing_happened(newcomer, guest)


def test_whoever_has_the_invitation_but_not_the_browser_gets_nothing(
    provider, guest, newcomer, make_user
):
    """An answer brought into a browser that holds another invitation, or none."""
    state = press(guest)
    other = make_user("olga", state=User.State.INVITED)

    assert come_back(opened(other), state).status_code == 403
    assert come_back(Client(), state).status_code == 403
    assert current_binding(other) is None
    assert_nothing_happened(newcomer, guest)


def test_another_invitation_opened_on_the_way_is_not_accepted_by_the_first_one_s_trip(
    provider, guest, newcomer, make_user
):
    state = press(guest)
    other = make_user("olga", state=User.State.INVITED)
    opened(other, guest)

    response = come_back(guest, state)

    assert response["Location"] == "/invitation/"
    assert provider.calls == []
    assert current_binding(other) is None


def test_an_account_that_was_here_is_connected_and_signs_in_by_itself(provider, make_user):
    """It may have a second factor, which an invitation doesn't prove."""
    ana = make_user("ana")
    guest = opened(ana)

    response = come_back(guest, press(guest))

    assert response["Location"] == "/o/acme/login/"
    assert signed_in(guest) is None
    assert current_binding(ana) is not None
    assert "Your LinkedIn profile is connected. Sign in with it." in text(
        guest.get(response["Location"])
    )


def test_an_account_with_another_profile_keeps_it(provider, make_user, bind):
    ana = make_user("ana")
    bind(ana, subject="member-of-before")
    guest = opened(ana)

    response = come_back(guest, press(guest))

    assert response.status_code == 409
    assert "Your account has another profile" in text(response)
    assert current_binding(ana).subject == "member-of-before"
    assert events(Action.PROFILE_REFUSED)[0].changes == {"reason": "another profile"}


def test_the_service_keeps_both_or_neither(newcomer, provider, required, set_policy, monkeypatch):
    invitation, _secret = invited(newcomer)
    given = {
        "profile": LinkedInProfile("member-1", "Mara"),
        "consent_version": "1",
        "consented_at": timezone.now(),
    }
    set_policy(required, BindingPolicy.OFF)
    with pytest.raises(BindingNotAllowed):
        accept_with_profile(invitation=invitation, **given)
    newcomer.refresh_from_db()
    assert newcomer.state == User.State.INVITED

    set_policy(required, BindingPolicy.REQUIRED)
    user = accept_with_profile(invitation=invitation, **given)

    assert user.state == User.State.ACTIVE
    assert ProfileBinding.objects.get().via == Via.SIGN_IN
    with pytest.raises(InvitationClosed):
        accept_with_profile(invitation=invitation, **given)
