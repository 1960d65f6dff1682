"""Test sign-ins: judged like real ones, with nobody signed in, added or changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.utils import timezone

from accounts.errors import ExternalIdTaken, UserNameTaken
from accounts.models import Session, User
from accounts.rate_limit import RateLimited
from accounts.roles import Ability, Role
from audit.actions import Action
from audit.models import AuditEvent
from licenses.models import LicenseAssignment
from sandbox.saml_messages import idp_metadata, parse_post_request, parse_redirect_request
from sso.causes import Cause
from sso.console.testing import FIELDS, claims_of
from sso.content import content_of, digest_of, trust_content
from sso.errors import ChangeDecided
from sso.green_tests import has_green_test
from sso.models import (
    IdentityClaim,
    SamlIdentity,
    SignInRequest,
    SignInTest,
    SignInTrace,
    StagedChange,
    UsedAssertion,
)
from sso.retention import forget_expired
from sso.saml import CheckName, read_metadata
from sso.services import (
    apply_staged_change,
    begin_test,
    change_connection,
    deactivate_connection,
    stage_change,
)
from sso.sign_in import TRANSIENT
from tests.sso.conftest import Journey, is_signed_in, signing_identity

pytestmark = pytest.mark.django_db

FULL_ADMINS = User.objects.get_queryset().full_admins()


@pytest.fixture
def draft(at_acme, system_actor):
    """Everything is there, and nobody may sign in through it."""
    deactivate_connection(connection=at_acme.connection, actor=system_actor)
    at_acme.connection.state = "draft"
    at_acme.connection.save()
    return at_acme


def address(journey, *parts):
    return "/console/sso/samlconnection/" + "/".join(
        str(each) for each in (journey.connection.pk, "tests", *parts, "")
    )


def begin(browser: Client, journey: Journey, *, change=None) -> str:
    """Set out from the console; answers the request's id."""
    query = f"?change={change.pk}" if change else ""
    response = browser.post(address(journey) + query)
    if response.status_code == 302:
        return parse_redirect_request(urlsplit(response.url).query).id
    return parse_post_request(response.context["fields"]["SAMLRequest"]).id


def answer(browser: Client, journey: Journey, request_id: str | None, name="admin", **changes):
    return journey.post(journey.answer(name, in_response_to=request_id, **changes), client=browser)


def run(browser: Client, journey: Journey, name="admin", *, change=None, **changes) -> SignInTest:
    """There and back; answers what is kept of it."""
    answer(browser, journey, begin(browser, journey, change=change), name, **changes)
    return SignInTest.objects.order_by("-created_at").first()


@pytest.fixture
def nothing_changes():
    """What a test leaves alone, counted."""

    def count():
        return [
            model.objects.count()
            for model in (User, SamlIdentity, LicenseAssignment, IdentityClaim, SignInTrace)
        ] + [Session.objects.count()]

    return count


def step(connection, name):
    return f"/console/sso/samlconnection/{connection.pk}/{name}/"


