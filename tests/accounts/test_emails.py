"""The form in which e-mail addresses are kept."""

import pytest

from accounts.emails import MAX_LENGTH, usable


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (" Ana@Acme.EXAMPLE\n", "ana@acme.example"),
        ("ana@corp", ""),
        ("Ana Test <ana@acme.example>", ""),
        ("", ""),
    ],
)
def test_an_address_of_somebody_elses_is_kept_in_one_form_or_not_at_all(sent, kept):
    assert usable(sent) == kept


def test_the_longest_address_has_room():
    local = "a" * 64
    domain = ".".join(["b" * 60] * 3)
    longest = f"{local}@{domain}.{'c' * (MAX_LENGTH - len(local) - len(domain) - 2)}"

    assert usable(longest) == longest
    assert usable(f"{longest}c") == ""
