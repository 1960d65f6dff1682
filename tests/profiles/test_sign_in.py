"""Signing in with a connected profile, without single sign-on."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest import mock

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import doors
from accounts.doors import Door
from accounts.models import BindingPolicy, Organization, Session, User
from accounts.services import deactivate_user, set_policies
from accounts.sessions import AUTHENTICATED_AT, DOOR, is_fresh
from accounts.sign_in import LAST_ORGANIZATION_COOKIE
from audit.actions import Action
from profiles import sign_in_views
from profiles.authorization import BROWSER_COOKIE
from profiles.models import AuthorizationRequest, ProfileBinding
from profiles.policies import ClosedBy, sign_in_closed_by
from profiles.services import unbind_profile
from tests.accounts.doorways import signed_in
from tests.factories import PASSWORD
from tests.profiles.conftest import come_back, events, press_connect, state_of
from tests.profiles.provider import Answer

ACME = "/o/acme/login/profile/"
ANYWHERE = "/login/profile/"


@pytest.fixture(autouse=True)
def no_sso(monkeypatch):
    monkeypatch.setattr(doors, "_sources", [])


@pytest.fixture
def bound(ana, bind):
    """Ana, whose profile is the one that the provider vouches for."""
    bind(ana, subject="member-1")
    return ana


def set_out(client, url=ACME, **fields):
    response = client.post(url, fields)
    assert response.status_code == 303, response.content
    return state_of(response)


def text(response):
    return response.content.decode()


def assert_refused(response, client, reason, *, status=403):
    assert response.status_code == status
    assert signed_in(client) is None
    event = events(Action.SIGN_IN_FAILED)[-1]
    assert event.changes == {"door": "linkedin", "reason": reason}
    assert event.request_id in text(response)
    assert not events(Action.SIGNED_IN)
    return event


# Coming in


@pytest.mark.parametrize("url", [ACME, ANYWHERE])
def test_a_connected_profile_signs_its_person_in(provider, client, bound, url):
    response = come_back(client, set_out(client, url, next="/account/"))

    assert response["Location"] == "/account/"
    assert signed_in(client) == bound
    assert Session.objects.get(user=bound).door == Session.Door.LINKEDIN
    (event,) = events(Action.SIGNED_IN)
    assert event.changes == {"door": "linkedin"}
    assert (event.organization, event.target_id) == (bound.organization, str(bound.pk))


def test_it_lands_at_home_and_the_browser_remembers_the_organization(provider, client, bound):
    response = come_back(client, set_out(client))

    assert response["Location"] == "/"
    assert client.cookies[LAST_ORGANIZATION_COOKIE].value == "acme"
    assert client.get("/account/").status_code == 200


def test_it_counts_as_fresh_and_says_which_door_it_was(provider, client, bound):
    come_back(client, set_out(client))

    assert client.session[DOOR] == "linkedin"
    assert is_fresh(client.session)
    assert client.session[AUTHENTICATED_AT]


def test_the_binding_says_when_it_was_last_used(provider, client, bound):
    come_back(client, set_out(client))

    used_at = ProfileBinding.objects.get().last_used_at
    assert timezone.now() - used_at < timedelta(minutes=1)


def test_a_name_or_an_address_that_fits_opens_nothing(provider, client, make_user):
    make_user("mara", first_name="Mara", last_name="Lindqvist", email="mara@home.example")

    response = come_back(client, set_out(client))

    assert "We don’t know this profile" in text(response)
    assert signed_in(client) is None


def test_an_unknown_profile_makes_nobody_and_is_told_what_to_do(provider, client, acme):
    before = User.objects.get_queryset().count()

    response = come_back(client, set_out(client))

    assert_refused(response, client, "unknown")
    assert User.objects.get_queryset().count() == before
    assert not ProfileBinding.objects.exists()
    assert "ask your organization for an invitation" in text(response)
    assert "it@acme.example" in text(response)
    assert 'href="/o/acme/login/"' in text(response)


def test_what_is_kept_of_a_refusal_names_no_profile(provider, client, acme):
    come_back(client, set_out(client))

    (event,) = events(Action.SIGN_IN_FAILED)
    assert "member-1" not in str(event.changes) + event.target_id + event.actor_name
    assert event.organization == acme


def test_a_profile_of_the_other_organization_opens_nothing_here(
    provider, client, acme, make_user, globex, bind
):
    bind(make_user("gus", organization=globex), subject="member-1")

    response = come_back(client, set_out(client, ACME))

    assert_refused(response, client, "unknown")
    assert "Globex" not in text(response)


def test_a_session_somebody_planted_is_left_behind(provider, client, bound):
    planted = client.session
    planted["mark"] = "planted"
    planted.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key

    come_back(client, set_out(client))

    assert signed_in(client) == bound
    assert client.session.session_key != planted.session_key
    assert "mark" not in client.session
    assert not Session.objects.filter(session_key=planted.session_key).exists()


def test_somebody_else_s_session_in_this_browser_ends(provider, client, bound, make_user, sign_in):
    ben = make_user("ben")
    sign_in(client, ben)

    come_back(client, set_out(client))

    assert signed_in(client) == bound
    assert not Session.objects.filter(user=ben).exists()


def test_whoever_is_asked_to_prove_themselves_comes_back_fresh(provider, client, bound, sign_in):
    sign_in(client, bound, door=Session.Door.LINKEDIN, authenticated_at=0)
    page = text(client.get("/o/acme/login/?again=1&next=/account/"))
    assert "Sign in with LinkedIn" in page

    response = come_back(client, set_out(client, next="/account/"))

    assert response["Location"] == "/account/"
    assert is_fresh(client.session)


# Several accounts


@pytest.fixture
def two(bound, make_user, globex, bind):
    gus = make_user("gus", organization=globex)
    bind(gus, subject="member-1")
    return bound, gus


def test_a_profile_of_two_accounts_lets_the_person_choose(provider, client, two):
    _ana, gus = two

    response = come_back(client, set_out(client, ANYWHERE, next="/account/"))

    assert response["Location"] == "/login/profile/choose/"
    assert signed_in(client) is None
    page = text(client.get(response["Location"]))
    assert "Your profile at LinkedIn opens more than one." in page
    assert "Acme" in page
    assert "Globex" in page
    before = client.session.session_key
    response = client.post("/login/profile/choose/", {"account": str(gus.pk)})
    assert response["Location"] == "/account/"
    assert signed_in(client) == gus
    assert client.session.session_key != before


def test_at_an_organization_s_own_door_there_is_nothing_to_choose(provider, client, two):
    come_back(client, set_out(client, "/o/globex/login/profile/"))

    assert signed_in(client) == two[1]


def test_an_account_of_somebody_else_cannot_be_chosen(provider, client, two, make_user, bind):
    ben = make_user("ben")
    bind(ben, subject="member-2")
    come_back(client, set_out(client, ANYWHERE))

    response = client.post("/login/profile/choose/", {"account": str(ben.pk)})

    assert "Choose one of these accounts." in text(response)
    assert signed_in(client) is None


def test_what_was_disconnected_meanwhile_cannot_be_chosen(provider, client, two, actor):
    ana, gus = two
    come_back(client, set_out(client, ANYWHERE))
    unbind_profile(user=ana, actor=actor, reason=ProfileBinding.EndReason.ADMIN)

    response = client.post("/login/profile/choose/", {"account": str(ana.pk)})

    assert response.status_code == 200
    assert signed_in(client) is None
    unbind_profile(user=gus, actor=actor, reason=ProfileBinding.EndReason.ADMIN)
    response = client.post("/login/profile/choose/", {"account": str(gus.pk)})
    assert_refused(response, client, "unknown")


def test_the_choice_belongs_to_the_browser_that_came_back_and_lasts_five_minutes(
    provider, client, two, time_machine
):
    time_machine.move_to("2026-11-23T12:00:00Z", tick=False)
    come_back(client, set_out(client, ANYWHERE))
    assert Client().get("/login/profile/choose/")["Location"] == "/login/"

    time_machine.move_to("2026-11-23T12:05:01Z", tick=False)

    response = client.post("/login/profile/choose/", {"account": str(two[0].pk)})
    assert response["Location"] == "/login/"
    assert signed_in(client) is None


def test_a_closed_account_is_left_out_of_the_choice(provider, client, two, actor):
    deactivate_user(user=two[0], actor=actor)

    come_back(client, set_out(client, ANYWHERE))

    assert signed_in(client) == two[1]


# Doors that are closed


def test_a_deactivated_person_reads_so(provider, client, bound, actor):
    deactivate_user(user=bound, actor=actor)

    response = come_back(client, set_out(client))

    assert "Your account is closed" in text(response)
    event = assert_refused(response, client, "closed")
    assert event.target_id == str(bound.pk)


def test_a_suspended_organization_says_so_before_and_after(provider, client, bound):
    state = set_out(client, ANYWHERE)
    Organization.objects.update(status=Organization.Status.SUSPENDED)

    response = come_back(client, state)

    assert "Acme has no access at the moment" in text(response)
    assert_refused(response, client, "suspended")
    assert client.post(ACME).status_code == 403


def test_where_single_sign_on_is_required_it_is_the_way_in(provider, client, bound):
    state = set_out(client)
    Organization.objects.update(sso_required_at=timezone.now())

    response = come_back(client, state)

    assert "Acme has single sign-on" in text(response)
    assert_refused(response, client, "sso")
    assert client.post(ACME).status_code == 404


def test_an_active_connection_is_enough_to_close_it(provider, client, bound, monkeypatch):
    state = set_out(client, ANYWHERE)
    okta = Door(name="Okta", url="/sso/okta/login", host="acme.okta.example")
    monkeypatch.setattr(doors, "_sources", [lambda organization: [okta]])

    response = come_back(client, state)

    assert_refused(response, client, "sso")
    assert client.post(ACME).status_code == 404
    assert "LinkedIn" not in text(client.get("/o/acme/login/"))


def test_with_the_policy_off_the_page_says_so_without_naming_the_provider(
    provider, client, bound, globex, actor
):
    state = set_out(client, ANYWHERE)
    set_policies(
        organization=bound.organization,
        changes={"binding_policy": BindingPolicy.OFF},
        actor=actor,
    )

    response = come_back(client, state)

    assert "Acme doesn’t use this way in" in text(response)
    assert "linkedin" not in text(response).lower()
    assert_refused(response, client, "policy")
    assert client.post(ACME).status_code == 404
    assert client.get(ACME).status_code == 404


def test_a_profile_disconnected_in_the_last_moment_opens_nothing(
    provider, client, bound, actor, monkeypatch
):
    find = sign_in_views.find_accounts

    def find_and_lose(**wanted):
        found = find(**wanted)
        unbind_profile(user=bound, actor=actor, reason=ProfileBinding.EndReason.ADMIN)
        return found

    monkeypatch.setattr(sign_in_views, "find_accounts", find_and_lose)

    response = come_back(client, set_out(client))

    assert_refused(response, client, "unknown")


def test_a_disconnected_profile_opens_nothing(provider, client, bound, actor):
    unbind_profile(user=bound, actor=actor, reason=ProfileBinding.EndReason.LEARNER)

    assert_refused(come_back(client, set_out(client)), client, "unknown")


def test_a_suspended_binding_opens_nothing_whatever_suspended_it(provider, client, bound):
    ProfileBinding.objects.update(
        state=ProfileBinding.State.SUSPENDED, policy_off_at=timezone.now()
    )

    assert_refused(come_back(client, set_out(client)), client, "unknown")


@pytest.mark.parametrize(
    ("policy", "by_sso", "closed"),
    [
        (BindingPolicy.REQUIRED, False, None),
        (BindingPolicy.REQUIRED, True, ClosedBy.SSO),
        (BindingPolicy.OPTIONAL, False, None),
        (BindingPolicy.OPTIONAL, True, ClosedBy.SSO),
        (BindingPolicy.OFF, False, ClosedBy.POLICY),
        (BindingPolicy.OFF, True, ClosedBy.POLICY),
    ],
)
def test_what_closes_the_door(policy, by_sso, closed):
    assert sign_in_closed_by(by_sso=by_sso, policy=policy) == closed


# The state, and whose browser it is


def test_an_answer_that_somebody_sends_signs_nobody_in(provider, client, bound):
    """Login CSRF: the attacker's own answer in somebody else's browser."""
    state = set_out(Client())

    response = come_back(client, state)

    assert_refused(response, client, "state")
    assert provider.calls == []


def test_it_is_refused_in_a_browser_that_is_on_a_trip_of_its_own_too(provider, client, bound):
    state = set_out(Client())
    set_out(client)

    assert_refused(come_back(client, state), client, "state")


def test_it_is_refused_to_somebody_signed_in_and_changes_nothing(
    provider, client, bound, make_user, sign_in
):
    ben = make_user("ben")
    state = set_out(Client())
    sign_in(client, ben)

    response = come_back(client, state)

    assert response.status_code == 403
    assert signed_in(client) == ben
    assert not ProfileBinding.objects.filter(user=ben).exists()


def test_a_state_of_a_sign_in_works_once(provider, client, bound):
    state = set_out(client)
    come_back(client, state)
    client.post("/logout/")

    response = come_back(client, state)

    assert response.status_code == 403
    assert signed_in(client) is None
    assert len(provider.calls_to("/token")) == 1


def test_a_state_of_a_sign_in_lasts_ten_minutes(provider, client, bound, time_machine):
    time_machine.move_to("2026-11-23T12:00:00Z", tick=False)
    state = set_out(client)

    time_machine.move_to("2026-11-23T12:10:01Z", tick=False)

    assert_refused(come_back(client, state), client, "state")


def test_two_tabs_of_one_browser_both_come_in(provider, client, bound):
    first, second = set_out(client), set_out(client)

    assert come_back(client, first).status_code == 302
    assert come_back(client, second).status_code == 302


@pytest.mark.parametrize("value", ["", "short", "x" * 200])
def test_a_cookie_that_we_never_made_is_replaced(provider, client, bound, value):
    client.cookies[BROWSER_COOKIE] = value

    set_out(client)

    assert client.cookies[BROWSER_COOKIE].value != value
    assert len(client.cookies[BROWSER_COOKIE].value) == 43


def test_neither_state_nor_cookie_is_stored(provider, client, acme):
    state = set_out(client)

    row = AuthorizationRequest.objects.values().get()
    assert row["user_id"] is None
    assert not {state, client.cookies[BROWSER_COOKIE].value} & set(map(str, row.values()))


def test_the_cookie_is_for_this_trip_alone(provider, client, acme):
    set_out(client)

    cookie = client.cookies[BROWSER_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 600


def test_a_trip_to_connect_signs_nobody_in_and_one_to_sign_in_connects_nobody(
    provider, client, bound, make_user, sign_in, bind
):
    ben = make_user("ben")
    browser = sign_in(Client(), ben)
    connecting = press_connect(browser)
    signing_in = set_out(client)

    assert come_back(client, connecting).status_code == 403
    assert come_back(browser, signing_in).status_code == 403
    assert signed_in(client) is None
    assert not ProfileBinding.objects.filter(user=ben).exists()


def test_setting_out_wants_our_own_form(acme, provider):
    client = Client(enforce_csrf_checks=True)

    assert client.post(ACME).status_code == 403
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.parametrize(("url", "door"), [(ACME, "/o/acme/login/"), (ANYWHERE, "/login/?other=1")])
def test_an_address_opened_by_hand_leads_to_the_sign_in_page(provider, client, acme, url, door):
    assert client.get(url)["Location"] == door
    assert not AuthorizationRequest.objects.exists()


def test_a_foreign_way_back_is_dropped(provider, client, bound):
    state = set_out(client, next="https://evil.example/")

    assert come_back(client, state)["Location"] == "/"


def test_an_unknown_organization_has_no_such_door(provider, client, db):
    assert client.post("/o/nobody/login/profile/").status_code == 404


# The provider has trouble


@pytest.mark.parametrize("error", ["user_cancelled_login", "access_denied"])
def test_canceling_leads_back_to_the_door_and_says_so(provider, client, acme, error):
    response = come_back(client, set_out(client, next="/account/"), error=error)

    assert response["Location"] == "/o/acme/login/?next=%2Faccount%2F"
    assert "You canceled at LinkedIn. You’re not signed in." in text(
        client.get(response["Location"])
    )
    assert not events(Action.SIGN_IN_FAILED)


def test_canceling_on_everybody_s_page_leads_back_to_it(provider, client, acme):
    response = come_back(client, set_out(client, ANYWHERE), error="user_cancelled_login")

    assert response["Location"] == "/login/?other=1"


def test_a_provider_that_is_down_is_a_page_that_says_what_to_do(provider, client, bound):
    provider.answers["/token"] = Answer(503)

    response = come_back(client, set_out(client))

    assert "LinkedIn doesn’t answer" in text(response)
    assert 'href="/o/acme/login/"' in text(response)
    assert_refused(response, client, "status 503", status=502)


@pytest.mark.parametrize("params", [{"error": "unauthorized_scope_error"}, {"code": ""}])
def test_a_provider_that_refuses_is_a_page_that_says_what_to_do(provider, client, bound, params):
    response = come_back(client, set_out(client), **params)

    assert "We couldn’t trust the answer of LinkedIn" in text(response)
    assert_refused(response, client, "authorization error", status=502)


def test_an_answer_about_somebody_else_signs_nobody_in(provider, client, bound):
    provider.userinfo = {"sub": "member-2"}

    assert_refused(come_back(client, set_out(client)), client, "userinfo subject", status=502)


def test_what_failed_is_logged_without_personal_data(provider, client, bound, caplog):
    provider.answers["/token"] = Answer(503)

    come_back(client, set_out(client))

    assert "did not vouch" in caplog.text
    assert "member-1" not in caplog.text


def test_another_provider_is_called_by_its_name(provider, client, bound, settings):
    settings.LINKEDIN_NAME = "Campus ID"
    assert "Sign in with Campus ID" in text(client.get("/o/acme/login/"))
    provider.answers["/token"] = Answer(503)

    response = come_back(client, set_out(client))

    assert "Campus ID doesn’t answer" in text(response)
    assert "LinkedIn" not in text(response)


def test_without_credentials_nothing_is_offered(client, acme, settings):
    settings.LINKEDIN_CLIENT_ID = settings.LINKEDIN_CLIENT_SECRET = ""

    for page in ("/login/", "/o/acme/login/"):
        assert "LinkedIn" not in text(client.get(page))
    for url in (ACME, ANYWHERE):
        assert client.post(url).status_code == 404


# Limits and costs


@pytest.fixture
def limited(settings, time_machine):
    settings.SIGN_IN_RATE_LIMIT = 2
    time_machine.move_to("2026-11-23T12:00:20Z", tick=False)


def test_answers_that_are_made_up_are_limited_and_leave_few_events(limited, client, acme, provider):
    statuses = [come_back(client, f"made-up-{number}").status_code for number in range(4)]

    assert statuses == [403, 403, 429, 429]
    assert len(events(Action.SIGN_IN_FAILED)) == 2


def test_sign_ins_that_succeed_do_not_use_up_the_limit(limited, provider, bound):
    for _number in range(4):
        client = Client()
        assert come_back(client, set_out(client)).status_code == 302


def test_setting_out_is_limited_by_address(limited, provider, client, acme):
    statuses = [client.post(ACME).status_code for _number in range(61)]

    assert statuses == [303] * 60 + [429]


def test_the_page_that_stops_somebody_leads_back_to_the_organization(
    limited, provider, client, acme
):
    for _number in range(60):
        client.post(ACME)

    assert 'action="/o/acme/login/"' in text(client.post(ACME))


def test_a_sign_in_costs_few_statements(provider, client, bound, django_assert_max_num_queries):
    state = set_out(client)

    with django_assert_max_num_queries(14):
        come_back(client, state)

    assert signed_in(client) is not None


def test_a_message_of_the_provider_s_own_is_never_shown(provider, client, acme):
    response = come_back(
        client,
        set_out(client),
        error="server_error",
        error_description="<b>Call this number</b>",
    )

    assert "Call this number" not in text(response)


def test_people_with_a_password_still_come_in_with_it(provider, client, make_user, required):
    ana = make_user("ann", password=PASSWORD)
    page = text(client.get("/o/acme/login/"))
    assert "Sign in with LinkedIn" in page
    assert 'name="password"' not in page
    assert "?password=1" in page

    client.post("/o/acme/login/", {"name": "ann", "password": PASSWORD})

    assert signed_in(client) == ana


# Second factors, and what nobody may learn


def test_an_administrator_s_profile_is_one_proof_and_they_owe_a_second(
    provider, client, make_admin, bind
):
    admin = make_admin("ada")
    bind(admin, subject="member-1")

    response = come_back(client, set_out(client, next="/console/"))

    assert response["Location"] == "/login/second-factor/"
    assert signed_in(client) is None
    assert not events(Action.SIGNED_IN)


@pytest.mark.parametrize(
    "take_away",
    [
        lambda admin, actor: unbind_profile(
            user=admin, actor=actor, reason=ProfileBinding.EndReason.ADMIN
        ),
        lambda admin, actor: set_policies(
            organization=admin.organization, changes={"binding_policy": "off"}, actor=actor
        ),
    ],
    ids=["disconnected", "policy off"],
)
def test_what_it_proved_is_gone_with_it(
    provider, client, make_admin, bind, system_actor, take_away
):
    admin = make_admin("ada")
    bind(admin, subject="member-1")
    come_back(client, set_out(client))
    assert client.get("/login/second-factor/").status_code == 200

    take_away(admin, system_actor)

    assert client.get("/login/second-factor/")["Location"] == "/login/"


KINDS = ["password", "profile", "nobody"]


@pytest.fixture
def kinds(provider, make_user, bind):
    make_user("password", email="password@mail.example", password=PASSWORD)
    bind(make_user("profile", email="profile@mail.example"), subject="member-1")


@pytest.mark.parametrize("url", ["/login/", "/o/acme/login/"])
def test_the_page_is_the_same_whatever_somebody_signs_in_with(client, kinds, url):
    """Text, statements and hashes: neither a profile nor a password shows from outside."""
    field = "email" if url == "/login/" else "name"

    def seen(kind):
        address = f"{kind}@mail.example"
        hashed = []
        with (
            CaptureQueriesContext(connection) as captured,
            mock.patch.object(MD5PasswordHasher, "encode", _counting(hashed)),
        ):
            page = text(client.post(url, {field: address, "password": "x" * 12}))
        page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
        kinds_of = tuple(query["sql"].split()[0] for query in captured)
        return page.replace(address, "ADDRESS"), kinds_of, len(hashed)

    first, *others = [seen(kind) for kind in KINDS]

    assert all(other == first for other in others)
    assert "Sign in with LinkedIn" in first[0]
    assert first[2] == 2


def _counting(hashed):
    encode = MD5PasswordHasher.encode

    def counting(self, password, salt):
        hashed.append(salt)
        return encode(self, password, salt)

    return counting


def test_the_first_step_is_the_same_too_and_looks_at_nobody(client, kinds):
    def seen(kind):
        address = f"{kind}@mail.example"
        with CaptureQueriesContext(connection) as captured:
            page = text(client.post("/login/", {"email": address}))
        assert not [query for query in captured if "accounts_user" in query["sql"]]
        assert not [query for query in captured if "profilebinding" in query["sql"]]
        page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
        return page.replace(address, "ADDRESS"), len(captured)

    assert len({seen(kind) for kind in KINDS}) == 1
