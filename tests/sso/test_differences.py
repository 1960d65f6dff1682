"""What an administrator reads of a difference, as a table: values in, words out."""

from __future__ import annotations

import pytest

from sso.differences import certificate_difference, consequences, differences
from sso.saml.pem import split_pem
from tests.sso.conftest import signing_identity

FIRST, SECOND = (
    signing_identity(f"https://{name}.example").certificate_pem for name in ("first", "second")
)


@pytest.mark.parametrize(
    ("field", "before", "after", "words"),
    [
        ("name", "Okta", "Our Okta", ("Name", "Okta", "Our Okta")),
        ("preset", "okta", "entra", ("Identity provider", "Okta", "Microsoft Entra ID")),
        ("sign_requests", True, False, ("Sign requests", "On", "Off")),
        ("request_binding", "redirect", "post", ("Request binding", "HTTP-Redirect", "HTTP-POST")),
        ("subject_attribute", "", "uid", ("Subject attribute", "—", "uid")),
        ("attribute_map", {}, {"b": "y", "a": "x"}, ("Attribute map", "—", "a: x, b: y")),
        ("auto_assign", None, True, ("Automatically assign licenses", "As the policy says", "On")),
        ("pool", None, "7", ("License pool", "Any, by priority", "Engineering")),
        ("pool", "8", None, ("License pool", "a pool that is gone", "Any, by priority")),
    ],
)
def test_a_field_is_told_in_the_words_of_its_page(field, before, after, words):
    (found,) = differences({field: before}, {field: after}, pools={"7": "Engineering"})

    assert (found.label, found.before, found.after) == words


def test_what_is_the_same_or_not_named_is_no_difference():
    assert differences({"name": "Okta", "preset": "okta"}, {"name": "Okta"}) == []


def test_certificates_come_stay_and_go():
    found = certificate_difference(
        {"idp_certificates": FIRST}, {"idp_certificates": SECOND + FIRST}
    )
    assert [facts.pem for facts in found.added] == list(split_pem(SECOND))
    assert [facts.pem for facts in found.kept] == list(split_pem(FIRST))
    assert found.removed == ()

    back = certificate_difference({"idp_certificates": SECOND + FIRST}, {"idp_certificates": FIRST})
    assert [facts.pem for facts in back.removed] == list(split_pem(SECOND))


def test_another_order_of_certificates_is_no_difference():
    both = certificate_difference(
        {"idp_certificates": FIRST + SECOND}, {"idp_certificates": SECOND + FIRST}
    )

    assert both.is_empty


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ({"idp_certificates": FIRST}, {"idp_certificates": SECOND}, "trusted no more"),
        ({"idp_certificates": FIRST}, {"idp_certificates": SECOND}, "1 new certificate"),
        ({"idp_entity_id": "a"}, {"idp_entity_id": "b"}, "another identity provider"),
        ({"idp_sso_post_url": "a"}, {"idp_sso_post_url": "b"}, "sent to another address"),
        ({"subject_attribute": ""}, {"subject_attribute": "uid"}, "known by something else"),
    ],
)
def test_what_touches_people_is_said_in_a_sentence(before, after, sentence):
    assert any(sentence in each for each in consequences(before, after))


def test_what_touches_nobody_is_no_sentence():
    assert consequences({"name": "a"}, {"name": "b"}) == []
