"""Pools and licenses in the console."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Ability, Role
from accounts.verb_admin import as_action
from licenses.models import LicenseAssignment, LicensePool
from licenses.policies import LicenseState, Source
from licenses.services import assign_license, assign_on_first_sso, change_pool, revoke_license
from licenses.standing import license_state
from licenses.verbs import LICENSE_VERBS
from tests.licenses.places import queue_place

POOLS = "/console/licenses/licensepool/"
LICENSES = "/console/licenses/licenseassignment/"
# What a form of staff posts beside the seats.
AGREED = {"name": "Main", "priority": 100, "grace_days": 10}


@pytest.fixture
def staff_console(client, make_staff, sign_in):
    """Platform staff at the console: they sell the seats."""
    return sign_in(client, make_staff())


@pytest.fixture
def people(generous, make_pool, make_user, actor, idp):
    """Ana holds the only seat, Ben waits, Cy had one taken away."""
    make_pool(seats=1, name="Main")
    ana, ben, cy = make_user("ana"), make_user("ben"), make_user("cy")
    assign_license(user=cy, source=Source.ADMIN, actor=actor)
    revoke_license(user=cy, actor=actor)
    assign_on_first_sso(user=ana, actor=idp)
    assign_on_first_sso(user=ben, actor=idp)
    return ana, ben, cy


def rows_of(*people):
    return [
        str(pk)
        for pk in LicenseAssignment.objects.filter(user__in=people).values_list("pk", flat=True)
    ]


def choose(console, action, *people):
    """Choose the people's rows in the list; answers the page that asks."""
    return console.post(LICENSES, {"action": action, "_selected_action": rows_of(*people)})


def do(console, action, *people):
    """Choose them, and press the button of the page that asks."""
    page = choose(console, action, *people)
    return console.post(
        page.context["action"], {"ids": page.context["ids"], "back": page.context["back"]}
    )


# ---------------------------------------------------------------------- pools


def test_the_list_of_pools_shows_what_is_used_free_and_waited_for(console, people):
    page = " ".join(console.get(POOLS).content.decode().split())

    assert "1 of 1 seats used" in page
    assert f'<a href="{LICENSES}?license=active"><b>1</b> used</a>' in page
    assert "<b>0</b> free" in page
    assert f'<a href="{LICENSES}?license=waiting"><b>1</b> waiting</a>' in page


def test_platform_staff_see_no_sum_over_several_organizations(
    client, sign_in, make_staff, people, globex, make_pool
):
    make_pool(organization=globex, name="Theirs")
    page = sign_in(client, make_staff()).get(POOLS).content.decode()

    assert "Main" in page
    assert "Theirs" in page
    assert "waiting</a>" not in page


def test_without_pools_and_licenses_the_lists_say_what_they_are_for(console):
    assert (
        "A pool holds the seats of one contract, and comes with it."
        in console.get(POOLS).content.decode()
    )
    assert "Nobody holds or awaits a license yet." in console.get(LICENSES).content.decode()


@pytest.mark.parametrize(
    ("starts_in", "ends_in", "word"),
    [
        (None, None, "Open"),
        (None, 3, "in 3 days"),
        (3, None, "Not open yet"),
        (None, -3, "In its grace days"),
        (None, -30, "Ended"),
    ],
)
def test_the_list_of_pools_shows_when_each_gives_seats(
    console, make_pool, starts_in, ends_in, word
):
    now = timezone.now()
    make_pool(
        seats=0,
        starts_at=now + timedelta(days=starts_in) if starts_in else None,
        ends_at=now + timedelta(days=ends_in) if ends_in else None,
    )

    assert word in console.get(POOLS).content.decode()


def test_staff_add_a_pool_and_the_line_is_served(staff_console, generous, make_user, idp):
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)

    response = staff_console.post(
        f"{POOLS}add/",
        {**AGREED, "organization": str(generous.pk), "product": "learning", "seats": 3},
    )

    assert response.status_code == 302
    pool = LicensePool.objects.get()
    assert (pool.organization, pool.name, pool.seats, pool.seats_taken) == (generous, "Main", 3, 1)
    assert license_state(ana) == LicenseState.ACTIVE


def test_staff_change_seats(staff_console, people):
    _ana, ben, _cy = people
    pool = LicensePool.objects.get()

    response = staff_console.post(
        f"{POOLS}{pool.pk}/change/", {**AGREED, "seats": 2, "seats_taken": 0, "product": "other"}
    )

    assert response.status_code == 302
    pool.refresh_from_db()
    assert (pool.seats, pool.seats_taken, pool.product) == (2, 2, "learning")
    assert license_state(ben) == LicenseState.ACTIVE


def test_what_was_bought_is_for_an_administrator_to_read(console, make_pool):
    ends_at = datetime(2027, 3, 1, 12, tzinfo=UTC)
    pool = make_pool(name="Main", seats=41, ends_at=ends_at)

    page = console.get(f"{POOLS}{pool.pk}/change/")

    assert set(page.context["adminform"].form.fields) == {"name", "priority"}
    text = page.content.decode()
    assert "As your contract with us says." in text
    assert "Mon 1 Mar 2027, 12:00 UTC" in text
    assert ">41<" in text


