"""A link to one trace: who makes it, what it shows, when it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts.roles import Ability, Role
from audit.actions import Action
from audit.models import AuditEvent
from sso.anonymous import without_names
from sso.models import SignInTrace, TraceShare
from sso.services.shares import revoke_share, share_trace

pytestmark = pytest.mark.django_db

WORDS = "AADSTS50105: The signed in user 'ana@acme.example' (Ana Diaz) is not assigned"


@pytest.fixture
def trace(at_acme):
    at_acme.connection.preset = "okta"
    at_acme.connection.save()
    at_acme.post(
        at_acme.answer("ana@acme.example", in_response_to=at_acme.begin(), audience="urn:other"),
    )
    return SignInTrace.objects.get()


def page(trace, *parts):
    return "/console/sso/signintrace/" + "/".join(
        str(each) for each in (trace.pk, "share", *parts, "")
    )


def link(trace, actor):
    share, secret = share_trace(trace=trace, actor=actor)
    return share, f"/sso/shared/{secret}"


class TestShowing:
    def test_an_administrator_makes_a_link_and_anybody_who_has_it_reads(self, console, trace):
        made = console.post(page(trace)).context["made"]

        shown = Client().get(made.removeprefix("http://127.0.0.1:8000"))

        text = shown.content.decode()
        assert shown.status_code == 200
        for expected in (trace.reference, "Wrong audience", "urn:other", "In Okta:"):
            assert expected in text
        assert trace.connection.acs_url in text
        assert shown.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in shown.headers["X-Robots-Tag"]
        assert "no-store" in shown.headers["Cache-Control"]

    def test_it_says_nothing_of_the_person_but_what_is_masked(self, trace, actor, make_user):
        trace.user = make_user("ana-diaz@acme.example", first_name="Ana", last_name="Diaz")
        trace.subject_hint = "a…z@acme.example"
        trace.address, trace.client = "192.0.2.77", "Mozilla/5.0 secret"
        trace.checks = [
            {"name": "status", "passed": False, "seen": f"Responder / {WORDS}", "expected": ""},
            {"name": "issuer", "passed": True, "seen": "bob@acme.example", "expected": ""},
        ]
        trace.save()
        _share, url = link(trace, actor)

        text = Client().get(url).content.decode()

        assert "a…z@acme.example" in text
        assert "AADSTS50105" in text
        for hidden in ("ana-diaz", "Ana Diaz", "ana@acme", "bob@", "192.0.2.77", "secret"):
            assert hidden not in text

    @pytest.mark.parametrize(
        ("seen", "left"),
        [
            (f"Responder / AuthnFailed / {WORDS}", "Responder / AuthnFailed / AADSTS50105"),
            ("Requester", "Requester"),
            ("Responder / Ana Diaz may not", "Responder"),
            ("Responder / UnknownPrincipal / adiaz", "Responder / UnknownPrincipal"),
        ],
    )
    def test_of_the_providers_words_the_codes_stay(self, seen, left):
        row = {"name": "status", "passed": False, "seen": seen, "expected": "Success"}

        assert without_names([row])[0]["seen"] == left

    def test_a_sign_in_that_worked_can_be_shown_too(self, at_acme, actor):
        at_acme.sign_in("ana@acme.example")
        _share, url = link(SignInTrace.objects.get(), actor)

        assert "Signed in" in Client().get(url).content.decode()

    def test_it_takes_few_statements(self, trace, actor, django_assert_max_num_queries):
        _share, url = link(trace, actor)

        with django_assert_max_num_queries(5):
            assert Client().get(url).status_code == 200


class TestEnding:
    def test_it_ends_after_a_week(self, trace, actor):
        share, url = link(trace, actor)
        assert share.expires_at - timezone.now() > timedelta(days=6)
        TraceShare.objects.update(expires_at=timezone.now())

        assert Client().get(url).status_code == 404

    def test_revoked_it_opens_nothing(self, console, trace, actor):
        share, url = link(trace, actor)

        console.post(page(trace, share.pk, "revoke"))

        assert Client().get(url).status_code == 404
        assert "Links that open" not in console.get(page(trace)).content.decode()

    def test_a_suspended_organization_shows_nothing(self, trace, actor, acme):
        _share, url = link(trace, actor)
        acme.status = "suspended"
        acme.save()

        assert Client().get(url).status_code == 404

    def test_what_is_guessed_opens_nothing(self, trace, actor):
        share, _url = link(trace, actor)

        for guess in ("x", share.digest, str(share.pk), str(trace.pk)):
            assert Client().get(f"/sso/shared/{guess}").status_code == 404
            assert not TraceShare.objects.shown_by(guess, timezone.now()).exists()

    def test_nothing_is_posted_to_it(self, trace, actor):
        _share, url = link(trace, actor)

        assert Client().post(url).status_code == 405

    def test_it_goes_with_its_trace(self, trace, actor):
        link(trace, actor)

        trace.delete()

        assert not TraceShare.objects.exists()


class TestRecord:
    def test_both_are_on_record_and_the_secret_is_nowhere(self, trace, actor, acme):
        share, url = link(trace, actor)
        for _again in range(2):
            revoke_share(share=share, actor=actor)

        events = AuditEvent.objects.in_organization(acme).filter(
            action__in=[Action.TRACE_SHARED, Action.TRACE_UNSHARED]
        )
        assert sorted(event.action for event in events) == [
            Action.TRACE_SHARED,
            Action.TRACE_UNSHARED,
        ]
        secret = url.rpartition("/")[2]
        assert secret not in str([event.__dict__ for event in events])
        assert secret not in str(TraceShare.objects.values().get())

    def test_a_link_without_a_digest_is_not_stored(self, trace, acme):
        with pytest.raises(IntegrityError):
            TraceShare.objects.create(
                organization=acme, trace=trace, digest="", expires_at=timezone.now()
            )


class TestWhoMay:
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_another_organization_shares_nothing(self, trace, globex, make_admin, sign_in, method):
        theirs = sign_in(Client(), make_admin("their-admin", organization=globex))

        assert getattr(theirs, method)(page(trace)).status_code == 404
        assert not TraceShare.objects.exists()

    def test_another_organization_revokes_nothing(self, trace, actor, globex, make_admin, sign_in):
        share, url = link(trace, actor)
        theirs = sign_in(Client(), make_admin("their-admin", organization=globex))

        assert theirs.post(page(trace, share.pk, "revoke")).status_code == 404
        assert Client().get(url).status_code == 200

    def test_a_link_of_another_trace_is_not_here(self, console, trace, actor, at_acme):
        share, _url = link(trace, actor)
        at_acme.post(b"<x/>")
        other = SignInTrace.objects.exclude(pk=trace.pk).get()

        assert console.post(page(other, share.pk, "revoke")).status_code == 404

    def test_who_may_only_look_shares_nothing(self, client, trace, make_user, sign_in):
        looks = make_user("looks", role=Role.SUB_ADMIN, abilities=[Ability.ACTIVITY])
        browser = sign_in(client, looks)

        shown = browser.get(f"/console/sso/signintrace/{trace.pk}/change/").content.decode()

        assert "Share with IT" not in shown
        assert browser.post(page(trace)).status_code == 403

    def test_the_trace_leads_there(self, console, trace, actor):
        shown = console.get(f"/console/sso/signintrace/{trace.pk}/change/").content.decode()
        assert page(trace) in shown

        link(trace, actor)
        assert "Links that open" in console.get(page(trace)).content.decode()
