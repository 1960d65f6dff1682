"""My account: what it shows of a person, and what it lets them end."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Session, User
from audit.actions import Action
from audit.models import AuditEvent
from learning_portal.account import SESSIONS_SHOWN, handle_of
from sso.models import SamlConnection, SamlIdentity
from tests.factories import PASSWORD, sign_in

ACCOUNT = "/account/"
SESSIONS = "/account/sessions/"
PASSWORD_PAGE = "/account/password/"


@pytest.fixture
def ana(make_user):
    return make_user("ana", title="Demand Planner")


def text(response):
    return response.content.decode()


def key_of(client):
    return client.session.session_key


def keys():
    return set(Session.objects.values_list("session_key", flat=True))


def test_strangers_are_sent_to_the_door(client, db):
    for page in (ACCOUNT, PASSWORD_PAGE):
        assert client.get(page).url.startswith("/login/")
    assert client.post(SESSIONS).url.startswith("/login/")


def test_a_person_sees_who_they_are(client, ana):
    page = text(sign_in(client, ana).get(ACCOUNT))

    for fact in ("Ana Test", "ana@acme.example", "Demand Planner", "Learner", "Acme"):
        assert fact in page


@pytest.mark.parametrize(
    ("source", "is_owned"),
    [(User.Source.SSO, True), (User.Source.SCIM, True), (User.Source.CONSOLE, False)],
)
def test_what_the_identity_provider_owns_says_so(client, make_user, source, is_owned):
    page = text(sign_in(client, make_user("ana", source=source)).get(ACCOUNT))

    assert ("identity provider keeps these" in page) is is_owned
    assert ("administrator of your organization can change" in page) is not is_owned


def test_single_sign_on_identities_are_shown_with_their_last_use(client, ana, acme):
    okta = SamlConnection.objects.create(organization=acme, name="Okta")
    SamlIdentity.objects.create(
        connection=okta, user=ana, name_id="ana-7", last_used_at=timezone.now()
    )
    sign_in(client, ana, door=Session.Door.SSO, connection_id=okta.pk)

    page = text(client.get(ACCOUNT))

    assert "<b>Okta</b>" in page
    assert '<td data-label="Through">Okta</td>' in page
    assert "Change password" not in page


def test_platform_staff_have_the_page_too(client, make_staff):
    assert sign_in(client, make_staff("ops")).get(ACCOUNT).status_code == 200


def test_the_page_costs_few_statements_however_many_browsers(client, ana, acme):
    okta = SamlConnection.objects.create(organization=acme, name="Okta")
    SamlIdentity.objects.create(
        connection=okta, user=ana, name_id="ana-7", last_used_at=timezone.now()
    )
    for _ in range(SESSIONS_SHOWN + 5):
        sign_in(Client(), ana)
    sign_in(client, ana)

    with CaptureQueriesContext(connection) as captured:
        page = text(client.get(ACCOUNT))

    assert len(captured) <= 9
    assert page.count('data-label="Signed in"') == SESSIONS_SHOWN
    assert "The newest are shown." in page


def test_this_browser_is_marked_and_comes_first(client, ana):
    sign_in(client, ana)
    other = sign_in(Client(HTTP_USER_AGENT="x"), ana)

    page = text(client.get(ACCOUNT))

    assert page.index("This one") < page.index(handle_of(key_of(other)))
    assert handle_of(key_of(client)) not in page


def test_session_keys_are_never_printed(client, ana):
    sign_in(client, ana)
    sign_in(Client(), ana)

    page = text(client.get(ACCOUNT))

    assert not [key for key in keys() if key in page]


def test_sessions_that_are_over_and_sessions_of_others_are_not_shown(client, ana, make_user):
    sign_in(client, ana)
    old = key_of(sign_in(Client(), ana))
    Session.objects.filter(session_key=old).update(expire_date=timezone.now())
    theirs = key_of(sign_in(Client(), make_user("ben")))

    page = text(client.get(ACCOUNT))

    assert handle_of(old) not in page
    assert handle_of(theirs) not in page


def test_one_other_browser_can_be_signed_out(client, ana):
    sign_in(client, ana)
    phone, tablet = sign_in(Client(), ana), sign_in(Client(), ana)

    response = client.post(SESSIONS, {"session": handle_of(key_of(phone))}, follow=True)

    assert "1 browser signed out." in text(response)
    assert keys() == {key_of(client), key_of(tablet)}
    assert phone.get("/account/").status_code == 302
    event = AuditEvent.objects.get()
    assert (event.action, event.target_id) == (Action.SESSIONS_REVOKED, str(ana.pk))


def test_all_other_browsers_can_be_signed_out_at_once(client, ana, make_user):
    sign_in(client, ana)
    for _ in range(3):
        sign_in(Client(), ana)
    theirs = key_of(sign_in(Client(), make_user("ben")))

    response = client.post(SESSIONS, {"others": "1"}, follow=True)

    assert "3 browsers signed out." in text(response)
    assert keys() == {key_of(client), theirs}


@pytest.mark.parametrize("where", ["acme", "globex"])
def test_nobody_ends_the_session_of_somebody_else(client, ana, make_user, globex, acme, where):
    other = make_user("ben", organization={"acme": acme, "globex": globex}[where])
    theirs = key_of(sign_in(Client(), other))
    sign_in(client, ana)

    for wanted in (handle_of(theirs), theirs):
        client.post(SESSIONS, {"session": wanted})

    assert theirs in keys()
    assert not AuditEvent.objects.exists()


def test_a_browser_does_not_end_itself_by_accident(client, ana):
    sign_in(client, ana)

    response = client.post(SESSIONS, {"session": handle_of(key_of(client))}, follow=True)

    assert "signed out already" in text(response)
    assert keys() == {key_of(client)}


def test_ending_sessions_needs_a_form_of_ours(ana):
    client = sign_in(Client(enforce_csrf_checks=True), ana)
    other = key_of(sign_in(Client(), ana))

    assert client.post(SESSIONS, {"others": "1"}).status_code == 403
    assert client.get(SESSIONS).status_code == 405
    assert other in keys()


# The password


@pytest.fixture
def mara(make_user):
    return make_user("mara", password=PASSWORD)


def change(client, old=PASSWORD, new="another horse entirely", again=None):
    return client.post(
        PASSWORD_PAGE,
        {"old_password": old, "new_password1": new, "new_password2": again or new},
    )


def test_a_changed_password_keeps_this_browser_and_ends_the_others(client, mara):
    sign_in(client, mara)
    other = sign_in(Client(), mara)
    before = key_of(client)

    assert change(client).url == ACCOUNT

    assert client.get(ACCOUNT).status_code == 200
    assert other.get(ACCOUNT).status_code == 302
    assert keys() == {key_of(client)}
    assert key_of(client) != before
    assert User.objects.active().get(pk=mara.pk).check_password("another horse entirely")
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert Action.PASSWORD_CHANGED in actions


@pytest.mark.parametrize(
    "values",
    [
        {"old": "wrong horse battery"},
        {"new": "short"},
        {"new": "another horse entirely", "again": "something else again"},
    ],
)
def test_a_refused_change_changes_nothing(client, mara, values):
    sign_in(client, mara)

    response = change(client, **values)

    assert response.status_code == 200
    assert 'aria-invalid="true"' in text(response)
    assert User.objects.active().get(pk=mara.pk).check_password(PASSWORD)


def test_guessing_the_old_password_is_limited(client, mara, settings, time_machine):
    time_machine.move_to(timezone.now(), tick=False)  # a minute's end would begin another count
    settings.SIGN_IN_RATE_LIMIT = 2
    sign_in(client, mara)
    for _ in range(2):
        change(client, old="wrong horse battery")

    assert change(client).status_code == 429


def test_people_without_a_password_get_none_here(client, ana):
    sign_in(client, ana)

    assert client.get(PASSWORD_PAGE).status_code == 403
    assert change(client).status_code == 403
    assert not User.objects.active().get(pk=ana.pk).has_usable_password()


def test_the_form_asks_for_the_old_password_and_names_the_rules(client, mara):
    page = text(sign_in(client, mara).get(PASSWORD_PAGE))

    assert 'name="old_password"' in page
    assert "at least 12 characters" in page
    assert "Change password" in text(client.get(ACCOUNT))


@pytest.mark.parametrize(
    ("policy", "says"), [("optional", "LinkedIn"), ("off", "Connected profile")]
)
def test_a_session_by_a_profile_is_called_as_the_policy_lets_it_be(client, ana, acme, policy, says):
    acme.binding_policy = policy
    acme.save()
    sign_in(client, ana, door=Session.Door.LINKEDIN)

    page = text(client.get(ACCOUNT))

    assert f'data-label="Through">{says}<' in page
