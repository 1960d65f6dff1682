"""What learners see: the waiting page and the card on the home page."""

from datetime import timedelta

import pytest
import time_machine
from django.template.loader import render_to_string
from django.utils import timezone

from licenses.policies import Source
from licenses.services import assign_license, assign_on_first_sso, revoke_license, serve_queue
from licenses.standing import persons_license


@pytest.fixture
def in_line(generous, make_user, idp):
    people = [make_user() for _ in range(3)]
    for user in people:
        assign_on_first_sso(user=user, actor=idp)
    return people


def test_the_waiting_page_says_the_place_and_whom_to_ask(client, in_line, sign_in):
    sign_in(client, in_line[2])

    response = client.get("/waiting/")

    assert response.status_code == 200
    page = response.content.decode()
    assert "<h1>You’re no. 3 in line</h1>" in page
    assert 'href="mailto:it@acme.example"' in page
    assert "just now" in page
    assert "There is nothing to do." in page
    assert "LinkedIn" not in page


def test_where_a_profile_is_required_the_waiting_page_offers_to_connect_it(
    client, in_line, generous, sign_in
):
    generous.binding_policy = "required"
    generous.save()
    sign_in(client, in_line[0])

    page = client.get("/waiting/").content.decode()

    assert "There is nothing to do." not in page
    assert 'href="/connect/?next=%2Fwaiting%2F"' in page
    assert client.get("/connect/?next=%2Fwaiting%2F").status_code == 200


def test_without_a_contact_the_waiting_page_names_a_role(client, in_line, generous, sign_in):
    generous.contact_email = ""
    generous.save()
    sign_in(client, in_line[0])

    page = client.get("/waiting/").content.decode()

    assert "Ask whoever runs learning at Acme" in page
    assert "mailto:" not in page


def test_the_waiting_page_costs_four_statements(
    client, in_line, sign_in, django_assert_num_queries
):
    """Session, person, their place, the line before them."""
    sign_in(client, in_line[2])

    with django_assert_num_queries(4):
        assert client.get("/waiting/").status_code == 200


@pytest.mark.parametrize("has_license", [True, False])
def test_whoever_does_not_wait_is_sent_home(
    client, acme, make_pool, make_user, actor, sign_in, has_license
):
    make_pool()
    ana = make_user("ana")
    if has_license:
        assign_license(user=ana, source=Source.ADMIN, actor=actor)
    sign_in(client, ana)

    response = client.get("/waiting/")

    assert (response.status_code, response.url) == (302, "/")


def test_the_page_somebody_wanted_is_kept_until_the_seat_comes(
    client, in_line, generous, make_pool, sign_in, system_actor
):
    sign_in(client, in_line[0])
    address = "/waiting/?next=%2Faccount%2F%3Ftab%3D1"
    assert f'href="{address}"' in client.get(address).content.decode()

    make_pool(seats=1)
    serve_queue(organization=generous, actor=system_actor)

    assert client.get(address).url == "/account/?tab=1"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "evil"])
def test_the_waiting_page_sends_nobody_elsewhere(client, in_line, make_user, sign_in, elsewhere):
    sign_in(client, in_line[0])
    assert "evil" not in client.get("/waiting/", {"next": elsewhere}).content.decode()

    sign_in(client, make_user("not-waiting"))
    assert client.get("/waiting/", {"next": elsewhere}).url == "/"


def test_platform_staff_wait_for_nothing(client, make_staff, sign_in):
    sign_in(client, make_staff())

    assert client.get("/waiting/").status_code == 302


def test_strangers_have_no_place(client, db):
    response = client.get("/waiting/")

    assert response.status_code == 302
    assert response.url.startswith("/login/")


def test_nothing_can_be_posted_to_the_waiting_page(client, in_line, sign_in):
    sign_in(client, in_line[0])

    assert client.post("/waiting/").status_code == 405


def card(user):
    context = {"license": persons_license(user), "organization": user.organization}
    return " ".join(render_to_string("licenses/_home_card.html", context).split())


def test_the_card_of_a_license_says_since_when_and_until_when(acme, make_pool, make_user, actor):
    make_pool(seats=1, ends_at=timezone.now() + timedelta(days=2), grace_days=2, priority=1)
    make_pool(seats=1, priority=2)
    ana, ben = make_user("ana"), make_user("ben")
    for user in (ana, ben):
        assign_license(user=user, source=Source.ADMIN, actor=actor)

    assert "Active" in card(ana)
    assert "just now" in card(ana)
    assert "in 4 days" in card(ana)
    assert "No end is set" in card(ben)


def test_the_card_of_somebody_in_line_says_the_place(in_line):
    assert "You’re no. 2 in line." in card(in_line[1])
    assert "/waiting/" in card(in_line[1])


def test_the_card_of_somebody_without_a_license_says_whom_to_ask(acme, make_user):
    shown = card(make_user())

    assert "You have no license yet" in shown
    assert "mailto:it@acme.example" in shown


def test_the_card_of_a_license_taken_back_says_so(acme, make_pool, make_user, actor):
    make_pool()
    ana = make_user("ana")
    assign_license(user=ana, source=Source.ADMIN, actor=actor)
    revoke_license(user=ana, actor=actor)

    shown = card(ana)

    assert "Your license was taken back: <time" in shown
    assert "just now</time>." in shown


def test_the_card_of_a_lapsed_license_says_so(acme, make_pool, make_user, actor):
    acme.contact_email = ""
    make_pool(ends_at=timezone.now() + timedelta(days=1))
    ana = make_user("ana")
    assign_license(user=ana, source=Source.ADMIN, actor=actor)

    with time_machine.travel(timezone.now() + timedelta(days=20), tick=False):
        assert "Your license has ended" in card(ana)
