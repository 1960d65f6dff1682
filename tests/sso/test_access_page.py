"""*Access rules*: the page, and how many people it says it would leave out."""

from __future__ import annotations

import pytest

from accounts.roles import Role
from sso.access import AccessRules
from sso.left_out import left_out
from sso.models import SamlConnection, SamlIdentity
from sso.policies import AccessRule
from tests.sso.setup_pages import step

pytestmark = pytest.mark.django_db

SALES = {"allow": [{"attribute": "department", "values": ["Sales"]}]}


@pytest.fixture
def connection(at_acme) -> SamlConnection:
    return at_acme.connection


@pytest.fixture
def comes_in(connection, make_user):
    """Somebody who has signed in through the connection."""

    def comes_in(name: str, user=None, **fields):
        user = user or make_user(name, **fields)
        SamlIdentity.objects.create(
            connection=connection, user=user, name_id=name, last_used_at=user.created_at
        )
        return user

    return comes_in


def url(connection: SamlConnection) -> str:
    return step(connection, "access")


def sent(page, **changes: str) -> dict[str, str]:
    """The page's form as it would be sent, but for `changes` ("allow-0-attribute")."""
    rows = [*page.context["allow_rows"], *page.context["block_rows"]]
    values = {field.html_name: field.value() or "" for form in rows for field in form}
    values["shown"] = page.context["shown"]
    if page.context["confirms"]:
        values["confirmed"] = page.context["confirms"]
    return values | {name.replace("_", "-"): value for name, value in changes.items()}


def test_a_rule_that_leaves_nobody_out_is_saved_at_once(console, connection, comes_in):
    comes_in("ana", department="Sales")
    page = console.get(url(connection))

    response = console.post(
        url(connection),
        sent(page, allow_0_attribute="Department", allow_0_values=" Sales \nOps\n\nSales"),
    )

    connection.refresh_from_db()
    assert connection.access_rules == {
        "allow": [{"attribute": "department", "values": ["Sales", "Ops"]}]
    }
    assert response.url == f"/console/sso/samlconnection/{connection.pk}/tests/"


def test_whom_it_leaves_out_is_said_before_it_is_saved(console, connection, comes_in, admin):
    comes_in("ana", department="Sales")
    comes_in("bo", department="Ops")
    comes_in("admin", admin)
    page = console.get(url(connection))
    rules = {"allow_0_attribute": "department", "allow_0_values": "Sales"}

    page = console.post(url(connection), sent(page, **rules))

    shown = page.content.decode()
    assert "2 people would be left out" in shown
    assert "Of 3 people who sign in through this connection, the rules leave out 2." in shown
    assert "For one person nothing is stored" in shown
    assert "1 of them is an administrator: Admin Test." in shown
    assert "You are among them." in shown
    connection.refresh_from_db()
    assert connection.access_rules == {}

    console.post(url(connection), sent(page))

    connection.refresh_from_db()
    assert connection.access_rules == SALES


def test_a_confirmation_is_of_the_rules_it_was_shown_with(console, connection, comes_in):
    comes_in("ana", department="Sales")
    comes_in("bo", department="Ops")
    page = console.get(url(connection))
    page = console.post(
        url(connection), sent(page, allow_0_attribute="department", allow_0_values="Sales")
    )

    page = console.post(url(connection), sent(page, allow_0_values="Nobody"))

    assert "2 people would be left out" in page.content.decode()
    connection.refresh_from_db()
    assert connection.access_rules == {}


def test_a_look_saves_nothing(console, connection):
    page = console.get(url(connection))

    page = console.post(
        url(connection),
        sent(page, block_0_attribute="department", block_0_values="Nobody") | {"_preview": "1"},
    )

    assert "Nobody more would be left out" in page.content.decode()
    connection.refresh_from_db()
    assert connection.access_rules == {}


def test_an_emptied_row_takes_its_rule_away(console, connection):
    SamlConnection.objects.update(access_rules=SALES)
    page = console.get(url(connection))
    assert [form["attribute"].value() for form in page.context["allow_rows"]] == [
        "department",
        None,
    ]

    console.post(url(connection), sent(page, allow_0_attribute="", allow_0_values=""))

    connection.refresh_from_db()
    assert connection.access_rules == {}


