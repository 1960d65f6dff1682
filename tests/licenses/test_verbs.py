"""What an administrator may do about somebody's license: the same from every list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.roles import Ability, Role
from accounts.services import deactivate_user, reactivate_user
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, Source
from licenses.services import assign_license, assign_on_first_sso, revoke_license
from licenses.standing import license_state
from licenses.verbs import LICENSE_VERBS

PEOPLE = "/console/accounts/user/"
LICENSES = "/console/licenses/licenseassignment/"


@pytest.fixture
def people(generous, make_pool, make_user, actor, idp):
    """One person in each situation, by name."""
    old = make_pool(seats=1, name="Old")
    main = make_pool(seats=2, name="Main")
    found = {
        name: make_user(name)
        for name in ("never", "lapsed", "holds", "taken", "closed", "away", "waits")
    }
    assign_license(user=found["lapsed"], source=Source.ADMIN, actor=actor, pool=old)
    type(old).objects.filter(pk=old.pk).update(ends_at=timezone.now() - timedelta(days=30))
    for name in ("taken", "closed", "away"):
        assign_license(user=found[name], source=Source.ADMIN, actor=actor, pool=main)
        if name == "taken":
            revoke_license(user=found[name], actor=actor)
        else:
            deactivate_user(user=found[name], actor=actor)
    reactivate_user(user=found["away"], actor=actor)
    assign_license(user=found["holds"], source=Source.ADMIN, actor=actor, pool=main)
    assign_license(user=make_user(), source=Source.ADMIN, actor=actor, pool=main)
    assign_on_first_sso(user=found["waits"], actor=idp)
    return found


def choose(console, address, verb, rows):
    keys = [str(row.pk) for row in rows]
    return console.post(address, {"action": verb, "_selected_action": keys})


@pytest.mark.parametrize(
    ("verb", "names"),
    [
        ("assign_license", {"never", "lapsed", "taken", "away"}),
        ("revoke_license", {"holds"}),
        ("take_off_line", {"waits"}),
        ("allow_again", {"taken"}),
    ],
)
def test_each_verb_applies_to_those_it_does_something_to(people, verb, names):
    everybody = User.objects.get_queryset().filter(pk__in=[user.pk for user in people.values()])

    found = LICENSE_VERBS[verb].applies_to(everybody)

    assert {user.user_name for user in found} == names


@pytest.mark.parametrize("verb", LICENSE_VERBS)
def test_people_and_licenses_ask_in_the_same_words_and_reach_the_same_people(console, people, verb):
    rows = LicenseAssignment.objects.filter(user__in=people.values())
    holders = User.objects.get_queryset().filter(licenses__in=rows)

    from_people = choose(console, PEOPLE, verb, holders)
    from_licenses = choose(console, LICENSES, verb, rows)

    for word in ("title", "consequences", "facts", "button", "ids", "left_out"):
        assert from_people.context[word] == from_licenses.context[word], word


def test_a_lapsed_license_is_expired_in_both_lists_before_anybody_ended_it(console, people):
    lapsed = people["lapsed"]

    for address in (PEOPLE, LICENSES):
        expired = console.get(address, {"license": "expired"}).content.decode()
        active = console.get(address, {"license": "active"}).content.decode()
        assert lapsed.email in expired
        assert lapsed.email not in active
        assert people["holds"].email in active


def test_a_lapsed_license_is_not_revoked_and_does_not_stand_in_the_way(
    console, people, make_pool, actor
):
    lapsed = people["lapsed"]
    make_pool(seats=1, name="More")
    row = LicenseAssignment.objects.get(user=lapsed)

    revoking = choose(console, LICENSES, "revoke_license", [row])
    assert "This changes nothing for whom you chose." in revoking.content.decode()
    page = choose(console, LICENSES, "assign_license", [row])
    console.post(page.context["action"], {"ids": page.context["ids"]})

    # The line comes first: the seat was Waits'. Lapsed waits for the next one.
    assert license_state(people["waits"]) == LicenseState.ACTIVE
    assert license_state(lapsed) == LicenseState.WAITING


def test_whoever_only_waits_has_no_license_to_revoke_and_is_taken_off_the_list(console, people):
    waits, holds = people["waits"], people["holds"]
    offered = {
        person.user_name: console.get(f"{PEOPLE}{person.pk}/change/").content.decode()
        for person in (waits, holds)
    }

    assert "Take off the waiting list" in offered["waits"]
    assert "Revoke license" not in offered["waits"]
    assert "Take off the waiting list" not in offered["holds"]
    assert "Revoke license" in offered["holds"]

    asked = choose(console, PEOPLE, "take_off_line", [waits]).content.decode()
    assert "<h1>Take Waits Test off the waiting list?</h1>" in asked

    done = console.post(f"{PEOPLE}bulk/take_off_line/", {"ids": str(waits.pk)}, follow=True)
    assert "1 person is off the waiting list." in done.content.decode()
    assert license_state(waits) == LicenseState.REVOKED
    assert license_state(holds) == LicenseState.ACTIVE


@pytest.mark.parametrize("name", ["closed", "away"])
@pytest.mark.parametrize("address", [PEOPLE, LICENSES])
def test_a_license_that_ended_with_the_account_says_so(console, people, name, address):
    page = console.get(address, {"q": people[name].email}).content.decode()

    assert "Ended</span> <small>account deactivated</small>" in page
    assert "Revoked</span>" not in page


def test_the_persons_page_says_why_the_license_ended(console, people):
    page = console.get(f"{PEOPLE}{people['closed'].pk}/change/").content.decode()

    assert "Ended</span> <small>account deactivated</small>" in page
    assert "Ended when the account was deactivated." in page


def test_what_was_taken_away_is_called_revoked(console, people):
    for address in (PEOPLE, LICENSES):
        page = console.get(address, {"q": people["taken"].email}).content.decode()
        assert "Revoked</span>" in page


def test_an_administrator_gets_a_license_by_their_own_hand(console, admin, make_pool):
    """Other than for deactivating, no second administrator is needed."""
    make_pool(seats=1)

    console.post(f"{PEOPLE}bulk/assign_license/", {"ids": str(admin.pk)})

    assert license_state(admin) == LicenseState.ACTIVE


@pytest.mark.parametrize("address", [PEOPLE, LICENSES])
def test_a_sub_admin_reaches_no_administrators_license_from_either_list(
    client, sign_in, make_user, make_pool, admin, actor, address
):
    make_pool(seats=1)
    helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.LICENSES])
    assign_license(user=admin, source=Source.ADMIN, actor=actor)
    rows = [admin] if address == PEOPLE else LicenseAssignment.objects.filter(user=admin)

    page = choose(sign_in(client, helper), address, "revoke_license", rows).content.decode()
    client.post(f"{address}bulk/revoke_license/", {"ids": str(admin.pk)})

    assert "or their role is above yours." in page
    assert license_state(admin) == LicenseState.ACTIVE


@pytest.mark.parametrize(
    ("back", "landing"),
    [
        (f"{LICENSES}?license=active", f"{LICENSES}?license=active"),
        ("https://evil.example/", LICENSES),
        ("", LICENSES),
    ],
)
def test_afterwards_the_list_is_as_it_was(console, people, back, landing):
    response = console.post(
        f"{LICENSES}bulk/revoke_license/", {"ids": str(people["holds"].pk), "back": back}
    )

    assert response.headers["Location"] == landing


def test_choosing_nothing_says_so(console, people):
    gone = LicenseAssignment.objects.filter(pk=people["holds"].pk)  # no row has this key
    assert not gone.exists()

    response = console.post(
        LICENSES, {"action": "revoke_license", "_selected_action": [str(people["holds"].pk)]}
    )

    assert response.status_code == 302
    assert "Nobody was chosen." in console.get(LICENSES).content.decode()


def test_the_pools_page_leads_to_those_who_hold_its_seats_or_held_them(console, people, make_pool):
    pools = type(make_pool(name="Spare")).objects
    for name, state in (("Main", "active"), ("Old", "expired")):
        pool = pools.get(name=name)
        page = console.get(f"/console/licenses/licensepool/{pool.pk}/change/").content.decode()
        assert f"?pool__id__exact={pool.pk}&amp;license={state}" in page
