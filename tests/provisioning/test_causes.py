"""Each refusal has one cause, and every cause words for each directory."""

from __future__ import annotations

import itertools

import pytest

from accounts.models import Organization
from provisioning import errors
from provisioning.causes import WORDS, Cause, calls_with, cause_of
from provisioning.models import ProvisioningLogEntry

REFUSALS = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, errors.ScimError)
]


@pytest.mark.parametrize(
    ("status", "scim_type", "cause"),
    [
        (409, "uniqueness", Cause.TAKEN),
        (409, "", Cause.LAST_ADMIN),
        (400, "invalidValue", Cause.VALUE),
        (400, "noTarget", Cause.PATH),
        (400, "invalidPath", Cause.PATH),
        (400, "mutability", Cause.MUTABILITY),
        (400, "invalidFilter", Cause.FILTER),
        (400, "", Cause.SYNTAX),
        (401, "", Cause.TOKEN),
        (404, "", Cause.GONE),
        (404, "noEndpoint", Cause.ADDRESS),
        (412, "", Cause.CHANGED),
        (413, "", Cause.TOO_LARGE),
        (429, "", Cause.RATE),
        (503, "", Cause.PAUSED),
        (500, "", Cause.OURS),
        (418, "", Cause.OTHER),
        (409, "unheardOf", Cause.LAST_ADMIN),
    ],
)
def test_status_and_type_say_the_cause(status: int, scim_type: str, cause: Cause) -> None:
    assert cause_of(status, scim_type) is cause


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.__name__)
def test_every_refusal_that_scim_knows_has_a_cause_of_its_own(
    refusal: type[errors.ScimError],
) -> None:
    cause = cause_of(refusal.status, refusal.scim_type or "")

    assert cause is not Cause.OTHER
    assert (cause is Cause.OURS) == (refusal is errors.Unexpected)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_words_for_each_directory(cause: Cause) -> None:
    words = WORDS[cause]

    assert str(words.meaning)
    assert words.for_dialect("entra_optscim") is words.entra
    assert words.for_dialect("okta") is words.okta
    assert words.for_dialect("") is words.elsewhere
    for text in (words.entra, words.okta, words.elsewhere):
        assert str(text).endswith(".")


def test_the_condition_in_the_database_is_the_function(acme: Organization) -> None:
    statuses = (200, 400, 403, 404, 405, 409, 412, 413, 415, 418, 429, 500, 501, 503)
    types = ("", "uniqueness", "invalidPath", "expiredCursor", "noEndpoint", "unheardOf")
    rows = ProvisioningLogEntry.objects.bulk_create(
        ProvisioningLogEntry(
            organization=acme,
            method=method,
            operation="create",
            status=status,
            scim_type=scim_type,
            milliseconds=1,
        )
        for status, scim_type, method in itertools.product(statuses, types, ("POST", "GET"))
    )

    for cause in Cause:
        expected = {
            row.pk
            for row in rows
            if row.is_refused and cause_of(row.status, row.scim_type) is cause
        }
        found = ProvisioningLogEntry.objects.refused().filter(calls_with(cause))

        assert set(found.values_list("pk", flat=True)) == expected, cause
    troubles = ProvisioningLogEntry.objects.troubles()
    assert set(troubles.values_list("pk", flat=True)) == {
        row.pk for row in rows if row.needs_somebody
    }