class TestJudging:
    def test_a_draft_is_tested_and_nobody_is_signed_in_added_or_given_a_seat(
        self, console, draft, acme, make_pool, nothing_changes
    ):
        acme.auto_assign = True
        acme.save()
        make_pool(seats=2)
        before = nothing_changes()

        response = answer(
            console,
            draft,
            begin(console, draft),
            "new@acme.example",
            attributes={"mail": ["new@acme.example"], "givenName": ["Noor"]},
        )

        test = SignInTest.objects.get()
        assert response.url == address(draft, test.pk)
        assert test.is_green
        assert test.consequences["is_new"]
        assert test.consequences["seat"] == "granted"
        assert Action.USER_CREATED in test.consequences["actions"]
        assert nothing_changes() == before
        assert console.get("/api/v1/me").json()["user_name"] == "admin"

    def test_the_result_shows_claims_what_they_become_and_checks(self, console, draft):
        attributes = {"mail": ["new@acme.example"], "shoeSize": ["42"], "givenName": ["Noor"]}
        test = run(console, draft, "new@acme.example", attributes=attributes)

        shown = console.get(address(draft, test.pk)).content.decode()

        for text in ("A sign-in would work", "Somebody new: Noor", "shoeSize", "42"):
            assert text in shown
        assert "Kept as an attribute of your own" in shown
        assert "E-mail address" in shown
        assert "Answers this request, in this browser" in shown

    def test_a_known_person_is_named_and_not_touched(self, console, at_acme):
        at_acme.sign_in("ana@acme.example", attributes={"givenName": ["Ana"]})
        SamlIdentity.objects.update(last_used_at=timezone.now() - timedelta(days=3))
        ana = User.objects.get(user_name="ana@acme.example")

        test = run(console, at_acme, "ana@acme.example", attributes={"givenName": ["Changed"]})

        ana.refresh_from_db()
        assert ana.first_name == "Ana"
        assert SamlIdentity.objects.get().last_used_at < timezone.now() - timedelta(days=2)
        assert test.consequences["people"] == [str(ana.pk)]
        assert Action.USER_CHANGED in test.consequences["actions"]

    def test_what_fails_is_said_with_seen_and_expected(self, console, draft):
        test = run(console, draft, audience="urn:other")

        assert (test.outcome, test.cause) == ("failed", "wrong_audience")
        shown = console.get(address(draft, test.pk)).content.decode()
        assert "urn:other" in shown
        assert draft.connection.entity_id in shown

    def test_a_conflict_is_shown_and_not_queued(self, console, at_acme, make_user):
        at_acme.sign_in("ana@acme.example", attributes={"mail": ["ana@acme.example"]})

        test = run(console, at_acme, "00u1", attributes={"mail": ["ana@acme.example"]})

        assert test.cause == "person_conflict"
        assert not IdentityClaim.objects.exists()
        assert "May be" in console.get(address(at_acme, test.pk)).content.decode()

    def test_a_deactivated_person_would_not_come_in(self, console, draft, make_user):
        make_user("gone@acme.example", state="deactivated")

        assert run(console, draft, "gone@acme.example").cause == "person_deactivated"

    def test_a_test_is_on_record_without_anything_of_the_answer(self, console, draft, acme):
        run(console, draft, "secret@acme.example")

        event = AuditEvent.objects.get(action=Action.CONNECTION_TESTED)
        assert event.organization == acme
        assert event.changes["outcome"] == "passed"
        assert "secret" not in str(event.changes)

    def test_requests_by_form_do_as_well(self, console, draft, system_actor):
        change_connection(
            connection=draft.connection, changes={"request_binding": "post"}, actor=system_actor
        )

        assert run(console, draft).is_green


