"""Where a cause is mended in a particular product, and that the page about it says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sso.causes import Cause, codes_in, fix_for
from sso.causes.codes import ADFS_CODES, ENTRA_CODES
from sso.causes.fixes import FIXES
from sso.models import Preset, SignInTrace

PAGE = Path("docs/reference/sign-in-fixes.md").read_text()
# What a mistyped or forgotten setting there leads to.
COMMON = {
    Cause.IDP_REFUSED,
    Cause.UNSIGNED,
    Cause.BAD_SIGNATURE,
    Cause.NO_CERTIFICATE,
    Cause.WRONG_ISSUER,
    Cause.WRONG_DESTINATION,
    Cause.WRONG_RECIPIENT,
    Cause.WRONG_AUDIENCE,
    Cause.NO_SUBJECT,
    Cause.EMAIL_MISSING,
}


def rows(heading):
    """The table under a heading of the page, as tuples."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", section, re.M)
    return {code: (first, second) for code, first, second in found}


@pytest.mark.parametrize("preset", [each for each in Preset if each != Preset.GENERIC])
def test_what_is_common_has_a_place_in_every_product(preset):
    assert set(FIXES[preset]) >= COMMON


@pytest.mark.parametrize("preset", FIXES)
def test_the_page_says_what_the_console_says(preset):
    fixes = FIXES[preset].items()

    assert rows(Preset(preset).label) == {
        cause.value: (str(fix.where), str(fix.what)) for cause, fix in fixes
    }


@pytest.mark.parametrize(
    ("heading", "codes", "prefix"),
    [
        ("Codes of Microsoft Entra ID", ENTRA_CODES, "AADSTS"),
        ("Codes of AD FS", ADFS_CODES, "MSIS"),
    ],
)
def test_the_page_lists_the_codes_that_are_known(heading, codes, prefix):
    assert rows(heading) == {
        f"{prefix}{number}": (str(meaning), str(fix)) for number, (meaning, fix) in codes.items()
    }


def test_a_value_that_has_to_be_copied_is_one_of_ours(at_acme):
    for fixes in FIXES.values():
        for fix in fixes.values():
            assert not fix.value or getattr(at_acme.connection, fix.value).startswith("http")


@pytest.mark.parametrize("cause", ["", *Cause.values])
def test_a_provider_of_any_kind_has_the_general_advice_alone(cause):
    assert fix_for(Preset.GENERIC, cause) is None


def test_codes_are_found_in_the_providers_own_words():
    text = "Responder / AADSTS50105: not assigned. AADSTS50105 MSIS7070: x AADSTS999999 MSIS1"

    found = list(codes_in(text))

    assert [each.code for each in found] == ["AADSTS50105", "AADSTS999999", "MSIS7070"]
    assert found[1].url == "https://login.microsoftonline.com/error?code=999999"


@pytest.mark.django_db
class TestTracePage:
    def shown(self, console, trace):
        return console.get(f"/console/sso/signintrace/{trace.pk}/change/").content.decode()

    def refuse(self, journey, name="ana@acme.example", **changes):
        journey.post(journey.answer(name, in_response_to=journey.begin(), **changes))
        return SignInTrace.objects.order_by("-created_at").first()

    def test_the_trace_says_where_in_that_product_and_what_to_paste(self, console, at_acme):
        at_acme.connection.preset = "okta"
        at_acme.connection.save()

        shown = self.shown(console, self.refuse(at_acme, audience="urn:other"))

        assert "In Okta:" in shown
        assert "Set Audience URI (SP Entity ID) to our entity ID." in shown
        assert at_acme.connection.entity_id in shown

    def test_a_code_in_the_providers_words_is_explained(self, console, at_acme):
        trace = self.refuse(
            at_acme,
            status="urn:oasis:names:tc:SAML:2.0:status:Responder",
            status_message="AADSTS50105: The signed in user is not assigned to a role.",
        )

        shown = self.shown(console, trace)

        assert "https://login.microsoftonline.com/error?code=50105" in shown
        assert "The person isn’t assigned" in shown

    @pytest.mark.parametrize(
        ("typed", "is_found"),
        [
            ("audience", True),
            ("Wrong audience", True),
            ("wrong_audience", True),
            ("signature", False),
            ("wr", False),
            ("ana@acme.example", True),
            ("bob@acme.example", False),
        ],
    )
    def test_attempts_are_found_by_cause_and_by_person(self, console, at_acme, typed, is_found):
        trace = self.refuse(at_acme, audience="urn:other")
        SignInTrace.objects.update(subject_hint="a…a@acme.example")

        found = console.get("/console/sso/signintrace/", {"q": typed})

        rows = [row.pk for row in found.context["cl"].result_list]
        assert rows == ([trace.pk] if is_found else [])

    def test_the_other_organization_finds_nothing(
        self, client, at_acme, globex, make_admin, sign_in
    ):
        self.refuse(at_acme, audience="urn:other")
        theirs = sign_in(client, make_admin("their-admin", organization=globex))

        found = theirs.get("/console/sso/signintrace/", {"q": "audience"})

        assert list(found.context["cl"].result_list) == []
