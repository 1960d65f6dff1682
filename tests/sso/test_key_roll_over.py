"""One key of ours takes the place of another, and nobody's sign-in fails meanwhile."""

from __future__ import annotations

import base64
import threading
from collections import Counter
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509 import load_pem_x509_certificate
from django.db import connection as database
from django.test import Client
from django.utils import timezone
from lxml import etree

from accounts.models import User
from accounts.roles import Ability, Role
from audit.actions import Action
from audit.models import AuditEvent
from sandbox.saml_messages import parse_redirect_request
from sso import connection_settings
from sso.connection_settings import settings_for, settings_to_try
from sso.errors import ChangeDecided, KeyGone, KeyWaits
from sso.green_tests import has_green_test
from sso.models import (
    ConnectionVersion,
    SamlConnection,
    SignInTest,
    StagedChange,
    StandbyKey,
)
from sso.services import (
    apply_staged_change,
    make_next_key,
    retire_key,
    sign_with_key,
    stage_key,
    stage_roll_back,
)
from sso.services.keys import fingerprint_of
from tests.sso.conftest import Journey

pytestmark = pytest.mark.django_db

DS = "{http://www.w3.org/2000/09/xmldsig#}"
MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"


@pytest.fixture
def okta(at_acme):
    return at_acme.connection


@pytest.fixture
def next_certificate(okta, actor):
    """Of the key that is published beside the one that signs."""
    return make_next_key(connection=okta, actor=actor).certificate


def promote(okta, certificate, actor):
    sign_with_key(connection=okta, fingerprint=fingerprint_of(certificate), actor=actor)


def published(okta):
    """The certificates of our metadata by use, in the order they stand there."""
    root = etree.fromstring(Client().get(f"/sso/{okta.pk}/metadata").content)
    found = {"signing": [], "encryption": []}
    for key in root.iter(f"{MD}KeyDescriptor"):
        found[key.get("use")].append("".join(key.find(f".//{DS}X509Certificate").text.split()))
    return found


def body(certificate):
    return "".join(certificate.split("-----")[2].split())


def signs(journey, certificate):
    """Whether our next request is signed with this certificate's key."""
    return is_signed_by(journey.client.get(f"/sso/{journey.connection.pk}/login").url, certificate)