class TestUse:
    def test_an_answer_is_used_once(self, console, draft):
        xml = draft.answer("admin", in_response_to=begin(console, draft))
        draft.post(xml, client=console)

        again = draft.post(xml, client=console)

        assert again.status_code == 403
        assert UsedAssertion.objects.count() == 1
        assert not SignInRequest.objects.exists()

    def test_a_used_assertion_fails_the_next_test(self, console, draft):
        run(console, draft, assertion_id="_same")

        assert run(console, draft, assertion_id="_same").cause == "replayed"

    def test_the_request_of_a_test_signs_nobody_in(self, console, at_acme):
        request_id = begin(console, at_acme)
        secret = console.cookies["signin-test"].value.partition(".")[2]
        thief = Client()
        thief.cookies["signin"] = secret

        answer(thief, at_acme, request_id)

        assert not is_signed_in(thief)
        assert SignInTrace.objects.get().cause == Cause.TEST_LOST

    def test_of_two_answers_the_second_is_none(self, console, draft, monkeypatch):
        request_id = begin(console, draft)

        def meanwhile(*_args):
            """The other answer, between the look and the claim."""
            return bool(SignInRequest.objects.all().delete())

        monkeypatch.setattr("sso.testing._may_still", meanwhile)

        assert answer(console, draft, request_id).status_code == 403
        assert SignInTest.objects.get().outcome == ""

    def test_another_browser_cannot_answer(self, console, draft):
        request_id = begin(console, draft)

        response = answer(Client(), draft, request_id)

        assert response.status_code == 403
        assert "This test sign-in was lost on its way" in response.content.decode()
        assert SignInTest.objects.get().outcome == ""
        assert SignInTrace.objects.get().cause == Cause.TEST_LOST

    @pytest.mark.parametrize("has_signed_in_here", [True, False])
    def test_nor_where_people_sign_in(self, console, at_acme, has_signed_in_here):
        request_id = begin(console, at_acme)
        other = Client()
        if has_signed_in_here:
            other.get(f"/sso/{at_acme.connection.pk}/login")

        answer(other, at_acme, request_id)

        assert SignInTrace.objects.get().cause == Cause.TEST_LOST
        assert not is_signed_in(other)

    @pytest.mark.parametrize("of", ["nobody", "another connection", "no answer"])
    def test_what_names_no_test_of_it_is_no_lost_test(
        self, console, draft, at_globex, make_admin, of
    ):
        there = at_globex.connection
        tester = make_admin("theirs", organization=there.organization)
        theirs = begin_test(connection=there, tester=tester).outgoing.id
        begin(console, draft)
        named = {"nobody": "_made-up", "another connection": theirs}.get(of)

        if named:
            answer(Client(), draft, named)
        else:
            Client().get(f"/sso/{draft.connection.pk}/acs")

        assert SignInTrace.objects.get().cause == Cause.CONNECTION_INACTIVE

    def test_a_sign_in_in_the_same_browser_goes_its_own_way(self, console, at_acme):
        begin(console, at_acme)
        at_acme.client = console

        response = at_acme.sign_in("ana@acme.example")

        assert not response.url.startswith("/console/")
        assert console.get("/api/v1/me").json()["user_name"] == "ana@acme.example"
        assert SignInTest.objects.get().outcome == ""

    def test_a_request_that_is_too_old_is_no_test_any_more(self, console, draft):
        request_id = begin(console, draft)
        SignInRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        assert answer(console, draft, request_id).status_code == 403
        assert SignInTest.objects.get().outcome == ""

    def test_whoever_lost_the_ability_meanwhile_tests_nothing(self, console, draft, admin):
        request_id = begin(console, draft)
        User.objects.filter(pk=admin.pk).update(role=Role.LEARNER)

        assert answer(console, draft, request_id).status_code == 403

    def test_an_answer_nobody_asked_for_is_said_to_be_that(self, console, draft):
        begin(console, draft)

        answer(console, draft, None)

        assert SignInTest.objects.get().cause == "unsolicited"

    def test_junk_at_the_acs_is_refused_as_ever(self, console, draft):
        begin(console, draft)

        assert console.get(f"/sso/{draft.connection.pk}/acs").status_code == 403

    @pytest.mark.parametrize("in_envelope", [True, False])
    def test_what_is_signed_says_which_request_is_answered(self, console, draft, in_envelope):
        """The envelope is not signed: it leads here, and proves nothing."""
        request_id = begin(console, draft)
        xml = draft.answer(
            "admin", in_response_to="_other", sign_response=False, sign_assertion=True
        )
        named = f' InResponseTo="{request_id}"' if in_envelope else ""
        xml = xml.replace(b' InResponseTo="_other"', named.encode(), 1)

        draft.post(xml, client=console)

        cause = "request_mismatch" if in_envelope else "unknown_request"
        test = SignInTest.objects.get()
        assert test.cause == cause
        assert test.claims is None, "somebody else's answer, opened with our key, for the tester"