def test_an_administrator_renames_a_pool_and_whatever_else_is_posted_changes_nothing(
    console, people
):
    pool = LicensePool.objects.get()

    response = console.post(
        f"{POOLS}{pool.pk}/change/",
        {
            "name": "Everybody",
            "priority": 7,
            "seats": 500,
            "grace_days": 365,
            "product": "other",
            "ends_at_0": "2099-01-01",
            "ends_at_1": "12:00",
        },
        follow=True,
    )

    after = LicensePool.objects.get()
    assert (after.name, after.priority) == ("Everybody", 7)
    for bought in ("seats", "grace_days", "product", "starts_at", "ends_at"):
        assert getattr(after, bought) == getattr(pool, bought)
    assert "seats in use" not in response.content.decode()


def test_an_administrator_adds_no_pool(console):
    response = console.post(f"{POOLS}add/", {**AGREED, "product": "learning", "seats": 3})

    assert response.status_code == 403
    assert not LicensePool.objects.exists()
    assert f"{POOLS}add/" not in console.get(POOLS).content.decode()


def test_fewer_seats_than_in_use_are_refused_beside_the_field(staff_console, people):
    pool = LicensePool.objects.get()

    response = staff_console.post(f"{POOLS}{pool.pk}/change/", {**AGREED, "seats": 0})

    assert response.status_code == 200
    form = response.context["adminform"].form
    assert form.errors["seats"] == ["1 seat is in use. Take it back before you lower the number."]
    pool.refresh_from_db()
    assert pool.seats == 1


def test_a_name_in_use_is_refused_beside_the_field(console, make_pool):
    make_pool(name="Main")
    other = make_pool(name="Spare")

    response = console.post(f"{POOLS}{other.pk}/change/", {"name": "main", "priority": 100})

    assert "name" in response.context["adminform"].form.errors


def test_the_other_organizations_pools_are_not_there(console, globex, make_pool):
    foreign = make_pool(organization=globex, name="Secret")

    assert "Secret" not in console.get(POOLS).content.decode()
    assert console.get(f"{POOLS}{foreign.pk}/change/").status_code == 302
    console.post(
        f"{POOLS}{foreign.pk}/change/",
        {"name": "Mine", "seats": 9, "priority": 1, "grace_days": 10},
    )
    foreign.refresh_from_db()
    assert foreign.name == "Secret"


def test_the_list_of_pools_costs_the_same_however_many_there_are(
    console, make_pool, django_assert_num_queries
):
    """Session, person, seats, line, number, page."""
    for number in (2, 12):
        for _ in range(number):
            make_pool(seats=3)
        with django_assert_num_queries(6):
            console.get(POOLS)


# ---------------------------------------------------------------------- licenses


def test_the_list_of_licenses_shows_who_where_and_why(console, people):
    page = console.get(LICENSES).content.decode()

    assert "Ana Test" in page
    assert "Waiting" in page
    assert "Revoked" in page
    assert "Single sign-on" in page


def test_the_list_of_licenses_costs_the_same_however_many_there_are(
    console, generous, make_pool, make_user, idp, django_assert_num_queries
):
    """Session, person, pools to filter by, number, page."""
    make_pool(seats=10)
    for number in (2, 20):
        for _ in range(number):
            assign_on_first_sso(user=make_user(), actor=idp)
        with django_assert_num_queries(5):
            console.get(LICENSES)


def test_a_license_is_shown_with_its_history_and_can_not_be_written(console, people):
    ana, _ben, cy = people
    row = LicenseAssignment.objects.get(user=cy)

    page = console.get(f"{LICENSES}{row.pk}/change/").content.decode()
    history = console.get(f"{LICENSES}{row.pk}/history/").content.decode()

    assert "No: an administrator took it away" in page
    assert 'name="_save"' not in page
    assert "License revoked" in history
    assert console.post(f"{LICENSES}{row.pk}/change/", {"state": "active"}).status_code == 403
    assert license_state(ana) == LicenseState.ACTIVE


def test_a_license_that_goes_on_says_so(console, people):
    row = LicenseAssignment.objects.get(user=people[0])

    assert "If your policy says so" in console.get(f"{LICENSES}{row.pk}/change/").content.decode()


def test_revoking_asks_first_with_the_number_of_people(console, people):
    ana, ben, cy = people

    response = choose(console, "revoke_license", ana, ben, cy)

    page = " ".join(response.content.decode().split())
    assert "<h1>Revoke 1 license?</h1>" in page
    assert "2 people you chose are left out" in page
    assert '<dt>Seat they hold</dt><dd class="num">1</dd>' in page
    assert '<dt>People in line</dt><dd class="num">1</dd>' in page
    assert license_state(ana) == LicenseState.ACTIVE


def test_where_some_are_left_out_the_one_it_is_done_to_is_named(console, people):
    ana, _ben, cy = people

    page = choose(console, "revoke_license", ana, cy).content.decode()

    assert f"<li>{ana.display_name}" in page
    assert f"<li>{cy.display_name}" not in page


