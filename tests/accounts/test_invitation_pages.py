"""From the mail's link to the first page: nothing is opened by looking, and nobody else gets in."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import acceptance
from accounts.acceptance import Way, offered
from accounts.invitations import held_invitation
from accounts.models import BindingPolicy, Invitation, Organization, Session, User
from accounts.roles import Role
from accounts.services import accept_invitation, deactivate_user, invite, revoke_invitation
from audit.actions import Action
from audit.models import AuditEvent
from tests.accounts.doorways import signed_in
from tests.accounts.invited import PASSWORD, invited, link, opened, text

State = User.State
WAYS, ACCOUNT = "/invitation/ways/", "/invitation/account/"
NEW = {"first_name": "Mara", "last_name": "Lind", "password": PASSWORD}
LINKEDIN = Way("Connect your LinkedIn account", "It is your sign-in too.", "/in/", "LinkedIn")


@pytest.fixture
def mara(make_user, no_doors, monkeypatch):
    monkeypatch.setattr(acceptance, "_sources", [])
    return make_user(
        "mara@acme.example",
        state=State.INVITED,
        email="mara@acme.example",
        first_name="",
        last_name="",
    )


@pytest.fixture
def linkedin(mara, monkeypatch):
    monkeypatch.setattr(acceptance, "_sources", [lambda invitation: [LINKEDIN]])


def policy(value):
    Organization.objects.update(binding_policy=value)


# ---------------------------------------------------------------- looking


def test_the_secret_leaves_the_address_at_once(client, mara):
    _invitation, secret = invited(mara)

    response = client.get(link(secret))

    assert (response.status_code, response.url) == (302, "/invitation/")
    assert secret not in str(client.session.items())
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Referrer-Policy"] == "same-origin"


def test_looking_opens_nothing(client, mara):
    invitation, secret = invited(mara)
    for _scanner in range(3):
        client.get(link(secret))
        client.get("/invitation/")

    page = text(client.get("/invitation/"))
    assert "Join Acme" in page
    assert "Ada Novak invites you to the learning portal of Acme." in page
    invitation.refresh_from_db()
    assert (invitation.opened_at, invitation.accepted_at) == (None, None)
    assert client.get(WAYS).url == "/invitation/"
    assert client.get(ACCOUNT).url == "/invitation/"
    assert client.post(ACCOUNT, NEW).url == "/invitation/"


def test_a_forwarded_mail_says_whose_address_it_is_for_and_not_all_of_it(client, mara):
    _invitation, secret = invited(mara)
    client.get(link(secret))

    page = text(client.get("/invitation/"))

    assert "m•••@acme.example" in page
    assert "mara@acme.example" not in page


@pytest.mark.parametrize(
    ("end", "heading", "advice"),
    [
        ("used", "This invitation was used", "/o/acme/login/"),
        ("expired", "This invitation has ended", "mailto:it@acme.example"),
        ("revoked", "This invitation was revoked", "mailto:it@acme.example"),
        ("replaced", "There is a newer invitation", "Open the link in that one"),
        ("deactivated", "This account is closed", "mailto:it@acme.example"),
        ("other_address", "This address isn’t the account’s any more", "mailto:it@acme.example"),
        ("suspended", "Acme has no access at the moment", "mailto:it@acme.example"),
    ],
)
def test_one_that_opens_nothing_says_why_and_what_to_do(
    client, mara, system_actor, end, heading, advice
):
    invitation, secret = invited(mara)
    client.get(link(secret))
    now = timezone.now()
    match end:
        case "used":
            accept_invitation(invitation=invitation, actor=system_actor)
        case "expired":
            Invitation.objects.update(expires_at=now)
        case "revoked":
            revoke_invitation(user=mara, actor=system_actor)
        case "replaced":
            invite(user=mara, actor=system_actor)
        case "deactivated":
            deactivate_user(user=mara, actor=system_actor)
        case "other_address":
            User.objects.filter(pk=mara.pk).update(email="else@acme.example")
        case "suspended":
            Organization.objects.update(status=Organization.Status.SUSPENDED)

    response = client.get("/invitation/")

    assert response.status_code == 403
    assert heading in text(response)
    assert advice in text(response)
    assert "mara@" not in text(response)
    assert client.post("/invitation/").status_code == 403
    assert held_invitation(client.get("/login/").wsgi_request) is None


def test_what_is_no_link_is_told_so(client, db):
    client.get(link("x" * 43))

    response = client.get("/invitation/")

    assert response.status_code == 404
    assert "This is no invitation of ours" in text(response)
    assert "follow the mail’s link again" in text(Client().get("/invitation/"))


def test_guessing_is_limited(client, db, settings):
    settings.SIGN_IN_RATE_LIMIT = 3
    with time_machine.travel(timezone.now(), tick=False):
        statuses = []
        for number in range(4):
            client.get(link(str(number)))
            statuses.append(client.get("/invitation/").status_code)

    assert statuses == [404, 404, 404, 429]


# ---------------------------------------------------------------- opening


def test_opening_signs_nobody_in_and_takes_a_new_key(client, mara):
    _invitation, secret = invited(mara)
    client.get(link(secret))
    before = client.session.session_key

    response = client.post("/invitation/")

    assert response.url == WAYS
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()
    assert signed_in(client) is None
    assert held_invitation(client.get(ACCOUNT).wsgi_request).user == mara


def test_whoever_is_signed_in_here_is_told_and_then_is_not(client, mara, make_user, sign_in):
    ben = make_user("ben")
    sign_in(client, ben)
    _invitation, secret = invited(mara)
    client.get(link(secret))
    assert "Opening the invitation signs Ben Test out" in text(client.get("/invitation/"))
    assert signed_in(client) == ben

    client.post("/invitation/")

    assert signed_in(client) is None
    assert AuditEvent.objects.filter(action=Action.SIGNED_OUT, target_id=ben.pk).exists()
    assert client.get(ACCOUNT).status_code == 200


def test_it_is_held_for_an_hour(mara):
    client = opened(mara)

    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert client.get(ACCOUNT).url == "/invitation/"


def test_another_browser_holds_nothing(mara):
    opened(mara)

    assert Client().get(ACCOUNT).url == "/invitation/"


def test_whoever_is_in_already_goes_home_from_there(mara, sign_in):
    client = sign_in(Client(), mara)
    User.objects.update(state=State.ACTIVE)

    assert client.get(ACCOUNT).url == "/"


# ---------------------------------------------------------------- choosing


@pytest.mark.parametrize("value", [BindingPolicy.OPTIONAL, BindingPolicy.OFF])
def test_where_there_is_nothing_to_choose_the_account_is_next(mara, value):
    policy(value)

    assert opened(mara).get(WAYS).url == ACCOUNT


def test_where_linkedin_is_optional_both_are_offered(mara, linkedin):
    client = opened(mara)

    page = text(client.get(WAYS))

    assert page.index("Connect your LinkedIn account") < page.index("Continue without LinkedIn")
    assert client.get(ACCOUNT).status_code == 200


def test_where_linkedin_is_required_there_is_no_way_around(mara, linkedin):
    policy(BindingPolicy.REQUIRED)
    client = opened(mara)

    page = text(client.get(WAYS))

    assert "Connect your LinkedIn account" in page
    assert "without LinkedIn" not in page
    assert client.get(ACCOUNT).url == WAYS
    assert client.post(ACCOUNT, NEW).url == WAYS
    mara.refresh_from_db()
    assert mara.state == State.INVITED


def test_where_linkedin_is_off_its_name_is_nowhere(mara, linkedin):
    policy(BindingPolicy.OFF)
    client = opened(mara)

    assert client.get(WAYS).url == ACCOUNT
    assert "LinkedIn" not in text(client.get(ACCOUNT))


def test_required_without_linkedin_set_up_is_no_dead_end_without_words(mara):
    policy(BindingPolicy.REQUIRED)

    response = opened(mara).get(WAYS)

    assert response.status_code == 403
    assert "mailto:it@acme.example" in text(response)


def test_where_people_come_through_single_sign_on_that_is_first(mara, okta):
    page = text(opened(mara).get(WAYS))

    assert page.index("Continue to Okta") < page.index("Create your account")


def test_whoever_was_here_is_led_to_another_way_into_their_account(make_user, linkedin):
    policy(BindingPolicy.OPTIONAL)
    ana = make_user("ana")
    _invitation, secret = invited(ana)
    client = Client()
    client.get(link(secret))

    first = text(client.get("/invitation/"))
    client.post("/invitation/")
    ways, account = text(client.get(WAYS)), text(client.get(ACCOUNT))

    assert "invites you to another way into your account at Acme" in first
    assert "Join Acme" not in first
    assert "To your account at Acme" in ways
    assert "Choose a password" in account
    assert "Create" not in account
    assert f'href="{WAYS}"' in account


def test_where_there_is_one_way_none_leads_back(mara, linkedin):
    policy(BindingPolicy.OFF)

    assert f'href="{WAYS}"' not in text(opened(mara).get(ACCOUNT))


def test_where_single_sign_on_is_required_no_password_is_made(mara, okta):
    Organization.objects.update(sso_required_at=timezone.now())
    client = opened(mara)

    assert "Create your account" not in text(client.get(WAYS))
    assert client.post(ACCOUNT, NEW).url == WAYS


@pytest.mark.parametrize("value", BindingPolicy.values)
@pytest.mark.parametrize("has_linkedin", [False, True])
@pytest.mark.parametrize("has_account", [False, True])
def test_what_a_policy_leaves(value, has_linkedin, has_account):
    account = Way("Account", "", "/account/") if has_account else None

    left = offered([LINKEDIN] if has_linkedin else [], policy=value, account=account)

    assert (LINKEDIN in left) == (has_linkedin and value != BindingPolicy.OFF)
    assert (account in left) == (has_account and value != BindingPolicy.REQUIRED)
    assert None not in left


def test_a_way_is_registered_once(monkeypatch):
    monkeypatch.setattr(acceptance, "_sources", [])

    def ways(invitation):
        return [LINKEDIN]

    acceptance.register(acceptance.register(ways))
    assert acceptance.registered_ways(None) == [LINKEDIN]


# ---------------------------------------------------------------- an account


def test_the_account_is_made_and_the_person_is_in(mara):
    client = opened(mara)
    before = client.session.session_key

    response = client.post(ACCOUNT, NEW)

    assert response.url == "/"
    assert signed_in(client) == mara
    assert not Session.objects.filter(session_key=before).exists()
    mara.refresh_from_db()
    assert (mara.state, mara.display_name) == (State.ACTIVE, "Mara Lind")
    assert mara.has_verified_email
    assert AuditEvent.objects.filter(action=Action.SIGNED_IN, target_id=mara.pk).exists()
    assert "last-organization" in response.cookies


def test_a_weak_password_is_refused_with_the_reason(mara):
    client = opened(mara)

    response = client.post(ACCOUNT, NEW | {"password": "short"})

    assert "at least 12 characters" in text(response)
    assert signed_in(client) is None
    assert client.post(ACCOUNT, NEW).url == "/"


def test_a_second_browser_comes_too_late(mara):
    _invitation, secret = invited(mara)
    first, second = Client(), Client()
    for browser in (first, second):
        browser.get(link(secret))
        browser.post("/invitation/")

    first.post(ACCOUNT, NEW)
    response = second.post(ACCOUNT, NEW | {"password": "another walk by the sea"})

    assert response.url == "/invitation/"
    assert signed_in(second) is None
    mara.refresh_from_db()
    assert mara.check_password(PASSWORD)


def test_one_that_is_used_up_in_the_same_moment_leads_back(mara, monkeypatch):
    from accounts import invitation_views
    from accounts.errors import InvitationClosed

    def too_late(**_fields):
        raise InvitationClosed(InvitationClosed.Why.USED)

    client = opened(mara)
    monkeypatch.setattr(invitation_views, "create_member_account", too_late)

    assert client.post(ACCOUNT, NEW).url == WAYS


def test_whoever_was_here_before_is_in_the_same_account(make_user, no_doors):
    ana = make_user("ana")
    client = opened(ana)

    assert client.post(ACCOUNT, NEW).url == "/"
    assert signed_in(client) == ana


@pytest.mark.parametrize("state", [State.INVITED, State.ACTIVE])
def test_an_invitation_is_no_second_factor(make_user, no_doors, state):
    boss = make_user("boss", role=Role.FULL_ADMIN, state=state)
    client = opened(boss)

    response = client.post(ACCOUNT, NEW)

    assert response.url == "/login/second-factor/"
    assert signed_in(client) is None
    boss.refresh_from_db()
    assert boss.check_password(PASSWORD)


def test_a_directory_s_names_are_not_asked_for(make_user, no_doors):
    ana = make_user("ana", source=User.Source.SCIM)

    page = text(opened(ana).get(ACCOUNT))

    assert 'name="first_name"' not in page


# ---------------------------------------------------------------- the other organization


def test_the_same_address_elsewhere_stays_what_it_is(mara, make_user, globex):
    other = make_user(
        "mara@acme.example", organization=globex, email="mara@acme.example", state=State.INVITED
    )
    client = opened(mara)

    client.post(ACCOUNT, NEW)

    assert signed_in(client) == mara
    other.refresh_from_db()
    assert (other.state, other.has_usable_password()) == (State.INVITED, False)
    assert not other.has_verified_email


def test_an_invitation_of_globex_opens_nothing_at_acme(mara, make_user, globex):
    thief = make_user("thief", organization=globex, state=State.INVITED, email=mara.email)
    client = opened(thief)

    client.post(ACCOUNT, NEW)

    assert signed_in(client) == thief
    assert signed_in(client).organization == globex
    mara.refresh_from_db()
    assert mara.state == State.INVITED


def test_the_pages_are_cheap(mara, django_assert_max_num_queries):
    client = opened(mara)

    with django_assert_max_num_queries(4):  # the session, the invitation with its person
        assert client.get(ACCOUNT).status_code == 200