class TestStaged:
    @pytest.fixture
    def change(self, at_acme, actor):
        """The provider signs with another key, which waits to be trusted."""
        identity = replace(
            signing_identity("https://next.example"), entity_id=at_acme.connection.idp_entity_id
        )
        xml = idp_metadata(identity, sso_url="https://idp.acme.example/sso")
        at_acme.idp = identity
        return stage_change(
            connection=at_acme.connection,
            content=trust_content(read_metadata(xml).trust),
            source=StagedChange.Source.METADATA,
            actor=actor,
        )

    def test_a_change_is_tested_before_it_counts(self, console, at_acme, change):
        assert run(console, at_acme).cause == "bad_signature"

        test = run(console, at_acme, change=change)

        digest = digest_of(content_of(change.result))
        assert test.is_green
        assert test.content_digest == digest
        assert has_green_test(at_acme.connection, digest, by=FULL_ADMINS)
        assert not has_green_test(at_acme.connection)

    def test_once_applied_the_connection_is_tested_already(self, console, at_acme, change, actor):
        run(console, at_acme, change=change)

        now = apply_staged_change(staged=change, actor=actor)

        assert has_green_test(now, by=FULL_ADMINS)

    def test_sign_ins_are_not_judged_by_what_waits(self, console, at_acme, change):
        run(console, at_acme, change=change)

        assert at_acme.sign_in("ana@acme.example").status_code == 403

    def test_its_page_leads_to_the_change(self, console, at_acme, change):
        test = run(console, at_acme, change=change)

        shown = console.get(address(at_acme, test.pk)).content.decode()
        assert f"/changes/{change.pk}/" in shown

    @pytest.mark.parametrize("named", ["nonsense", "00000000-0000-0000-0000-000000000000"])
    def test_a_change_that_is_not_there_is_404(self, console, at_acme, named):
        assert console.get(address(at_acme), {"change": named}).status_code == 404


class TestChecks:
    def test_each_says_what_was_seen_and_what_was_expected(self, console, at_acme):
        checks = run(console, at_acme).checks

        assert {CheckName.ASKED_HERE, CheckName.UNUSED} < {row["name"] for row in checks}
        assert [row["name"] for row in checks if not (row["seen"] and row["expected"])] == []
        asked = next(row for row in checks if row["name"] == CheckName.ASKED_HERE)
        assert asked["seen"] == asked["expected"]


class TestGreen:
    def test_another_content_is_untested(self, console, draft, actor):
        run(console, draft)
        assert has_green_test(draft.connection)

        change_connection(
            connection=draft.connection, changes={"clock_skew_seconds": 90}, actor=actor
        )

        assert not has_green_test(draft.connection)

    def test_a_full_admin_has_to_come_in_as_themselves(self, console, draft):
        run(console, draft, "somebody@acme.example")

        assert has_green_test(draft.connection)
        assert not has_green_test(draft.connection, by=FULL_ADMINS)

        run(console, draft, "admin")
        assert has_green_test(draft.connection, by=FULL_ADMINS)

    def test_a_sub_admin_is_no_full_admin(self, client, draft, make_user, sign_in):
        sub = make_user("sub", role=Role.SUB_ADMIN, abilities=[Ability.SSO])
        run(sign_in(client, sub), draft, "sub")

        assert has_green_test(draft.connection)
        assert not has_green_test(draft.connection, by=FULL_ADMINS)

    def test_an_old_one_counts_where_no_date_is_asked(self, console, draft):
        run(console, draft)
        SignInTest.objects.update(answered_at=timezone.now() - timedelta(days=8))

        week = timezone.now() - timedelta(days=7)
        assert has_green_test(draft.connection)
        assert not has_green_test(draft.connection, since=week)

    @pytest.mark.parametrize(
        "columns",
        [
            {"outcome": "failed", "answered_at": timezone.now()},
            {"outcome": "passed"},
            {"admin_came_in": True},
        ],
    )
    def test_results_that_contradict_themselves_are_not_stored(self, draft, admin, columns):
        with pytest.raises(IntegrityError):
            SignInTest.objects.create(
                organization=admin.organization,
                connection=draft.connection,
                tester=admin,
                content_digest="",
                **columns,
            )


