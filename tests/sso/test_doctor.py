"""The SAML doctor: every check of a pasted response, and nobody signed in by it."""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit.actions import Action
from audit.models import AuditEvent
from sso.causes import Cause
from sso.connection_settings import settings_for
from sso.models import SignInTrace, UsedAssertion
from sso.saml import CheckName, examine_response
from sso.services.doctor import as_posted
from tests.sso.saml.oaep import encrypted

pytestmark = pytest.mark.django_db


def address(journey):
    return f"/console/sso/samlconnection/{journey.connection.pk}/doctor/"


def response(journey, name="ana@acme.example", **changes):
    return journey.answer(name, in_response_to="_any", **changes)


def encoded(xml):
    return base64.b64encode(xml).decode()


def examined(journey, xml):
    return examine_response(settings_for(journey.connection), encoded(xml), now=timezone.now())


class TestChecks:
    def test_a_good_response_passes_every_check(self, at_acme):
        found = examined(at_acme, response(at_acme))

        assert found.cause is None
        assert not found.is_too_old
        assert found.is_vouched_for
        assert found.checks[-1].name == CheckName.LIBRARY
        assert all(check.passed for check in found.checks)

    def test_every_fault_is_seen_at_once(self, at_acme):
        xml = response(at_acme, audience="urn:other", acs_url="https://other.example/acs")

        found = examined(at_acme, xml)

        wrong = [check.name for check in found.checks if not check.passed]
        assert wrong == [CheckName.DESTINATION, CheckName.RECIPIENT, CheckName.AUDIENCE]
        assert found.cause is Cause.WRONG_DESTINATION

    def test_what_is_old_is_said_to_be_old_and_nothing_else(self, at_acme):
        found = examined(at_acme, response(at_acme, now=timezone.now() - timedelta(days=30)))

        assert found.is_too_old
        assert found.cause is None
        assert {check.name for check in found.checks if not check.passed} == {
            CheckName.ISSUED,
            CheckName.ENDS,
        }

    def test_a_changed_response_is_read_on_and_not_vouched_for(self, at_acme):
        xml = response(at_acme).replace(b"ana@acme.example", b"eve@acme.example")

        found = examined(at_acme, xml)

        assert found.cause is Cause.BAD_SIGNATURE
        assert not found.is_vouched_for
        assert CheckName.AUDIENCE in {check.name for check in found.checks if check.passed}
        assert found.name_id == "eve@acme.example"

    def test_ciphertext_nobody_vouches_for_is_not_opened_further(self, at_acme):
        """Otherwise the page would help to guess what is inside."""
        xml = response(
            at_acme,
            encrypt_for=at_acme.connection.sp_certificate,
            sign_response=False,
            sign_assertion=False,
        )

        found = examined(at_acme, xml)

        assert found.cause in {Cause.UNSIGNED, Cause.CANNOT_DECRYPT}
        assert found.name_id == ""
        assert not found.attributes

    def test_an_encrypted_one_of_the_provider_is_examined(self, at_acme):
        xml = response(at_acme, encrypt_for=at_acme.connection.sp_certificate)

        assert examined(at_acme, xml).cause is None

    def test_an_encrypted_name_nobody_vouches_for_is_not_opened(self, at_acme):
        hide = encrypted(at_acme.connection.sp_certificate, what="NameID")
        xml = response(at_acme, before_signing=hide, sign_response=False, sign_assertion=False)

        found = examined(at_acme, xml)

        assert found.cause is Cause.UNSIGNED
        assert found.name_id == ""

    def test_whatever_a_library_raises_is_no_error_of_ours(self, at_acme, monkeypatch):
        def broken(*_arguments):
            raise RuntimeError

        monkeypatch.setattr("sso.saml.examine.client_for", broken)

        assert examined(at_acme, response(at_acme)).cause is Cause.MALFORMED

    def test_a_refusal_of_the_provider_is_shown_with_its_words(self, at_acme):
        xml = response(
            at_acme,
            status="urn:oasis:names:tc:SAML:2.0:status:Responder",
            status_message="AADSTS50105: not assigned",
        )

        found = examined(at_acme, xml)

        assert found.cause is Cause.IDP_REFUSED
        status = next(check for check in found.checks if check.name == CheckName.STATUS)
        assert "AADSTS50105" in status.seen

    @pytest.mark.parametrize(
        ("pasted", "cause"),
        [
            ("", Cause.MALFORMED),
            ("!!!", Cause.MALFORMED),
            (encoded(b"<a/>"), Cause.MALFORMED),
            (encoded(b"<!DOCTYPE a><a/>"), Cause.FORBIDDEN_XML),
            ("A" * 380_000, Cause.TOO_LARGE),
        ],
    )
    def test_what_is_no_response_is_said_to_be_none(self, at_acme, pasted, cause):
        found = examine_response(settings_for(at_acme.connection), pasted, now=timezone.now())

        assert found.cause is cause
        assert [check.name for check in found.checks] == [CheckName.FORMAT]

    def test_without_certificate_nothing_can_be_said(self, at_acme):
        at_acme.connection.idp_certificates = ""
        at_acme.connection.version += 1

        assert examined(at_acme, response(at_acme)).cause is Cause.NO_CERTIFICATE

    @pytest.mark.parametrize(
        "removed",
        [b"Conditions", b"AuthnStatement", b"SubjectConfirmationData", b"Subject"],
    )
    def test_a_missing_part_makes_no_error_of_ours(self, at_acme, removed):
        def without(root):
            for element in root.iter(f"{{*}}{removed.decode()}"):
                element.getparent().remove(element)
                break

        found = examined(at_acme, response(at_acme, before_signing=without))

        assert found.cause is not None
        assert any(not check.passed for check in found.checks)


