"""Each cause has words for everybody, in the product's voice."""

import re

import pytest

from sso.causes import Cause, words_for


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_words_that_name_the_identity_provider_correctly(cause):
    words = words_for(cause, idp="Okta {at} Acme")

    texts = (words.title, words.explanation, words.learner, words.administrator)
    for text in texts:
        assert text
        assert "{idp}" not in text
        assert not re.search(r"!|\bplease\b|\boops\b|\bsimply\b|successfully", text, re.IGNORECASE)
    assert not words.title.endswith(".")
    assert all(text.endswith((".", "?")) for text in texts[1:])


def test_a_learner_is_told_the_name_they_know():
    assert words_for(Cause.WRONG_AUDIENCE, idp="Okta").title == (
        "Okta made this sign-in for another service"
    )


@pytest.mark.parametrize("cause", Cause)
def test_who_is_told_to_ask_an_administrator_is_not_sent_back_to_try_again(cause):
    words = words_for(cause, idp="Okta")

    asks = re.match("Ask your administrator|Your administrator|Trying again won’t", words.learner)
    assert words.can_try_again is (asks is None)


def test_labels_are_short_enough_for_a_filter():
    assert all(len(label) <= 32 for label in Cause.labels)
