"""Which name of an answer counts, and that no other can be slipped in for it."""

from __future__ import annotations

import pytest

from accounts.models import Session, User
from sso.causes import Cause
from sso.models import IdentityClaim, SamlIdentity, SignInTrace
from tests.sso.conftest import is_signed_in
from tests.sso.saml.mutations import CONFIRMATION_DATA, both, drop, put

pytestmark = pytest.mark.django_db

TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


@pytest.fixture(autouse=True)
def _no_profiles(acme):
    acme.binding_policy = "off"
    acme.save()


def transient(journey, number: int, **attributes: str):
    return journey.sign_in(
        f"_{number:032x}",
        name_id_format=TRANSIENT,
        attributes={name: [value] for name, value in attributes.items()},
    )


@pytest.mark.parametrize(
    "attributes",
    [
        {"mail": "ana@acme.example"},
        {"employeeId": "emp-7"},
        {"employeeId": "emp-7", "mail": "ana@acme.example"},
    ],
)
def test_behind_transient_names_stands_one_person(acme, at_acme, attributes):
    first = transient(at_acme, 1, **attributes)
    second = transient(at_acme, 2, **attributes)

    assert (first.status_code, second.status_code) == (302, 302)
    assert User.objects.in_organization(acme).count() == 1
    assert SamlIdentity.objects.count() == 1


def test_a_transient_name_alone_names_nobody(acme, at_acme):
    response = transient(at_acme, 1)

    assert response.status_code == 403
    assert SignInTrace.objects.get().cause == Cause.NO_SUBJECT
    assert not User.objects.in_organization(acme).exists()


def test_who_edits_their_address_and_asks_for_transient_names_becomes_nobody_else(at_acme):
    """A learner writes their own AuthnRequest around our request's ID, with another format."""
    at_acme.sign_in("ana@acme.example")
    ana = SamlIdentity.objects.get().user
    Session.objects.all().delete()

    response = transient(at_acme, 1, mail="ana@acme.example")

    assert response.status_code == 403
    assert SignInTrace.objects.get(outcome="refused").cause == Cause.PERSON_CONFLICT
    assert IdentityClaim.objects.get().user == ana
    assert not is_signed_in(at_acme.client)


def test_no_name_id_can_be_what_stands_for_a_transient_one(at_acme):
    transient(at_acme, 1, mail="ana@acme.example")
    kept = SamlIdentity.objects.get()
    Session.objects.all().delete()

    assert at_acme.sign_in(kept.name_id).status_code == 403
    assert at_acme.sign_in(kept.name_id.strip()).status_code == 403
    assert not Session.objects.filter(user=kept.user).exists()


def test_staff_are_not_named_by_transient_answers_either(at_acme, make_staff):
    make_staff("root", email="root@portal.example")

    transient(at_acme, 1, mail="root@portal.example")

    assert SignInTrace.objects.get().cause == Cause.STAFF_NOT_ALLOWED


def test_the_request_of_the_signed_confirmation_is_the_one_used_up(at_acme):
    request_id = at_acme.begin()
    xml = at_acme.answer(
        "ana@acme.example", in_response_to=request_id, before_signing=drop(".", "InResponseTo")
    )

    assert at_acme.post(xml).status_code == 302
    assert at_acme.post(xml).status_code == 403


def test_the_envelope_cannot_swap_the_request(at_acme):
    """It may be unsigned: what it says must be what is signed, or nothing."""
    request_id, other = at_acme.begin(), at_acme.begin()
    xml = at_acme.answer(
        "ana@acme.example", in_response_to=other, after_signing=put(".", "InResponseTo", request_id)
    )

    assert at_acme.post(xml).status_code == 403
    assert SignInTrace.objects.get().cause == Cause.REQUEST_MISMATCH


def test_no_request_anywhere_is_an_answer_nobody_asked_for(at_acme):
    at_acme.begin()
    xml = at_acme.answer(
        "ana@acme.example",
        in_response_to="_x",
        before_signing=both(drop(".", "InResponseTo"), drop(CONFIRMATION_DATA, "InResponseTo")),
    )

    assert at_acme.post(xml).status_code == 403
    assert SignInTrace.objects.get().cause == Cause.UNSOLICITED