class TestWhoSees:
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_another_organization_sees_and_starts_nothing(
        self, client, console, draft, globex, make_admin, sign_in, method
    ):
        test = run(console, draft)
        theirs = sign_in(Client(), make_admin("their-admin", organization=globex))

        assert getattr(theirs, method)(address(draft)).status_code == 404
        assert theirs.get(address(draft, test.pk)).status_code == 404
        assert SignInTest.objects.count() == 1

    def test_a_test_of_another_connection_is_not_here(self, console, draft, make_journey, acme):
        test = run(console, draft)
        other = make_journey(acme, name="Other")

        assert console.get(address(other, test.pk)).status_code == 404

    def test_without_the_ability_there_is_no_page(self, client, draft, make_user, sign_in):
        sub = sign_in(client, make_user("sub", role=Role.SUB_ADMIN, abilities=["people"]))

        assert sub.get(address(draft)).status_code == 403

    def test_the_claims_are_for_the_tester_alone(self, console, draft, make_admin, sign_in):
        test = run(console, draft, "x", attributes={"shoeSize": ["forty-two"]})
        colleague = make_admin("colleague")

        shown = sign_in(Client(), colleague).get(address(draft, test.pk)).content.decode()

        assert "forty-two" not in shown
        assert "Only" in shown
        assert "forty-two" in console.get(address(draft, test.pk)).content.decode()

    def test_claims_are_forgotten_after_a_month_and_the_result_after_a_quarter(
        self, console, draft
    ):
        run(console, draft)
        assert SignInTest.objects.remembered(timezone.now()).exists()
        SignInTest.objects.update(created_at=timezone.now() - timedelta(days=31))
        assert not SignInTest.objects.remembered(timezone.now()).exists()

        assert forget_expired()["claims"] == 1
        test = SignInTest.objects.get()
        assert test.claims is None
        assert test.is_green
        assert "Nothing is kept" in console.get(address(draft, test.pk)).content.decode()

        SignInTest.objects.update(created_at=timezone.now() - timedelta(days=91))
        assert forget_expired()["tests"] == 1


class TestPage:
    def test_the_browser_may_follow_to_the_identity_provider(self, console, draft):
        policy = console.get(address(draft)).headers["Content-Security-Policy"]

        assert "form-action 'self' https://idp.acme.example https:" in policy

    def test_without_metadata_nothing_starts(self, console, draft):
        draft.connection.idp_certificates = ""
        draft.connection.save()

        assert "Start the test" not in console.get(address(draft)).content.decode()
        response = console.post(address(draft), follow=True)
        assert "Import the identity provider’s metadata first" in response.content.decode()
        assert not SignInTest.objects.exists()

    def test_too_many_starts_are_refused(self, console, draft, settings, time_machine):
        time_machine.move_to(timezone.now(), tick=False)  # a minute's end would begin another count
        settings.SIGN_IN_RATE_LIMIT = 1
        for _number in range(30):
            begin(console, draft)

        response = console.post(address(draft), follow=True)

        assert "Too many attempts" in response.content.decode()

    def test_the_latest_are_listed(self, console, draft):
        run(console, draft)
        begin(console, draft)

        shown = console.get(address(draft)).content.decode()

        assert "Passed" in shown
        assert "No answer yet" in shown

    def test_the_step_leads_on_like_the_others_once_a_test_has_passed(self, console, draft):
        leads_on = f'href="{step(draft.connection, "activate")}">Continue'
        page = console.get(address(draft)).content.decode()
        assert "No test of the connection as it is now has passed." in page
        assert f'<a class="btn" {leads_on}' in page

        run(console, draft)

        page = console.get(address(draft)).content.decode()
        assert "A test has passed." in page
        assert f'<a class="btn btn-primary" {leads_on}' in page
        assert f'href="{step(draft.connection, "setup/access")}">Back' in page

    def test_its_pages_take_few_statements(self, console, draft, django_assert_max_num_queries):
        test = run(console, draft)

        with django_assert_max_num_queries(10):
            assert console.get(address(draft)).status_code == 200
        with django_assert_max_num_queries(10):
            assert console.get(address(draft, test.pk)).status_code == 200