class TestPasting:
    @pytest.mark.parametrize(
        "pasted",
        [
            "{xml}",
            "\n  {xml}\n",
            "{base64}",
            "{quoted}",
            "SAMLResponse={quoted}&RelayState=%2Fhome",
            "RelayState=x&SAMLResponse={quoted}",
        ],
    )
    def test_it_is_taken_as_people_copy_it(self, at_acme, pasted):
        xml = response(at_acme)
        text = pasted.format(
            xml=xml.decode(), base64=encoded(xml), quoted=quote(encoded(xml), safe="")
        )

        assert base64.b64decode(as_posted(text)) == xml


class TestPage:
    def test_it_shows_checks_claims_and_what_mends_it(self, console, at_acme):
        at_acme.connection.preset = "okta"
        at_acme.connection.save()
        xml = response(at_acme, audience="urn:other", attributes={"shoeSize": ["forty-two"]})

        shown = console.post(address(at_acme), {"response": encoded(xml)}).content.decode()

        for text in ("Wrong audience", "In Okta:", "urn:other", "shoeSize", "forty-two"):
            assert text in shown

    def test_nothing_is_kept_but_that_somebody_looked(self, console, at_acme, acme):
        people = User.objects.count()
        xml = response(at_acme, "secret@acme.example")

        shown = console.post(address(at_acme), {"response": xml.decode()}).content.decode()

        assert "Every check passes" in shown
        assert not UsedAssertion.objects.exists()
        assert not SignInTrace.objects.exists()
        assert User.objects.count() == people
        event = AuditEvent.objects.get(action=Action.RESPONSE_EXAMINED)
        assert event.organization == acme
        assert event.changes == {"cause": None}

    def test_what_was_encrypted_stays_closed(self, console, at_acme):
        xml = response(
            at_acme, "secret@acme.example", encrypt_for=at_acme.connection.sp_certificate
        )

        shown = console.post(address(at_acme), {"response": encoded(xml)}).content.decode()

        assert "secret@acme.example" not in shown
        assert "its values stay closed here" in shown

    def test_a_name_that_was_encrypted_by_itself_stays_closed_too(self, console, at_acme):
        hide = encrypted(at_acme.connection.sp_certificate, what="NameID")
        xml = response(at_acme, "secret@acme.example", before_signing=hide)

        shown = console.post(address(at_acme), {"response": encoded(xml)}).content.decode()

        assert "Every check passes" in shown
        assert "secret@acme.example" not in shown

    def test_it_works_on_a_connection_nobody_may_sign_in_through(self, console, at_acme):
        at_acme.connection.state = "draft"
        at_acme.connection.save()

        answer = console.post(address(at_acme), {"response": encoded(response(at_acme))})

        assert "Every check passes" in answer.content.decode()

    def test_nothing_pasted_is_an_error_beside_the_field(self, console, at_acme):
        page = console.post(address(at_acme), {"response": ""})

        assert page.context["form"].errors["response"] == ["Paste a response first."]

    def test_whoever_pasted_something_else_is_told_what_to_copy(self, console, at_acme):
        page = console.post(address(at_acme), {"response": "garbage"}).content.decode()

        assert "This is no SAML response, or not the whole of one." in page
        assert "in the trace" not in page

    def test_too_many_letters_are_not_read(self, console, at_acme):
        page = console.post(address(at_acme), {"response": "A" * 400_001})

        assert page.context["form"].errors["response"]
        assert not AuditEvent.objects.filter(action=Action.RESPONSE_EXAMINED).exists()

    def test_it_is_limited(self, console, at_acme, settings):
        settings.SIGN_IN_RATE_LIMIT = 1
        console.post(address(at_acme), {"response": "x"})

        page = console.post(address(at_acme), {"response": "x"})

        assert page.status_code == 429
        assert "Too many at once" in page.content.decode()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_another_organization_examines_nothing(
        self, at_acme, globex, make_admin, sign_in, method
    ):
        theirs = sign_in(Client(), make_admin("their-admin", organization=globex))

        assert getattr(theirs, method)(address(at_acme), {"response": "x"}).status_code == 404

    def test_without_the_ability_there_is_no_page(self, client, at_acme, make_user, sign_in):
        sub = sign_in(client, make_user("sub", role=Role.SUB_ADMIN, abilities=["people"]))

        assert sub.get(address(at_acme)).status_code == 403

    def test_the_page_takes_few_statements(self, console, at_acme, django_assert_max_num_queries):
        with django_assert_max_num_queries(10):
            page = console.post(address(at_acme), {"response": encoded(response(at_acme))})

        assert page.status_code == 200