def test_revoking_is_done_once_confirmed(console, people):
    ana, ben, _cy = people

    response = do(console, "revoke_license", ana)

    assert response.headers["Location"] == LICENSES
    assert license_state(ana) == LicenseState.REVOKED
    assert license_state(ben) == LicenseState.ACTIVE
    assert "Revoked 1 license." in console.get(LICENSES).content.decode()


def test_allowing_again_is_done_once_confirmed(console, people, idp):
    cy = people[2]

    page = choose(console, "allow_again", cy).content.decode()
    assert "Allow Cy Test a license again?" in page
    do(console, "allow_again", cy)

    assert not LicenseAssignment.objects.withheld().exists()


def test_assigning_gives_what_there_is_and_lines_up_the_rest(console, people):
    cy = people[2]

    page = choose(console, "assign_license", cy).content.decode()
    assert "Assign a license to Cy Test?" in page
    do(console, "assign_license", cy)

    assert queue_place(cy) == 2
    said = console.get(LICENSES).content.decode()
    assert "No seat was left for 1: they wait in line." in said


def test_assigning_with_a_seat_to_spare_lines_nobody_up(console, people, actor):
    cy = people[2]
    change_pool(pool=LicensePool.objects.get(), changes={"seats": 3}, actor=actor)

    do(console, "assign_license", cy)

    page = console.get(LICENSES).content.decode()
    assert "1 person has a license now." in page
    assert "in line." not in page


def test_somebody_listed_twice_is_one_person(console, people, actor):
    ana, ben, _cy = people
    revoke_license(user=ben, actor=actor)
    revoke_license(user=ana, actor=actor)
    assign_license(user=ana, source=Source.ADMIN, actor=actor)
    revoke_license(user=ana, actor=actor)

    page = choose(console, "assign_license", ana)

    assert "Assign a license to Ana Test?" in page.content.decode()
    assert page.context["ids"] == str(ana.pk)


def test_what_applies_to_nobody_offers_no_button(console, people):
    page = choose(console, "allow_again", people[0]).content.decode()

    assert "This changes nothing for whom you chose." in page
    assert "btn-danger" not in page


def test_what_applies_to_nobody_any_more_does_nothing(console, people, actor):
    ana = people[0]
    page = choose(console, "revoke_license", ana)
    revoke_license(user=ana, actor=actor)

    console.post(page.context["action"], {"ids": page.context["ids"]})

    assert "Nobody to do this to any more." in console.get(LICENSES).content.decode()


def test_too_many_at_a_time_are_refused(console, people, monkeypatch):
    few = replace(LICENSE_VERBS["revoke_license"], at_once=1)
    monkeypatch.setattr("licenses.admin.LicenseAssignmentAdmin.actions", [as_action(few)])

    response = choose(console, "revoke_license", *people)

    assert response.status_code == 302
    assert "Choose at most 1 people at a time." in console.get(LICENSES).content.decode()


def test_the_other_organizations_licenses_can_not_be_chosen(
    console, globex, make_pool, make_user, actor
):
    make_pool(organization=globex)
    gus = make_user("gus", organization=globex)
    assign_license(user=gus, source=Source.ADMIN, actor=actor)

    choose(console, "revoke_license", gus)
    console.post(f"{LICENSES}bulk/revoke_license/", {"ids": str(gus.pk)})

    assert license_state(gus) == LicenseState.ACTIVE
    assert "Gus Test" not in console.get(LICENSES).content.decode()


def test_platform_staff_act_for_each_organization_apart(
    client, sign_in, make_staff, people, globex, make_pool, make_user, actor
):
    make_pool(organization=globex)
    gus = make_user("gus", organization=globex)
    assign_license(user=gus, source=Source.ADMIN, actor=actor)
    staff = sign_in(client, make_staff())

    page = choose(staff, "revoke_license", people[0], gus).content.decode()
    assert "Revoke 2 licenses?" in page
    assert "People in line" not in page  # the line of which organization?
    do(staff, "revoke_license", people[0], gus)

    assert license_state(people[0]) == license_state(gus) == LicenseState.REVOKED


@pytest.mark.parametrize(
    ("role", "abilities", "status"),
    [
        (Role.SUB_ADMIN, [Ability.LICENSES], 200),
        (Role.SUB_ADMIN, [Ability.PEOPLE], 403),
        (Role.LEARNER, [], 302),
    ],
)
def test_licenses_take_the_ability_for_licenses(
    client, sign_in, acme, make_user, role, abilities, status
):
    sign_in(client, make_user(role=role, abilities=abilities))

    assert client.get(LICENSES).status_code == status
    assert client.get(POOLS).status_code == status


def test_a_license_leads_to_the_person_who_holds_it(console, people):
    ana = people[0]
    row = LicenseAssignment.objects.get(user=ana)

    address = reverse("admin:accounts_user_change", args=[ana.pk])

    assert f'href="{address}"' in console.get(f"{LICENSES}{row.pk}/change/").content.decode()
