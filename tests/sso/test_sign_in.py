"""From the request to a session: the journey over HTTP, and every way it is stopped."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.utils import timezone

from accounts.errors import ExternalIdTaken, UserNameTaken
from accounts.models import Session, User
from accounts.services import (
    address_ticket,
    deactivate_user,
    prove_address,
    set_policies,
)
from audit.models import AuditEvent
from licenses.services import serve_queue
from sso.causes import Cause
from sso.connection_settings import settings_for
from sso.errors import NameIdTaken, SignInRefused
from sso.models import (
    IdentityClaim,
    SamlConnection,
    SamlIdentity,
    SignInRequest,
    SignInTrace,
    UsedAssertion,
)
from sso.saml import verify_response
from sso.services import (
    change_connection,
    confirm_identity,
    deactivate_connection,
    dismiss_identity,
)
from sso.sign_in import complete_sign_in, resolve_user
from tests.sso.conftest import is_signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_profiles(request):
    """These tests are about identity: no profile is offered on the way."""
    for name in {"acme", "globex"} & set(request.fixturenames):
        organization = request.getfixturevalue(name)
        organization.binding_policy = "off"
        organization.save()


def refused_because(response, cause: Cause) -> None:
    assert response.status_code == 403
    trace = SignInTrace.objects.get(outcome="refused")
    assert trace.cause == cause
    assert trace.reference in response.content.decode()


def test_a_refused_answer_is_logged_once_with_its_cause_and_reference(at_acme, caplog):
    with caplog.at_level("INFO"):
        response = at_acme.sign_in("ana@acme.example", audience="https://other.example")

    refused_because(response, Cause.WRONG_AUDIENCE)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("sso.views", "WARNING")
    assert record.cause == "wrong_audience"
    assert record.reference == SignInTrace.objects.get().reference
    assert record.connection == at_acme.connection.pk


def leave(client: Client) -> None:
    """Lose the session and keep the cookie that tells this browser from others."""
    del client.cookies["session"]


def test_a_new_person_signs_in_and_lands_on_the_home_page(acme, at_acme):
    response = at_acme.sign_in(
        "ana@acme.example",
        attributes={"givenName": ["Ana"], "sn": ["Diaz"], "mail": ["A@acme.example"]},
    )

    assert response.status_code == 302
    assert response.url == "/"
    assert is_signed_in(at_acme.client)
    ana = User.objects.get_queryset().get(organization=acme)
    assert (ana.user_name, ana.display_name, ana.email) == (
        "ana@acme.example",
        "Ana Diaz",
        "a@acme.example",
    )
    assert (ana.source, ana.role) == ("sso", "learner")
    assert Session.objects.get(user=ana).connection_id == at_acme.connection.pk


def test_no_cache_keeps_an_answer_or_a_refusal(at_acme):
    assert "no-store" in at_acme.sign_in("ana@acme.example").headers["Cache-Control"]
    assert (
        "no-store"
        in at_acme.client.post(f"/sso/{at_acme.connection.pk}/acs").headers["Cache-Control"]
    )


def test_the_same_person_comes_back_to_the_same_account(acme, at_acme):
    at_acme.sign_in("ana@acme.example")
    leave(at_acme.client)
    at_acme.sign_in("ana@acme.example")

    assert User.objects.in_organization(acme).count() == 1
    assert is_signed_in(at_acme.client)


def test_attributes_follow_the_identity_provider_and_what_is_not_sent_stays(acme, at_acme):
    at_acme.sign_in("ana@acme.example", attributes={"title": ["Planner"], "department": ["Ops"]})
    at_acme.sign_in("ana@acme.example", attributes={"title": ["Lead planner"]})

    ana = User.objects.get_queryset().get(organization=acme)
    assert (ana.title, ana.department) == ("Lead planner", "Ops")


def test_a_person_the_directory_provisioned_is_found_and_not_rewritten(acme, at_acme, make_user):
    ana = make_user("ana@acme.example", source=User.Source.SCIM, title="From the directory")

    at_acme.sign_in("Ana@ACME.example", attributes={"title": ["From the assertion"]})

    ana.refresh_from_db()
    assert ana.saml_identities.get().name_id == "Ana@ACME.example"
    assert ana.title == "From the directory"


def test_the_stable_id_finds_a_person_whose_address_changed(acme, at_acme, make_user):
    ana = make_user("old@acme.example", external_id="emp-7")
    make_user("other@acme.example")

    at_acme.sign_in("new@acme.example", attributes={"employeeId": ["emp-7"]})

    assert ana.saml_identities.get().name_id == "new@acme.example"


def test_an_invited_person_becomes_active_by_signing_in(at_acme, make_user):
    ana = make_user("ana@acme.example", state=User.State.INVITED)

    at_acme.sign_in("ana@acme.example")

    ana.refresh_from_db()
    assert ana.state == User.State.ACTIVE


def test_a_deep_link_survives_the_sign_in(at_acme):
    assert at_acme.sign_in("ana@acme.example", next_path="/account/?tab=1").url == "/account/?tab=1"


def test_a_deep_link_survives_the_wait_for_a_seat_and_the_way_to_connect(
    acme, at_acme, make_pool, system_actor
):
    changes = {"auto_assign": True, "binding_policy": "required"}
    set_policies(organization=acme, changes=changes, actor=system_actor)
    landing = at_acme.sign_in("ana@acme.example", next_path="/account/?a=1&b=2").url

    assert landing == "/waiting/?next=%2Faccount%2F%3Fa%3D1%26b%3D2"
    assert at_acme.client.get(landing).status_code == 200
    make_pool(organization=acme, seats=1)
    serve_queue(organization=acme, actor=system_actor)
    assert at_acme.client.get(landing).url == "/account/?a=1&b=2"
    gated = at_acme.sign_in("ana@acme.example", next_path="/account/?a=1&b=2").url
    assert gated == "/connect/?next=%2Faccount%2F%3Fa%3D1%26b%3D2"


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:x\n",
        " //evil.example",
        "http:///evil.example",
    ],
)
def test_no_path_leaves_the_portal(at_acme, path):
    assert at_acme.sign_in("ana@acme.example", next_path=path).url == "/"
    request_id = at_acme.begin()
    xml = at_acme.answer("ana@acme.example", in_response_to=request_id)
    assert at_acme.post(xml, relay_state=path).url == "/"


def test_relay_state_counts_where_the_request_had_no_path(at_acme):
    request_id = at_acme.begin()
    xml = at_acme.answer("ana@acme.example", in_response_to=request_id)

    assert at_acme.post(xml, relay_state="/account/").url == "/account/"


def test_a_request_by_post_binding_brings_the_person_in(acme, make_journey):
    journey = make_journey(acme, request_binding="post")
    journey.connection.idp_sso_redirect_url = ""

    assert journey.sign_in("ana@acme.example").status_code == 302
    assert is_signed_in(journey.client)


def test_an_answer_used_twice_is_refused(at_acme):
    request_id = at_acme.begin()
    xml = at_acme.answer("ana@acme.example", in_response_to=request_id)
    at_acme.post(xml)
    leave(at_acme.client)

    refused_because(at_acme.post(xml), Cause.UNKNOWN_REQUEST)
    assert not is_signed_in(at_acme.client)


def test_a_used_assertion_in_a_new_envelope_is_refused(acme, make_journey):
    journey = make_journey(acme, idp_initiated=True)
    journey.post(journey.answer("ana@acme.example", in_response_to=None, assertion_id="_same"))

    xml = journey.answer("ana@acme.example", in_response_to=None, assertion_id="_same")
    refused_because(journey.post(xml, client=Client()), Cause.REPLAYED)
    assert UsedAssertion.objects.count() == 1


def test_the_same_assertion_id_at_another_connection_is_another_assertion(
    acme, globex, make_journey
):
    ours = make_journey(acme, idp_initiated=True)
    theirs = make_journey(globex, idp_initiated=True)
    ours.post(ours.answer("ana@acme.example", in_response_to=None, assertion_id="_same"))

    response = theirs.post(
        theirs.answer("bo@globex.example", in_response_to=None, assertion_id="_same")
    )

    assert response.status_code == 302


def test_an_answer_carried_to_another_browser_is_refused(at_acme):
    request_id = at_acme.begin()
    victim = Client()
    victim.get(f"/sso/{at_acme.connection.pk}/login")  # has a cookie, of its own request

    xml = at_acme.answer("mallory@acme.example", in_response_to=request_id)
    refused_because(at_acme.post(xml, client=victim), Cause.UNKNOWN_REQUEST)
    assert not is_signed_in(victim)


def test_a_browser_without_cookies_is_told_so(at_acme):
    request_id = at_acme.begin()
    xml = at_acme.answer("ana@acme.example", in_response_to=request_id)

    refused_because(at_acme.post(xml, client=Client()), Cause.COOKIES_MISSING)


def test_a_request_that_is_too_old_is_refused(at_acme):
    request_id = at_acme.begin()
    SignInRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    refused_because(
        at_acme.post(at_acme.answer("ana@acme.example", in_response_to=request_id)),
        Cause.UNKNOWN_REQUEST,
    )


def test_a_request_of_one_connection_is_not_answered_at_another(at_acme, at_globex):
    at_globex.client = at_acme.client
    request_id = at_acme.begin()

    refused_because(
        at_globex.post(at_globex.answer("ana@acme.example", in_response_to=request_id)),
        Cause.UNKNOWN_REQUEST,
    )


def test_an_answer_nobody_asked_for_is_refused_unless_allowed(acme, at_acme):
    xml = at_acme.answer("ana@acme.example", in_response_to=None)
    refused_because(at_acme.post(xml), Cause.UNSOLICITED)

    change_connection(
        connection=at_acme.connection, changes={"idp_initiated": True}, actor=_actor()
    )
    assert at_acme.post(xml).status_code == 302


def test_a_deactivated_person_is_refused(at_acme, make_user, system_actor):
    at_acme.sign_in("ana@acme.example")
    ana = SamlIdentity.objects.get().user
    deactivate_user(user=ana, actor=system_actor)
    assert not is_signed_in(at_acme.client)

    refused = at_acme.sign_in("ana@acme.example")
    refused_because(refused, Cause.PERSON_DEACTIVATED)
    # Without an account, a profile can be disconnected all the same.
    assert 'href="/connect/leave/"' in refused.content.decode()


def test_where_no_profile_can_be_connected_none_is_spoken_of(
    at_acme, make_user, system_actor, settings
):
    at_acme.sign_in("ana@acme.example")
    deactivate_user(user=SamlIdentity.objects.get().user, actor=system_actor)
    settings.LINKEDIN_CLIENT_ID = ""

    assert "connect/leave" not in at_acme.sign_in("ana@acme.example").content.decode()


def test_a_deactivated_person_is_not_linked_either(at_acme, make_user):
    make_user("ana@acme.example", state=User.State.DEACTIVATED)

    refused_because(at_acme.sign_in("ana@acme.example"), Cause.PERSON_DEACTIVATED)
    assert not SamlIdentity.objects.exists()


def test_a_deleted_persons_name_can_be_somebody_new(acme, at_acme, system_actor):
    at_acme.sign_in("ana@acme.example")
    first = SamlIdentity.objects.get().user
    deactivate_user(user=first, actor=system_actor, state=User.State.DELETED)

    assert at_acme.sign_in("ana@acme.example").status_code == 302
    assert SamlIdentity.objects.get().user != first


@pytest.mark.parametrize(
    ("name_id", "attributes"),
    [
        ("ANA@acme.example", {}),
        ("00u7", {"mail": ["ana@acme.example"]}),
        ("00u7", {"mail": ["a.new@acme.example"], "employeeId": ["emp-7"]}),
        ("00u7", {"mail": ["a@acme.example"]}),
    ],
)
def test_an_answer_from_before_somebody_was_deleted_makes_nobody(
    acme, at_acme, make_user, system_actor, name_id, attributes
):
    ana = make_user("ana@acme.example", external_id="emp-7", email="a@acme.example")
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as clock:
        kept = at_acme.answer(name_id, in_response_to=at_acme.begin(), attributes=attributes)
        clock.shift(60)
        deactivate_user(user=ana, actor=system_actor, state=User.State.DELETED)
        clock.shift(60)

        refused_because(at_acme.post(kept), Cause.PERSON_DEACTIVATED)
        assert not User.objects.in_organization(acme).present().exists()
        assert not is_signed_in(at_acme.client)

        assert at_acme.sign_in(name_id, attributes=attributes).status_code == 302


def test_somebody_deleted_elsewhere_is_in_nobodys_way(at_acme, globex, make_user, system_actor):
    gone = make_user("ana@acme.example", organization=globex)
    answer = at_acme.answer("ana@acme.example", in_response_to=at_acme.begin())
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        deactivate_user(user=gone, actor=system_actor, state=User.State.DELETED)

        assert at_acme.post(answer).status_code == 302


def test_nobody_is_created_where_the_organization_adds_people_itself(acme, at_acme, system_actor):
    set_policies(organization=acme, changes={"jit_enabled": False}, actor=system_actor)

    refused_because(at_acme.sign_in("ana@acme.example"), Cause.PERSON_UNKNOWN)
    assert not User.objects.in_organization(acme).exists()


def test_an_account_that_another_name_id_owns_waits_for_an_administrator(
    acme, at_acme, admin, actor
):
    at_acme.sign_in("opaque-1", attributes={"email": ["ana@acme.example"]})
    leave(at_acme.client)

    refused_because(
        at_acme.sign_in("opaque-2", attributes={"email": ["ana@acme.example"]}),
        Cause.PERSON_CONFLICT,
    )
    assert not is_signed_in(at_acme.client)
    confirm_identity(claim=IdentityClaim.objects.get(), actor=actor)
    assert (
        at_acme.sign_in("opaque-2", attributes={"email": ["ana@acme.example"]}).status_code == 302
    )
    assert SamlIdentity.objects.get().name_id == "opaque-2"


def test_an_account_that_another_connection_owns_waits_too(acme, at_acme, make_journey):
    at_acme.sign_in("ana@acme.example")
    second = make_journey(acme, name="Second")

    refused_because(second.sign_in("ana@acme.example"), Cause.PERSON_CONFLICT)


@pytest.mark.parametrize(
    "look_alike",
    [
        "ana@acme.example ",
        "\u00a0ana@acme.example",
        "ａｎａ@acme.example",
        "ana\u2060@acme.example",
    ],
)
def test_a_look_alike_name_never_opens_the_account(at_acme, make_user, look_alike):
    ana = make_user("ana@acme.example")

    at_acme.sign_in(look_alike)

    assert not ana.saml_identities.exists()
    assert not Session.objects.filter(user=ana).exists()


@pytest.mark.parametrize("name", ["ｒｏｏｔ", "ｒｏｏｔ@portal.example", "ROOT@portal.example"])
def test_nobody_is_made_who_looks_like_platform_staff(at_acme, make_staff, name):
    make_staff("root", email="root@portal.example")

    refused_because(at_acme.sign_in(name, attributes={}), Cause.STAFF_NOT_ALLOWED)


def test_platform_staff_never_sign_in_through_an_organization(at_acme, make_staff):
    root = make_staff("root@portal.example", email="root@portal.example")

    refused_because(at_acme.sign_in("root@portal.example"), Cause.STAFF_NOT_ALLOWED)
    assert not Session.objects.filter(user=root).exists()


def test_a_person_of_another_organization_is_nobody_here(acme, globex, at_acme, make_user):
    boss = make_user("boss@globex.example", organization=globex, external_id="7", role="full_admin")

    at_acme.sign_in("boss@globex.example", attributes={"employeeId": ["7"], "mail": [boss.email]})

    assert not boss.saml_identities.exists()
    assert not Session.objects.filter(user=boss).exists()
    assert at_acme.client.get("/api/v1/me").json()["organization"] == "acme"


def test_one_organizations_answer_opens_nothing_at_another(at_acme, at_globex):
    request_id = at_globex.begin()
    xml = at_acme.answer(
        "ana@acme.example",
        in_response_to=request_id,
        acs_url=at_globex.connection.acs_url,
        audience=at_globex.connection.entity_id,
    )

    assert at_globex.post(xml).status_code == 403
    assert not is_signed_in(at_globex.client)


def test_a_connection_switched_off_in_mid_flow_refuses_the_answer(at_acme, system_actor):
    request_id = at_acme.begin()
    deactivate_connection(connection=at_acme.connection, actor=system_actor)

    refused_because(
        at_acme.post(at_acme.answer("ana@acme.example", in_response_to=request_id)),
        Cause.CONNECTION_INACTIVE,
    )


def test_a_suspended_organization_refuses_the_answer(acme, at_acme):
    request_id = at_acme.begin()
    acme.status = "suspended"
    acme.save()

    refused_because(
        at_acme.post(at_acme.answer("ana@acme.example", in_response_to=request_id)),
        Cause.ORGANIZATION_SUSPENDED,
    )


def test_an_unasked_answer_is_refused_if_the_option_went_off_while_it_was_judged(
    acme, make_journey, system_actor
):
    """Its settings were read before; the row that is asked last has the last word."""
    journey = make_journey(acme, idp_initiated=True)
    change_connection(
        connection=SamlConnection.objects.get(pk=journey.connection.pk),
        changes={"idp_initiated": False},
        actor=system_actor,
    )
    assertion = verify_response(
        settings_for(journey.connection),
        base64.b64encode(journey.answer("ana@acme.example", in_response_to=None)).decode(),
        now=timezone.now(),
    )
    journey.connection.refresh_from_db()

    with pytest.raises(SignInRefused) as refused:
        complete_sign_in(connection=journey.connection, assertion=assertion, browser=None)

    assert refused.value.cause == Cause.UNSOLICITED


@pytest.mark.parametrize("error", [IntegrityError, OperationalError, UserNameTaken("ana")])
def test_whoever_loses_a_race_tries_once_more(at_acme, monkeypatch, error):
    lose(monkeypatch, error, times=1)

    assert at_acme.sign_in("ana@acme.example").status_code == 302
    assert is_signed_in(at_acme.client)


@pytest.mark.parametrize(
    ("error", "cause", "status"),
    [
        (IntegrityError, Cause.SERVER_BUSY, 503),
        (OperationalError, Cause.SERVER_BUSY, 503),
        (UserNameTaken("ana"), Cause.PERSON_CONFLICT, 403),
        (ExternalIdTaken(), Cause.PERSON_CONFLICT, 403),
    ],
)
def test_whoever_loses_twice_is_told_so(at_acme, monkeypatch, error, cause, status):
    lose(monkeypatch, error, times=2)

    response = at_acme.sign_in("ana@acme.example")

    assert response.status_code == status
    assert SignInTrace.objects.get().cause == cause
    assert not is_signed_in(at_acme.client)


def lose(monkeypatch, error, *, times):
    """The next sign-ins find that somebody was faster."""
    left = [error] * times

    def resolve(**arguments):
        if left:
            raise left.pop()
        return resolve_user(**arguments)

    monkeypatch.setattr("sso.sign_in.resolve_user", resolve)


@pytest.mark.parametrize("values", [[], ["", " "], ["a", "b"]])
def test_a_subject_attribute_that_is_not_one_name_names_nobody(acme, make_journey, values):
    journey = make_journey(acme, subject_attribute="uid")
    attributes = {"uid": values} if values else {}

    refused_because(journey.sign_in("ana", attributes=attributes), Cause.NO_SUBJECT)


def test_a_transient_name_names_nobody(at_acme):
    transient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"

    refused_because(at_acme.sign_in("_1", name_id_format=transient), Cause.NO_SUBJECT)


def test_an_attribute_can_stand_in_for_the_name_id(acme, make_journey):
    journey = make_journey(acme, subject_attribute="objectidentifier")
    claim = "http://schemas.microsoft.com/identity/claims/objectidentifier"

    journey.sign_in("first@acme.example", attributes={claim: ["8-4-4"]})
    journey.sign_in("renamed@acme.example", attributes={claim: ["8-4-4"]})

    assert SamlIdentity.objects.get().name_id == "8-4-4"
    assert User.objects.in_organization(acme).count() == 1


def test_the_session_ends_when_the_identity_provider_says(at_acme):
    ends_at = timezone.now() + timedelta(minutes=30)

    at_acme.sign_in("ana@acme.example", session_not_on_or_after=ends_at)

    assert abs(Session.objects.get(door="sso").expire_date - ends_at) < timedelta(seconds=2)


def test_the_session_key_of_a_stranger_does_not_survive_the_sign_in(at_acme, make_user, sign_in):
    sign_in(at_acme.client, make_user("somebody"))
    planted = at_acme.client.cookies["session"].value

    at_acme.sign_in("ana@acme.example")

    assert at_acme.client.cookies["session"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()


@pytest.mark.parametrize("body", [{}, {"SAMLResponse": ""}, {"SAMLResponse": "%%%"}])
def test_what_is_no_answer_is_refused_with_a_page(at_acme, body):
    response = at_acme.client.post(f"/sso/{at_acme.connection.pk}/acs", body)

    refused_because(response, Cause.MALFORMED)


def test_a_body_larger_than_the_portal_reads_is_refused_with_a_page(at_acme):
    response = at_acme.client.post(
        f"/sso/{at_acme.connection.pk}/acs",
        "SAMLResponse=" + "A" * 3_000_000,
        content_type="application/x-www-form-urlencoded",
    )

    refused_because(response, Cause.TOO_LARGE)


def test_an_answer_by_get_is_refused_with_a_page(at_acme):
    refused_because(
        at_acme.client.get(f"/sso/{at_acme.connection.pk}/acs", {"SAMLResponse": "x"}),
        Cause.MALFORMED,
    )


def test_an_unknown_connection_is_not_found(db):
    response = Client().post("/sso/018f0000-0000-7000-8000-000000000000/acs", {"SAMLResponse": "x"})

    assert response.status_code == 404


def test_a_refusal_names_the_person_masked_and_keeps_no_assertion(at_acme, make_user):
    make_user("ana.diaz@acme.example", state=User.State.DEACTIVATED)

    at_acme.sign_in("ana.diaz@acme.example")

    trace = SignInTrace.objects.get()
    assert trace.subject_hint == "a…z@acme.example"
    assert "ana.diaz" not in str(trace.checks)


def test_who_was_made_by_their_other_sign_in_of_the_same_moment_comes_in(at_acme, monkeypatch):
    at_acme.sign_in("ana@acme.example")
    # The other one has committed since this one looked for the identity.
    monkeypatch.setattr("sso.sign_in._IDENTITY.first", lambda **values: None)

    response = at_acme.sign_in("ana@acme.example")

    assert response.status_code == 302
    assert User.objects.get(user_name="ana@acme.example").saml_identities.count() == 1


def test_a_first_sign_in_is_on_record(acme, at_acme):
    at_acme.sign_in("ana@acme.example")

    actions = set(AuditEvent.objects.in_organization(acme).values_list("action", flat=True))
    assert {"accounts.user.created", "sso.identity.linked"} <= actions
    assert SignInTrace.objects.get().outcome == "accepted"


def test_a_sign_in_is_the_persons_last_one(at_acme):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        at_acme.sign_in("ana@acme.example")

    assert User.objects.get_queryset().get().last_login == now


def test_a_returning_sign_in_takes_at_most_twelve_statements(
    acme, at_acme, django_assert_max_num_queries
):
    attributes = {"givenName": ["Ana"], "mail": ["ana@acme.example"]}
    at_acme.sign_in("ana@acme.example", attributes=attributes)
    leave(at_acme.client)
    xml = at_acme.answer("ana@acme.example", in_response_to=at_acme.begin(), attributes=attributes)

    with django_assert_max_num_queries(12):
        response = at_acme.post(xml)

    assert response.status_code == 302


@pytest.mark.parametrize(
    ("name_id", "changes"),
    [
        ("x" * 513, {}),
        ("\ufdfa" * 40, {}),  # forty letters that unfold into seven hundred
        ("ana@acme.example", {"assertion_id": "_" + "a" * 300}),
    ],
)
def test_what_no_column_can_hold_is_refused_with_a_page(at_acme, name_id, changes):
    response = at_acme.sign_in(name_id, **changes)

    assert response.status_code == 403
    assert not is_signed_in(at_acme.client)


@pytest.mark.parametrize(
    "attributes",
    [
        {"mail": ["a" * 64 + "@" + "b" * 60 + "." + "c" * 60 + "." + "d" * 60 + ".example"]},
        {"title": ["\ufdfa" * 200], "department": ["\U0001f600" * 300]},
        {"x" * 300: ["y" * 9000]},
    ],
)
def test_attributes_that_no_column_can_hold_stop_nobody(at_acme, attributes):
    assert at_acme.sign_in("ana@acme.example", attributes=attributes).status_code == 302


def test_an_assertion_good_for_ever_is_taken_once(acme, at_acme):
    xml = at_acme.answer(
        "ana@acme.example", in_response_to=at_acme.begin(), lifetime=timedelta(days=365 * 6000)
    )

    assert at_acme.post(xml).status_code == 302
    assert UsedAssertion.objects.get().expires_at.year > 7000


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=iso-8859-1",
        "multipart/form-data; boundary=",
        "multipart/form-data",
        "text/xml",
    ],
)
def test_a_body_of_another_kind_is_refused_with_a_page(at_acme, content_type):
    response = at_acme.client.post(
        f"/sso/{at_acme.connection.pk}/acs", b"SAMLResponse=%ff", content_type=content_type
    )

    refused_because(response, Cause.MALFORMED)


def test_the_stable_id_is_learned_and_finds_the_person_under_a_new_name(
    acme, at_acme, make_user, actor
):
    ana = make_user("ana@acme.example")
    at_acme.sign_in("ana@acme.example", attributes={"employeeId": ["7"]})
    ana.refresh_from_db()
    assert ana.external_id == "7"

    leave(at_acme.client)
    refused_because(
        at_acme.sign_in("ana.new@acme.example", attributes={"employeeId": ["7"]}),
        Cause.PERSON_CONFLICT,
    )
    confirm_identity(claim=IdentityClaim.objects.get(), actor=actor)
    at_acme.sign_in("ana.new@acme.example", attributes={"employeeId": ["7"]})
    assert SamlIdentity.objects.get().user == ana


def test_a_stable_id_of_somebody_else_is_left_alone(acme, at_acme, make_user):
    make_user("bo@acme.example", external_id="7")
    at_acme.sign_in("ana@acme.example")
    ana = SamlIdentity.objects.get().user

    at_acme.sign_in("ana@acme.example", attributes={"employeeId": ["7"]})

    ana.refresh_from_db()
    assert ana.external_id is None


def test_a_look_alike_waits_for_an_administrator(at_acme, make_user):
    ana = make_user("ana@acme.example")

    refused_because(at_acme.sign_in("ａｎａ@acme.example"), Cause.PERSON_CONFLICT)
    assert IdentityClaim.objects.get().user == ana


def test_two_people_with_one_address_are_both_put_before_the_administrator(at_acme, make_user):
    for name in ("ana", "anna"):
        make_user(name, email="team@acme.example")

    refused_because(
        at_acme.sign_in("opaque", attributes={"mail": ["team@acme.example"]}),
        Cause.PERSON_CONFLICT,
    )
    assert IdentityClaim.objects.count() == 2


def test_a_mistaken_no_can_be_corrected_after_the_next_try(at_acme, admin, actor):
    at_acme.sign_in("one", attributes={"mail": ["ana@acme.example"]})
    leave(at_acme.client)
    at_acme.sign_in("two", attributes={"mail": ["ana@acme.example"]})
    dismiss_identity(claim=IdentityClaim.objects.get(), actor=actor)

    at_acme.sign_in("two", attributes={"mail": ["ana@acme.example"]})

    assert IdentityClaim.objects.get().decided_at is None


def test_one_name_is_not_confirmed_for_two_people(at_acme, make_user, actor):
    for name in ("ana", "anna"):
        make_user(name, email="team@acme.example")
    at_acme.sign_in("opaque", attributes={"mail": ["team@acme.example"]})
    first, second = IdentityClaim.objects.all()
    confirm_identity(claim=first, actor=actor)

    with pytest.raises(NameIdTaken):
        confirm_identity(claim=second, actor=actor)


def _actor():
    from audit.actors import Actor

    return Actor.system("tests")


def test_who_has_the_former_address_of_somebody_is_somebody_else(at_acme, make_user):
    """A user name that stayed behind would tell the address's next owner for them."""
    address = "mara@acme.example"
    mara = make_user(address, email=address, source=User.Source.INVITATION)
    prove_address(user=mara, ticket=address_ticket(mara, "mara.lind@acme.example"))

    at_acme.sign_in(address, attributes={"mail": [address]})

    identity = SamlIdentity.objects.get()
    assert identity.user != mara
    assert identity.user.user_name == address
