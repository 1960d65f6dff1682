"""The sign-in pages: which door they lead to, and what they tell a stranger."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Domain, Organization, Session, User
from accounts.sign_in import LAST_ORGANIZATION_COOKIE
from audit.actions import Action
from audit.models import AuditEvent
from tests.accounts.doorways import ACME, LOGIN, enter, signed_in, text
from tests.factories import PASSWORD
from tests.factors import prove, with_app

# The first step


def test_an_address_of_a_proved_domain_leads_to_its_organization(client, okta):
    response = client.post(LOGIN, {"email": "Anybody@ACME.example", "next": "/account/"})

    assert response.status_code == 302
    assert response.url == "/o/acme/login/?next=%2Faccount%2F"


def test_a_domain_that_nobody_proved_leads_nowhere(client, okta):
    Domain.objects.update(verified_at=None)

    response = client.post(LOGIN, {"email": "ana@acme.example"})

    assert response.status_code == 200
    assert 'name="password"' in text(response)


def test_a_suspended_organization_gets_nobody_from_the_first_step(client, okta, acme):
    Organization.objects.update(status=Organization.Status.SUSPENDED)

    assert client.post(LOGIN, {"email": "ana@acme.example"}).status_code == 200


def test_an_organization_without_an_identity_provider_leads_to_the_password(client, acme, no_doors):
    Domain.objects.create(
        organization=acme, name="acme.example", token="x", verified_at=timezone.now()
    )

    assert 'name="password"' in text(client.post(LOGIN, {"email": "ana@acme.example"}))


def test_a_mistyped_address_is_explained_beside_the_field(client, db):
    page = text(client.post(LOGIN, {"email": "ana"}))

    assert "Enter a full address, as in mara@acme.example." in page
    assert 'aria-invalid="true"' in page
    assert 'name="password"' not in page


def test_the_password_step_keeps_the_address_and_the_way_back(client, db):
    page = text(client.post(LOGIN, {"email": "ana@nowhere.example", "next": "/account/"}))

    assert 'value="ana@nowhere.example"' in page
    assert 'name="next" value="/account/"' in page


def test_a_foreign_way_back_is_dropped(client, db):
    page = text(client.get(LOGIN, {"next": "https://evil.example/"}))

    assert "evil.example" not in page


# The password step


def test_a_password_signs_in_and_leads_where_somebody_was_going(client, make_user):
    ana = make_user("ana", password=PASSWORD)

    response = enter(client, "ANA@acme.example", next="/account/")

    assert response.url == "/account/"
    assert signed_in(client) == ana
    assert Session.objects.get().door == Session.Door.PASSWORD


def test_a_sign_in_is_recorded_with_its_door_and_nothing_about_the_person(client, make_user):
    ana = make_user("ana", password=PASSWORD)

    enter(client, ana.email)

    event = AuditEvent.objects.get()
    assert event.action == Action.SIGNED_IN
    assert event.organization == ana.organization
    assert event.target_id == str(ana.pk)
    assert event.changes == {"door": "password"}
    assert event.address == "127.0.0.1"


def test_platform_staff_sign_in_here_too(client, make_staff):
    ops = with_app(make_staff("ops", email="ops@portal.example", password=PASSWORD))

    enter(client, "ops@portal.example")
    prove(client, ops)

    assert signed_in(client) == ops
    assert LAST_ORGANIZATION_COOKIE not in client.cookies


def test_a_wrong_password_is_refused_and_recorded_without_what_was_typed(client, make_user):
    ana = make_user("ana", password=PASSWORD)

    response = enter(client, ana.email, "wrong horse battery staple")

    assert "don’t belong together" in text(response)
    assert "wrong horse" not in text(response)
    assert signed_in(client) is None
    event = AuditEvent.objects.get()
    assert event.action == Action.SIGN_IN_FAILED
    assert event.organization == ana.organization
    assert event.target_id == str(ana.pk)
    assert event.changes == {"door": "password", "reason": "password"}


def test_a_failed_sign_in_leaves_no_session_behind(client, make_user):
    make_user("ana", password=PASSWORD)

    enter(client, "ana@acme.example", "wrong horse battery staple")

    assert not Session.objects.exists()


def test_a_person_without_a_password_cannot_come_in_with_one(client, make_user):
    make_user("ana")

    assert "don’t belong together" in text(enter(client, "ana@acme.example", "!"))
    assert signed_in(client) is None


def test_an_empty_password_is_asked_for(client, make_user):
    make_user("ana", password=PASSWORD)

    assert "Enter your password." in text(enter(client, "ana@acme.example", ""))


@pytest.mark.parametrize("state", [User.State.DEACTIVATED, User.State.INVITED])
def test_a_closed_account_says_so_only_to_its_own_password(client, make_user, state):
    make_user("ana", password=PASSWORD, state=state)

    assert "This account is closed." in text(enter(client, "ana@acme.example"))
    assert "don’t belong together" in text(enter(client, "ana@acme.example", "x" * 12))
    assert signed_in(client) is None
    reasons = [event.changes["reason"] for event in AuditEvent.objects.order_by("id")]
    assert reasons == ["closed", "password"]


def test_a_deleted_account_is_as_unknown_as_any(client, make_user):
    make_user("ana", password=PASSWORD, state=User.State.DELETED)

    assert "don’t belong together" in text(enter(client, "ana@acme.example"))


def test_a_suspended_organization_is_named_to_the_right_password(client, make_user, acme):
    make_user("ana", password=PASSWORD)
    Organization.objects.update(status=Organization.Status.SUSPENDED)

    assert "Acme’s access is suspended." in text(enter(client, "ana@acme.example"))
    assert signed_in(client) is None


# Coming back


def test_the_next_sign_in_begins_at_the_last_organization(client, make_user, okta):
    make_user("ana", password=PASSWORD)
    enter(client, "ana@acme.example")
    cookie = client.cookies[LAST_ORGANIZATION_COOKIE]
    client.post("/logout/")

    response = client.get(LOGIN, {"next": "/account/"})

    assert cookie.value == "acme"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert response.url == "/o/acme/login/?next=%2Faccount%2F"
    assert "Not you?" in text(client.get(response.url))


def test_not_you_forgets_the_organization(client, acme):
    client.cookies[LAST_ORGANIZATION_COOKIE] = "acme"

    response = client.get(LOGIN, {"other": "1"})

    assert 'name="email"' in text(response)
    assert response.cookies[LAST_ORGANIZATION_COOKIE].value == ""


def test_a_visit_alone_remembers_no_organization(client, okta):
    client.get(ACME)

    assert LAST_ORGANIZATION_COOKIE not in client.cookies


def test_an_organization_that_is_gone_is_not_returned_to(client, db):
    client.cookies[LAST_ORGANIZATION_COOKIE] = "gone"

    assert 'name="email"' in text(client.get(LOGIN))


@pytest.mark.parametrize("page", [LOGIN, ACME])
def test_whoever_is_signed_in_is_sent_on(client, make_user, sign_in, page):
    sign_in(client, make_user("ana"))

    assert client.get(page, {"next": "/account/"}).url == "/account/"
    assert client.get(page).url == "/"


def test_somebody_of_another_organization_may_sign_in_as_well(client, acme, globex, make_user):
    gus = make_user("gus", organization=globex, password=PASSWORD)
    ana = make_user("ana", password=PASSWORD)
    client.post("/o/globex/login/", {"name": "gus", "password": PASSWORD})
    assert signed_in(client) == gus

    assert client.get(ACME).status_code == 200
    client.post(ACME, {"name": "ana", "password": PASSWORD})

    assert signed_in(client) == ana
    assert Session.objects.count() == 1


def test_a_person_whose_sessions_were_ended_is_told_at_the_door(client, make_user, sign_in):
    ana = make_user("ana")
    sign_in(client, ana)
    Session.objects.all().delete()

    response = client.get("/", follow=True)

    assert response.redirect_chain[-1][0].startswith(LOGIN)
    assert "your session ended" in text(response)


def test_a_person_whose_organization_is_suspended_is_told_at_the_door(client, make_user, sign_in):
    sign_in(client, make_user("ana"))
    Organization.objects.update(status=Organization.Status.SUSPENDED)

    assert "Your account is closed at the moment." in text(client.get("/", follow=True))


def test_a_stranger_is_told_nothing(client, db):
    assert 'role="status"' not in text(client.get(LOGIN))


# Limits and cookies


def test_the_attempt_over_the_limit_gets_a_page_with_the_seconds_to_wait(
    client, make_user, settings, time_machine
):
    settings.SIGN_IN_RATE_LIMIT = 2
    make_user("ana", password=PASSWORD)
    time_machine.move_to("2026-11-23T12:00:20Z", tick=False)
    for _ in range(2):
        assert enter(client, "ana@acme.example", "x" * 12).status_code == 200

    response = enter(client, "ana@acme.example")

    assert response.status_code == 429
    assert response["Retry-After"] == "40"
    assert "Try again in 40 seconds." in text(response)
    assert signed_in(client) is None


def test_an_account_is_limited_however_its_name_is_spelled(make_user, settings, time_machine):
    """Each spelling opens the account, so each is one more guess at its password."""
    settings.SIGN_IN_RATE_LIMIT = 3
    time_machine.move_to("2026-11-23T12:00:20Z", tick=False)  # a minute's end begins another count
    make_user("ana", password=PASSWORD)
    spellings = ["ana", "ANA", "\uff41na", "a\uff4ea", " an\uff41"]

    statuses = [
        Client(REMOTE_ADDR=f"192.0.2.{number}")
        .post("/o/acme/login/", {"name": spelling, "password": "x" * 12})
        .status_code
        for number, spelling in enumerate(spellings)
    ]

    assert statuses == [200, 200, 200, 429, 429]


def test_sign_ins_that_succeed_do_not_use_up_the_limit(make_user, settings, time_machine):
    settings.SIGN_IN_RATE_LIMIT = 2
    time_machine.move_to("2026-11-23T12:00:20Z", tick=False)  # all of them in one minute
    make_user("ana", password=PASSWORD)

    statuses = {enter(Client(), "ana@acme.example").status_code for _ in range(6)}

    assert statuses == {302}


def test_a_browser_without_cookies_is_told_what_is_wrong(make_user):
    make_user("ana", password=PASSWORD)
    client = Client(enforce_csrf_checks=True)

    response = enter(client, "ana@acme.example")

    assert response.status_code == 403
    assert "This browser keeps no cookies" in text(response)


def test_a_stale_form_is_told_so(make_user):
    client = Client(enforce_csrf_checks=True)
    client.get(LOGIN)

    response = enter(client, "ana@acme.example")

    assert response.status_code == 403
    assert "This form was too old to send" in text(response)


def test_sign_in_pages_are_never_cached(client, okta):
    for page in (LOGIN, ACME):
        assert "no-store" in client.get(page)["Cache-Control"]


def test_no_door_is_offered_that_this_release_does_not_have(client, okta):
    for page in (LOGIN, ACME):
        assert not {"LinkedIn", "passkey"} & set(text(client.get(page)).split())


def waits_in(response) -> list[str]:
    """The fields in which the cursor waits."""
    inputs = re.findall(r"<input[^>]*>", response.content.decode())
    return [re.search(r'name="(\w+)"', each)[1] for each in inputs if "autofocus" in each]


def test_the_cursor_waits_where_something_is_to_be_typed(client, db):
    assert waits_in(client.get(LOGIN)) == ["email"]
    assert waits_in(client.post(LOGIN, {"email": "not an address"})) == ["email"]
    assert waits_in(client.post(LOGIN, {"email": "ana@acme.example"})) == ["password"]
    assert waits_in(enter(client, "ana@acme.example", password="wrong")) == ["password"]


def test_a_page_with_a_mistake_says_so_in_its_title(client, db):
    assert "<title>Sign in · " in client.get(LOGIN).content.decode()
    assert "<title>Error: Sign in · " in client.post(LOGIN, {"email": ""}).content.decode()
