"""How a session begins and how long it lasts."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from accounts.models import Session
from accounts.sessions import SessionStore
from accounts.sign_in import STAFF_SESSION_HOURS, start_session
from audit.context import RequestContext, request_context

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CHANGES = ("INSERT", "UPDATE", "DELETE", "SELECT")


@pytest.fixture
def come_in(rf):
    """Starts a session in a request of its own and answers the response and its request."""

    def run(user, *, cookie=None, **kwargs):
        request = rf.get("/")
        if cookie:
            request.COOKIES["session"] = cookie
        kwargs.setdefault("door", Session.Door.PASSWORD)

        def view(request):
            start_session(request, user, **kwargs)
            return HttpResponse()

        context = RequestContext(address="192.0.2.7", client="Firefox/140")
        with request_context(context):
            response = SessionMiddleware(view)(request)
        return request, response

    return run


def statements(captured):
    return [query["sql"].split()[0] for query in captured if query["sql"].split()[0] in CHANGES]


def test_a_new_sign_in_costs_one_insert_and_one_update(come_in, make_user):
    ana = make_user("ana")

    with CaptureQueriesContext(connection) as captured:
        come_in(ana, door=Session.Door.SSO)

    assert sorted(statements(captured)) == ["INSERT", "UPDATE"]


def test_behind_a_password_somebody_looks_for_a_second_factor(come_in, make_user):
    ana = make_user("ana")

    with CaptureQueriesContext(connection) as captured:
        come_in(ana)

    assert sorted(statements(captured)) == ["INSERT", "SELECT", "UPDATE"]


def test_the_last_sign_in_is_kept(come_in, make_user):
    ana, ben = make_user("ana"), make_user("ben")

    with time_machine.travel(NOON, tick=False):
        come_in(ana)

    assert ana.last_login == NOON
    ana.refresh_from_db()
    ben.refresh_from_db()
    assert (ana.last_login, ben.last_login) == (NOON, None)


@pytest.mark.parametrize(
    ("before", "statements_for_it"),
    [(timedelta(seconds=-1), 1), (timedelta(), 0), (timedelta(seconds=1), 1)],
)
def test_a_last_sign_in_that_was_just_kept_is_not_kept_again(
    come_in, make_user, before, statements_for_it
):
    ana = make_user("ana", last_login=NOON - before)

    with (
        time_machine.travel(NOON, tick=False),
        CaptureQueriesContext(connection) as captured,
    ):
        come_in(ana, door=Session.Door.SSO, connection_id=ana.organization_id)

    assert statements(captured).count("UPDATE") == statements_for_it
    assert ana.last_login == NOON


def test_the_session_row_says_whose_it_is_and_where_it_came_from(come_in, make_user, acme):
    ana = make_user("ana")

    with time_machine.travel(NOON, tick=False):
        come_in(ana, door=Session.Door.SSO, connection_id=acme.pk)

    session = Session.objects.get()
    assert session.user == ana
    assert session.door == Session.Door.SSO
    assert session.connection_id == acme.pk
    assert session.address == "192.0.2.7"
    assert session.client == "Firefox/140"
    assert session.created_at == NOON


def test_a_session_lasts_as_long_as_the_organization_says(come_in, make_user, acme):
    acme.session_hours = 3
    acme.save()

    with time_machine.travel(NOON, tick=False):
        come_in(make_user("ana", organization=acme))

    assert Session.objects.get().expire_date == NOON + timedelta(hours=3)


def test_platform_staff_have_a_session_length_of_their_own(come_in, make_staff):
    with time_machine.travel(NOON, tick=False):
        come_in(make_staff("ops"), second_factor=Session.SecondFactor.CODE)

    assert Session.objects.get().expire_date == NOON + timedelta(hours=STAFF_SESSION_HOURS)


@pytest.mark.parametrize(("hours", "expected"), [(1, 1), (100, 12)])
def test_the_identity_provider_can_shorten_a_session_and_never_lengthen_it(
    come_in, make_user, hours, expected
):
    with time_machine.travel(NOON, tick=False):
        come_in(make_user("ana"), not_after=NOON + timedelta(hours=hours))

    assert Session.objects.get().expire_date == NOON + timedelta(hours=expected)


def test_being_busy_does_not_prolong_a_session(client, make_user, rf, come_in):
    with time_machine.travel(NOON, tick=False) as clock:
        _request, response = come_in(make_user("ana"))
        key = response.cookies["session"].value
        clock.move_to(NOON + timedelta(hours=11))

        def view(request):
            request.session["seen"] = True
            return HttpResponse()

        request = rf.get("/")
        request.COOKIES["session"] = key
        again = SessionMiddleware(view)(request)

    assert again.cookies["session"]["max-age"] == 60 * 60
    assert Session.objects.get().expire_date == NOON + timedelta(hours=12)


def test_an_anonymous_session_gets_a_new_key_and_its_old_row_goes(come_in, make_user, rf):
    planted = rf.get("/")
    SessionMiddleware(lambda request: HttpResponse()).process_request(planted)
    planted.session["cart"] = 1
    planted.session.save()
    key = planted.session.session_key

    request, _response = come_in(make_user("ana"), cookie=key)

    assert request.session.session_key != key
    assert "cart" not in request.session
    assert not Session.objects.filter(session_key=key).exists()


@pytest.mark.parametrize("same_person", [True, False])
def test_signing_in_again_is_a_new_session_with_nothing_of_the_old(come_in, make_user, same_person):
    ana = make_user("ana")
    first, response = come_in(ana)
    old_key = response.cookies["session"].value

    second, _response = come_in(ana if same_person else make_user("ben"), cookie=old_key)

    assert second.session.session_key != old_key
    assert not Session.objects.filter(session_key=old_key).exists()
    assert Session.objects.count() == 1
    assert first.session[SESSION_KEY] == str(ana.pk)


def test_the_csrf_token_is_new_after_a_sign_in(come_in, make_user):
    request, _response = come_in(make_user("ana"))

    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"]


@pytest.mark.django_db(transaction=True)  # the INSERT stands alone, as it does in a request
def test_two_sessions_with_one_key_cannot_exist(come_in, make_user, monkeypatch):
    _request, response = come_in(make_user("ana"))
    taken = response.cookies["session"].value
    keys = iter([taken, "a" * 32])
    monkeypatch.setattr(
        "accounts.sessions.SessionStore._get_new_session_key", lambda _self: next(keys)
    )

    request, _response = come_in(make_user("ben"))

    assert request.session.session_key == "a" * 32
    assert Session.objects.get(session_key=taken).user.user_name == "ana"


def test_a_session_of_former_days_is_read_too(db):
    compressed = DatabaseStore.encode(SessionStore(), {"door": "sso", "client": "x" * 200})

    assert compressed.startswith(".")
    assert SessionStore().decode(compressed)["door"] == "sso"