class TestActivation:
    @pytest.fixture
    def page(self, draft):
        return f"/console/sso/samlconnection/{draft.connection.pk}/activate/"

    def is_active(self, draft):
        draft.connection.refresh_from_db()
        return draft.connection.is_active

    def test_without_a_test_it_says_what_is_missing(self, console, draft, page):
        response = console.post(page, follow=True)

        shown = response.content.decode()
        assert "Nobody has tested the connection as it is now" in shown
        assert "None has, or something was changed since." in shown
        assert not self.is_active(draft)

    def test_a_green_test_opens_the_way(self, console, draft, page):
        test = run(console, draft)
        assert "Activate connection" in console.get(address(draft, test.pk)).content.decode()

        console.post(page)

        assert self.is_active(draft)
        event = AuditEvent.objects.filter(action=Action.CONNECTION_ACTIVATED).first()
        assert "untested_because" not in event.changes

    def test_a_failed_test_does_not(self, console, draft, page):
        run(console, draft, audience="urn:other")

        console.post(page)

        assert not self.is_active(draft)

    def test_a_full_admin_may_do_without_and_says_why(self, console, draft, page):
        assert console.post(page, {"_untested": "1", "reason": " "}).status_code == 200
        assert not self.is_active(draft)

        console.post(page, {"_untested": "1", "reason": "the provider is not ready"})

        assert self.is_active(draft)
        event = AuditEvent.objects.filter(action=Action.CONNECTION_ACTIVATED).first()
        assert event.changes["untested_because"] == "the provider is not ready"

    def test_a_sub_admin_may_not(self, client, draft, page, make_user, sign_in):
        sub = make_user("sub", role=Role.SUB_ADMIN, abilities=[Ability.SSO])
        browser = sign_in(client, sub)

        shown = browser.get(page).content.decode()
        told = browser.post(page, {"_untested": "1", "reason": "hurry"}, follow=True)

        assert "A full admin may activate it without a test." in shown
        assert "takes a full admin" in told.content.decode()
        assert not self.is_active(draft)

    def test_another_organization_activates_nothing(self, draft, page, globex, make_admin, sign_in):
        theirs = sign_in(Client(), make_admin("their-admin", organization=globex))

        response = theirs.post(page, {"_untested": "1", "reason": "ours now"})

        assert response.status_code == 404
        assert not self.is_active(draft)

    def test_the_connections_page_leads_to_the_test_first(self, console, draft):
        change = f"/console/sso/samlconnection/{draft.connection.pk}/change/"
        assert "Next is a test sign-in" in console.get(change).content.decode()

        run(console, draft)

        assert "Tested as it is now" in console.get(change).content.decode()

    def test_an_active_one_has_nothing_to_activate(self, console, at_acme):
        page = f"/console/sso/samlconnection/{at_acme.connection.pk}/activate/"

        assert "It is active already" in console.get(page).content.decode()


class TestNewKeys:
    @pytest.fixture
    def asked(self, at_acme, monkeypatch):
        at_acme.connection.idp_metadata_url = "https://idp.acme.example/metadata"
        at_acme.connection.save()
        seen = []
        monkeypatch.setattr("sso.views.ask_by_signature", lambda **asked: seen.append(asked))
        return seen

    def test_a_signature_that_matches_nothing_has_the_metadata_read(self, console, at_acme, asked):
        at_acme.idp = signing_identity("https://next.example")
        at_acme.idp = replace(at_acme.idp, entity_id=at_acme.connection.idp_entity_id)

        assert run(console, at_acme).cause == "bad_signature"
        assert [each["connection"] for each in asked] == [at_acme.connection]

    def test_other_faults_have_not(self, console, at_acme, asked):
        run(console, at_acme, audience="urn:other")

        assert asked == []


