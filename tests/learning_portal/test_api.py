"""`GET /api/v1/me`."""

import json
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import BindingPolicy, Organization, Session, User
from accounts.roles import Role
from licenses.policies import LicenseState

ME = "/api/v1/me"


def test_a_stranger_gets_401_in_json(client, db):
    response = client.get(ME)

    assert response.status_code == 401
    assert response["Content-Type"] == "application/json"
    assert response["WWW-Authenticate"] == "Session"


def test_somebody_learns_who_they_are_and_nothing_of_others(client, make_user, sign_in):
    ana = make_user("ana")

    response = sign_in(client, ana).get(ME)

    assert response.json() == {
        "id": str(ana.pk),
        "user_name": "ana",
        "organization": "acme",
        "role": "learner",
        "license": "none",
        "binding": "none",
    }
    assert response["Cache-Control"] == "no-store"


def test_platform_staff_have_no_organization(client, make_staff, sign_in):
    answer = sign_in(client, make_staff("ops")).get(ME).json()

    assert answer["organization"] is None
    assert answer["role"] == "staff"


def test_the_answer_costs_four_statements(client, make_user, sign_in):
    sign_in(client, make_user("ana"))

    with CaptureQueriesContext(connection) as captured:
        client.get(ME)

    assert len(captured) == 4


@pytest.mark.parametrize("ended", ["session", "person", "organization"])
def test_whoever_was_signed_in_is_a_stranger_afterwards(client, make_user, sign_in, ended):
    sign_in(client, make_user("ana"))
    match ended:
        case "session":
            Session.objects.all().delete()
        case "person":
            User.objects.active().update(
                state=User.State.DEACTIVATED, deactivated_at=timezone.now()
            )
        case "organization":
            Organization.objects.update(status=Organization.Status.SUSPENDED)

    assert client.get(ME).status_code == 401


def test_a_required_profile_is_named_missing_and_hides_nobody(client, make_user, sign_in):
    sign_in(client, make_user("ana"))
    Organization.objects.update(binding_policy=BindingPolicy.REQUIRED)

    assert client.get(ME).json()["binding"] == "none"


def test_only_get_is_answered(client, make_user, sign_in):
    assert sign_in(client, make_user("ana")).post(ME).status_code == 405


# The page


PAGE = Path("docs/reference/api.md").read_text()


def words_of(field):
    """The values in backticks of a field's row."""
    row = re.search(rf"^\| `{field}` \| (.+) \|$", PAGE, re.M)
    assert row
    return set(re.findall(r"`([a-z_]+)`", row[1]))


def test_the_page_shows_the_fields_of_the_answer(client, make_user, sign_in):
    answer = sign_in(client, make_user("ana")).get(ME).json()

    example = json.loads(PAGE.split("```json\n")[1].split("```")[0])
    assert list(example) == list(answer)
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.M)) == set(answer)


def test_the_page_names_every_state():
    assert words_of("role") == set(Role.values)
    assert words_of("license") == set(LicenseState.values)
    assert words_of("binding") == {"none", "active", "suspended"}