@pytest.mark.parametrize(
    ("attribute", "values"), [("department", ""), ("", "Sales"), ("a", "x" * 256), ("a", "1\n2\n3")]
)
def test_half_a_rule_is_said_beside_it(console, connection, attribute, values, monkeypatch):
    monkeypatch.setattr("sso.console.access.MOST_VALUES", 2)
    page = console.get(url(connection))

    response = console.post(
        url(connection), sent(page, block_0_attribute=attribute, block_0_values=values)
    )

    assert "Nothing is saved yet" in response.content.decode()
    connection.refresh_from_db()
    assert connection.access_rules == {}


def test_too_many_rules_are_refused_in_words(console, connection, monkeypatch):
    monkeypatch.setattr("sso.access_rules.MOST_RULES", 0)
    page = console.get(url(connection))

    response = console.post(url(connection), sent(page, block_0_attribute="a", block_0_values="x"))

    assert "Up to 0 rules." in response.content.decode()


def test_of_two_administrators_the_later_sees_what_the_other_saved(console, connection):
    page = console.get(url(connection))
    SamlConnection.objects.update(access_rules=SALES)

    response = console.post(
        url(connection), sent(page, block_0_attribute="a", block_0_values="x"), follow=True
    )

    assert "Somebody changed the rules meanwhile" in response.content.decode()
    connection.refresh_from_db()
    assert connection.access_rules == SALES


def test_another_organizations_rules_are_not_there(client, globex, make_admin, sign_in, connection):
    theirs = sign_in(client, make_admin("their-admin", organization=globex))

    assert theirs.get(url(connection)).status_code == 404
    assert theirs.post(url(connection), {}).status_code == 404


def test_it_takes_few_statements(console, connection, comes_in, django_assert_max_num_queries):
    for name in ("ana", "bo", "cy"):
        comes_in(name)
    page = console.get(url(connection))
    posted = sent(page, allow_0_attribute="department", allow_0_values="Sales")

    with django_assert_max_num_queries(10):
        assert console.get(url(connection)).status_code == 200
    with django_assert_max_num_queries(10):
        asked = console.post(url(connection), posted)

    assert asked.context["confirms"]


# ------------------------------------------------------------------ who is counted


ONLY_SALES = AccessRules(allow=(AccessRule("department", ("Sales",)),))


def test_before_anybody_came_in_everybody_who_could_is_counted(
    connection, make_user, admin, globex
):
    make_user("ana", department="Sales")
    make_user("bo", department="Ops")
    make_user("gone", department="Ops", state="deactivated")
    make_user("theirs", department="Ops", organization=globex)

    reach = left_out(connection, ONLY_SALES, reader=admin)

    assert (reach.people, reach.left_out, reach.newly, reach.by_identity) == (3, 2, 2, False)
    assert reach.has_reader


def test_whom_todays_rules_leave_out_already_is_not_new(connection, comes_in, admin):
    comes_in("ana", department="Ops")
    connection.access_rules = SALES

    reach = left_out(connection, ONLY_SALES, reader=admin)

    assert (reach.left_out, reach.newly) == (1, 0)


def test_attributes_of_ones_own_and_groups_count(connection, comes_in, admin):
    comes_in("ana", attributes={"groups": ["Staff"], "costCenter": ["4711"]})
    comes_in("bo", attributes={"groups": ["Contractors", "Staff"]})
    rules = AccessRules(
        allow=(AccessRule("COSTCENTER", ("4711",)), AccessRule("groups", ("staff",))),
        block=(AccessRule("groups", ("contractors",)),),
    )

    assert left_out(connection, rules, reader=admin).newly == 1


def test_many_administrators_are_named_a_few(connection, comes_in, admin):
    for number in range(7):
        comes_in(f"sub{number}", role=Role.SUB_ADMIN)

    reach = left_out(connection, ONLY_SALES, reader=admin)

    assert (reach.administrators, len(reach.named)) == (7, 5)


def test_of_a_great_many_those_added_last_are_looked_at(connection, comes_in, admin, monkeypatch):
    monkeypatch.setattr("sso.left_out.LOOKED_AT", 2)
    for name in ("ana", "bo", "cy"):
        comes_in(name)

    reach = left_out(connection, ONLY_SALES, reader=admin)

    assert (reach.people, reach.is_partial) == (2, True)