class TestWhatGoesWrong:
    def test_in_a_suspended_organization_staff_see_that_nobody_comes_in(
        self, client, draft, acme, make_staff, sign_in
    ):
        browser = sign_in(client, make_staff("support"))
        acme.status = "suspended"
        acme.save()

        assert run(browser, draft).cause == "organization_suspended"

    def test_its_own_administrators_test_nothing_then(self, console, draft, acme):
        request_id = begin(console, draft)
        acme.status = "suspended"
        acme.save()

        assert answer(console, draft, request_id).status_code == 403
        assert SignInTest.objects.get().outcome == ""

    def test_too_many_answers_are_not_judged(self, console, draft, monkeypatch):
        def limited(**_counted):
            raise RateLimited(30)

        monkeypatch.setattr("sso.testing.count_answer", limited)

        assert run(console, draft).cause == "rate_limited"

    @pytest.mark.parametrize(
        ("error", "cause"),
        [
            (IntegrityError(), "server_busy"),
            (OperationalError(), "server_busy"),
            (UserNameTaken("ana"), "person_conflict"),
            (ExternalIdTaken(), "person_conflict"),
        ],
    )
    def test_a_race_that_is_lost_is_said(self, console, draft, monkeypatch, error, cause):
        def lose(**_arguments):
            raise error

        monkeypatch.setattr("sso.sign_in.resolve_user", lose)

        assert run(console, draft).cause == cause

    def test_a_change_that_was_decided_is_not_tested(self, at_acme, actor, admin):
        change = stage_change(
            connection=at_acme.connection,
            content={"clock_skew_seconds": 90},
            source=StagedChange.Source.CONSOLE,
            actor=actor,
        )
        apply_staged_change(staged=change, actor=actor)

        with pytest.raises(ChangeDecided):
            begin_test(connection=at_acme.connection, tester=admin, staged=change)

    def test_the_attribute_people_are_known_by_is_said_to_be_that(
        self, console, draft, system_actor
    ):
        change_connection(
            connection=draft.connection,
            changes={"subject_attribute": "personId"},
            actor=system_actor,
        )
        test = run(console, draft, "opaque", attributes={"personId": ["admin"]})

        shown = console.get(address(draft, test.pk)).content.decode()

        assert test.admin_came_in
        assert shown.count("The name people are known by") == 1

    @pytest.mark.parametrize(
        ("attributes", "known_by"),
        [
            ({"sn": ("Diaz",), "mail": ("ana@acme.example",)}, "mail"),
            ({"mail": ("ana@acme.example",), "employeeId": ("E-7",)}, "employeeId"),
            ({"sn": ("Diaz",)}, None),
        ],
    )
    def test_of_a_transient_name_it_is_said_what_stands_in_for_it(self, attributes, known_by):
        lines = claims_of(
            attributes,
            name_id="_another-one-every-time",
            name_id_format=TRANSIENT,
            attribute_map={},
            subject_attribute="",
        )

        named = [line.name for line in lines if FIELDS["subject"] in line.becomes]
        assert named == ([known_by] if known_by else [])
        assert lines[0].becomes == (FIELDS["unused"],)

    @pytest.mark.parametrize("cookie", ["", "x", ".", "a.b.c"])
    def test_a_cookie_of_nothing_leads_to_the_ordinary_way(self, at_acme, cookie):
        at_acme.client.cookies["signin-test"] = cookie

        assert at_acme.sign_in("ana@acme.example").status_code == 302
        assert not SignInTest.objects.exists()