def is_signed_by(url, certificate):
    query = urlsplit(url).query
    signed, _, signature = query.partition("&Signature=")
    key = load_pem_x509_certificate(certificate.encode()).public_key()
    try:
        key.verify(
            base64.b64decode(parse_qs(f"s={signature}")["s"][0]),
            signed.encode(),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
    except InvalidSignature:
        return False
    return True


def text_of(response):
    assert response.status_code == 200, response
    return unescape(response.content.decode())


def page(connection, name="keys/"):
    return f"/console/sso/samlconnection/{connection.pk}/{name}"


class TestFromOneKeyToTheNext:
    def test_each_step_and_every_sign_in_on_the_way(self, at_acme, okta, actor):
        first = okta.sp_certificate
        seen = []

        def everybody_gets_in(*certificates):
            for certificate in (None, *certificates):
                encrypted = {"encrypt_for": certificate} if certificate else {}
                seen.append(at_acme.sign_in("ana", **encrypted).status_code)

        everybody_gets_in(first)
        second = make_next_key(connection=okta, actor=actor).certificate
        everybody_gets_in(first, second)
        assert signs(at_acme, first)
        promote(okta, second, actor)
        everybody_gets_in(first, second)
        assert signs(at_acme, second)
        promote(okta, first, actor)
        everybody_gets_in(first, second)
        assert signs(at_acme, first)
        promote(okta, second, actor)
        retire_key(connection=okta, fingerprint=fingerprint_of(first), actor=actor)
        everybody_gets_in(second)

        assert Counter(seen) == {302: len(seen)}
        assert at_acme.sign_in("ana", encrypt_for=first).status_code == 403

    def test_an_answer_to_a_request_that_the_former_key_signed_is_taken(
        self, at_acme, okta, next_certificate, actor
    ):
        request = at_acme.begin()
        promote(okta, next_certificate, actor)

        assert at_acme.post(at_acme.answer("ana", in_response_to=request)).status_code == 302

    def test_both_are_published_while_there_are_two(self, okta, actor):
        first = body(okta.sp_certificate)
        assert published(okta) == {"signing": [first], "encryption": [first]}

        second = body(make_next_key(connection=okta, actor=actor).certificate)
        assert published(okta) == {"signing": [first, second], "encryption": [first, second]}

    def test_it_is_on_record_and_a_version_without_any_key(self, okta, next_certificate, actor):
        promote(okta, next_certificate, actor)
        former = StandbyKey.objects.get().certificate
        retire_key(connection=okta, fingerprint=fingerprint_of(former), actor=actor)

        actions = [Action.KEY_MADE, Action.KEY_PROMOTED, Action.KEY_RETIRED]
        events = AuditEvent.objects.filter(action__in=actions).order_by("id")
        assert [event.action for event in events] == actions
        assert events[1].changes == {"fingerprint": fingerprint_of(next_certificate)}
        versions = ConnectionVersion.objects.filter(connection=okta, action__in=actions)
        assert versions.count() == 3
        kept = str([*events.values(), *versions.values()])
        assert "PRIVATE KEY" not in kept
        assert okta.sp_private_key not in kept

    def test_the_standby_key_lies_sealed(self, next_certificate):
        standby = StandbyKey.objects.get()

        assert "PRIVATE KEY" not in standby.private_key
        assert "PRIVATE KEY" in standby.private_key_pem

    def test_keys_of_one_connection_are_its_own(self, at_acme, at_globex, next_certificate):
        assert at_globex.sign_in("eve", encrypt_for=next_certificate).status_code == 403


class TestTwice:
    def test_the_next_key_is_made_once(self, okta, next_certificate, actor):
        version = okta.version

        assert make_next_key(connection=okta, actor=actor).certificate == next_certificate
        assert SamlConnection.objects.get(pk=okta.pk).version == version

    def test_promoting_twice_is_promoting_once(self, okta, next_certificate, actor):
        promote(okta, next_certificate, actor)
        promote(okta, next_certificate, actor)

        assert okta.sp_certificate == next_certificate
        assert AuditEvent.objects.filter(action=Action.KEY_PROMOTED).count() == 1

    def test_retiring_twice_is_retiring_once(self, okta, next_certificate, actor):
        for _ in range(2):
            name = fingerprint_of(next_certificate)
            retire_key(connection=okta, fingerprint=name, actor=actor)

        assert AuditEvent.objects.filter(action=Action.KEY_RETIRED).count() == 1

    def test_a_third_key_waits_until_the_former_is_retired(self, okta, next_certificate, actor):
        promote(okta, next_certificate, actor)

        with pytest.raises(KeyWaits):
            make_next_key(connection=okta, actor=actor)

    def test_the_key_that_signs_is_not_retired(self, okta, next_certificate, actor):
        with pytest.raises(KeyGone):
            retire_key(
                connection=okta, fingerprint=fingerprint_of(okta.sp_certificate), actor=actor
            )

    def test_a_key_that_is_gone_is_not_promoted(self, okta, next_certificate, actor):
        retire_key(connection=okta, fingerprint=fingerprint_of(next_certificate), actor=actor)

        with pytest.raises(KeyGone):
            promote(okta, next_certificate, actor)


class TestWhetherItIsStillInUse:
    def test_an_answer_for_the_standby_key_is_noted_true_to_the_hour(
        self, at_acme, okta, next_certificate
    ):
        at_acme.sign_in("ana", encrypt_for=okta.sp_certificate)
        assert StandbyKey.objects.get().opened_at is None

        at_acme.sign_in("ana", encrypt_for=next_certificate)
        first = StandbyKey.objects.get().opened_at
        assert first is not None
        at_acme.sign_in("ana", encrypt_for=next_certificate)
        assert StandbyKey.objects.get().opened_at == first

        with time_machine.travel(timezone.now() + timedelta(minutes=61)):
            at_acme.sign_in("ana", encrypt_for=next_certificate)
        assert StandbyKey.objects.get().opened_at > first

    def test_what_was_refused_is_no_use(self, at_acme, next_certificate):
        refused = at_acme.sign_in(
            "ana", encrypt_for=next_certificate, audience="https://other.example"
        )

        assert refused.status_code == 403
        assert StandbyKey.objects.get().opened_at is None

    def test_it_counts_anew_once_the_keys_have_changed_places(
        self, at_acme, okta, next_certificate, actor
    ):
        at_acme.sign_in("ana", encrypt_for=next_certificate)
        promote(okta, next_certificate, actor)

        assert StandbyKey.objects.get().opened_at is None


def test_a_row_read_before_the_keys_changed_places_still_opens_with_both(
    okta, next_certificate, actor
):
    """A request may have read the connection just before: it must not miss one of the two."""
    read_before = SamlConnection.objects.get(pk=okta.pk)
    promote(okta, next_certificate, actor)
    connection_settings._kept.clear()

    found = settings_for(read_before).sp

    assert found.certificate_pem == next_certificate
    assert found.other_certificate_pem == read_before.sp_certificate


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_no_sign_in_fails_while_the_keys_change_places_again_and_again(
    acme, at_acme, okta, actor, next_certificate
):
    acme.binding_policy = "off"
    acme.save()
    certificates = [okta.sp_certificate, next_certificate]
    is_over = threading.Event()
    answers = []

    def sign_in(number):
        journey = Journey(okta, at_acme.idp, Client())
        try:
            while not is_over.is_set():
                answers.append(
                    journey.sign_in(f"p{number}", encrypt_for=certificates[number % 2]).status_code
                )
        finally:
            database.close()

    threads = [threading.Thread(target=sign_in, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for change in range(8):
        before = len(answers)
        promote(okta, certificates[1 - change % 2], actor)
        while len(answers) < before + 4:
            is_over.wait(0.01)
    is_over.set()
    for thread in threads:
        thread.join()

    assert Counter(answers) == {302: len(answers)}
    assert User.objects.filter(user_name__startswith="p").count() == 4


class TestPages:
    def given(self, certificate, **act):
        return {"fingerprint": fingerprint_of(certificate), "is_sure": "on", **act}

    def test_an_administrator_rolls_over_and_back_and_retires(self, console, okta):
        first = okta.sp_certificate
        assert "Make the next key" in text_of(console.get(page(okta)))

        console.post(page(okta), {"_make": "1"})
        second = StandbyKey.objects.get().certificate
        shown = text_of(console.get(page(okta)))
        assert fingerprint_of(first) in shown
        assert fingerprint_of(second) in shown
        assert "Promote the next key" in shown

        console.post(page(okta), self.given(second, _promote="1"))
        shown = text_of(console.get(page(okta)))
        assert "Sign with the former key again" in shown
        assert "No answer has been encrypted for it since" in shown

        console.post(page(okta), self.given(first, _promote="1"))
        okta.refresh_from_db()
        assert okta.sp_certificate == first

        console.post(page(okta), self.given(second, _retire="1"))
        assert not StandbyKey.objects.exists()

    @pytest.mark.parametrize("act", ["_promote", "_retire"])
    def test_without_the_tick_nothing_happens(self, console, okta, next_certificate, act):
        sent = self.given(next_certificate, **{act: "1"})
        del sent["is_sure"]

        shown = text_of(console.post(page(okta), sent))
        assert "then tick the box" in shown
        assert "The identity provider has this certificate" in shown
        assert "The identity provider has the other certificate" in shown
        okta.refresh_from_db()
        assert okta.sp_certificate != next_certificate
        assert StandbyKey.objects.exists()

    def test_a_page_of_yesterday_is_told_so(self, console, okta, next_certificate, actor):
        retire_key(connection=okta, fingerprint=fingerprint_of(next_certificate), actor=actor)

        response = console.post(page(okta), self.given(next_certificate, _promote="1"), follow=True)

        assert "have changed in the meantime" in text_of(response)

    def test_that_the_former_key_is_still_needed_is_said(
        self, console, at_acme, okta, next_certificate, actor
    ):
        former = okta.sp_certificate
        promote(okta, next_certificate, actor)
        at_acme.sign_in("ana", encrypt_for=former)

        assert "still encrypts for it" in text_of(console.get(page(okta)))

    def test_certificates_are_files_and_keys_are_not(self, console, okta, next_certificate):
        signing = console.get(page(okta, "keys/signing.pem"))
        standby = console.get(page(okta, "keys/standby.pem"))

        assert signing.content.decode() == okta.sp_certificate
        assert standby.content.decode() == next_certificate
        assert "PRIVATE" not in (signing.content + standby.content).decode()
        assert "PRIVATE" not in text_of(console.get(page(okta)))

    def test_without_a_standby_key_there_is_no_file_of_it(self, console, okta):
        assert console.get(page(okta, "keys/standby.pem")).status_code == 404
        assert console.get(page(okta, "keys/private.pem")).status_code == 404

    def test_the_connection_s_page_leads_there(self, console, okta, next_certificate):
        shown = text_of(console.get(page(okta, "change/")))

        assert page(okta) in shown
        assert "another is published beside it" in shown

    @pytest.mark.parametrize("name", ["keys/", "keys/signing.pem"])
    def test_another_organization_s_are_not_there(
        self, client, sign_in, make_admin, globex, okta, name
    ):
        sign_in(client, make_admin("their-admin", organization=globex))

        assert client.get(page(okta, name)).status_code == 404
        assert client.post(page(okta), {"_make": "1"}).status_code == 404
        assert not StandbyKey.objects.exists()

    def test_without_the_ability_there_is_nothing(self, client, sign_in, make_user, okta):
        others = [each for each in Ability if each is not Ability.SSO]
        sign_in(client, make_user("helper", role=Role.SUB_ADMIN, abilities=others))

        assert client.get(page(okta)).status_code == 403


class TestTryingItFirst:
    """The standby key as a change that waits: tested like any other, then applied."""

    def test_a_test_signs_with_the_key_that_waits_and_nobody_else_does(
        self, console, at_acme, okta, next_certificate
    ):
        response = console.post(page(okta), {"_try": "1"})
        staged = StagedChange.objects.get()
        assert response.url == f"{page(okta, 'tests/')}?change={staged.pk}"
        assert text_of(console.get(response.url))

        sent = console.post(response.url)
        assert is_signed_by(sent.url, next_certificate)
        assert signs(at_acme, okta.sp_certificate)

    def test_a_green_test_is_of_that_key_and_not_of_the_one_that_signs(
        self, console, at_acme, okta, next_certificate, actor
    ):
        staged = stage_key(connection=okta, actor=actor)
        sent = console.post(f"{page(okta, 'tests/')}?change={staged.pk}")
        request = parse_redirect_request(urlsplit(sent.url).query).id
        for certificate in (okta.sp_certificate, next_certificate):
            assert certificate in {
                settings_to_try(staged.result).sp.certificate_pem,
                settings_to_try(staged.result).sp.other_certificate_pem,
            }
        at_acme.post(
            at_acme.answer("admin", in_response_to=request, encrypt_for=okta.sp_certificate),
            client=console,
        )

        assert SignInTest.objects.get().is_green
        assert has_green_test(staged.result)
        assert not has_green_test(okta)
        apply_staged_change(staged=staged, actor=actor)
        okta.refresh_from_db()
        assert okta.sp_certificate == next_certificate
        assert has_green_test(okta)

    def test_it_is_shown_by_its_fingerprint_and_applied_on_its_page(
        self, console, okta, next_certificate, actor
    ):
        staged = stage_key(connection=okta, actor=actor)

        shown = text_of(console.get(page(okta, f"changes/{staged.pk}/")))
        assert fingerprint_of(next_certificate) in shown
        assert "Our requests are signed with another key" in shown
        console.post(page(okta, f"changes/{staged.pk}/"), {"_apply": "1"})

        okta.refresh_from_db()
        assert okta.sp_certificate == next_certificate
        assert StagedChange.objects.get().outcome == "applied"

    def test_the_same_waits_once_and_without_a_key_nothing_waits(
        self, okta, next_certificate, actor
    ):
        assert stage_key(connection=okta, actor=actor) == stage_key(connection=okta, actor=actor)
        promote(okta, next_certificate, actor)
        assert not StagedChange.objects.open().exists(), "what was tried first is so by now"
        back = stage_key(connection=okta, actor=actor)
        assert StagedChange.objects.open().get() == back

        retire_key(
            connection=okta,
            fingerprint=fingerprint_of(StandbyKey.objects.get().certificate),
            actor=actor,
        )
        assert not StagedChange.objects.open().exists()
        with pytest.raises(ChangeDecided):
            apply_staged_change(staged=back, actor=actor)
        with pytest.raises(KeyGone):
            stage_key(connection=okta, actor=actor)

    def test_going_back_to_an_earlier_version_brings_no_key_back(
        self, console, okta, next_certificate, actor
    ):
        before = ConnectionVersion.objects.get(connection=okta, number=okta.version)
        promote(okta, next_certificate, actor)

        assert stage_roll_back(version=before, actor=actor) is None
        shown = text_of(console.get(page(okta, f"versions/{okta.version}/")))
        assert fingerprint_of(next_certificate) in shown
        shown = text_of(console.get(page(okta, f"versions/{before.number}/")))
        assert "there is nothing to go back to" in shown
