"""*Attributes*: the map an administrator edits, and the preview beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.models import Organization, User
from sso.attributes import USUAL_NAMES
from sso.models import SamlConnection, SignInTest, SignInTrace
from tests.sso.setup_pages import step

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(at_acme) -> SamlConnection:
    return at_acme.connection


def url(connection: SamlConnection) -> str:
    return step(connection, "attributes")


def sent(page, **changes: str) -> dict[str, str]:
    """The form as the page shows it, but for `changes`."""
    form = page.context["form"]
    values = {f.html_initial_name: f.value() or "" for f in form}
    return values | {f.html_name: f.value() or "" for f in form} | changes


@pytest.fixture
def tested(connection, admin):
    """The administrator's own test, with what the answer said."""

    def tested(tester: User = admin, **attributes: list[str]) -> SignInTest:
        return SignInTest.objects.create(
            organization=connection.organization,
            connection=connection,
            tester=tester,
            content_digest="x",
            outcome="passed",
            answered_at=timezone.now(),
            claims={"attributes": attributes, "attribute_map": {}},
        )

    return tested


def row(page, field: str):
    return next(each for each in page.context["rows"] if each.input.name == field)


def test_a_field_is_named_and_unnamed(console, connection):
    page = console.get(url(connection))
    assert [each.input.name for each in page.context["rows"]] == list(USUAL_NAMES)

    console.post(url(connection), sent(page, department=" costCenter "))
    connection.refresh_from_db()
    assert connection.attribute_map == {"department": "costCenter"}

    page = console.get(url(connection))
    console.post(url(connection), sent(page, department=""))
    connection.refresh_from_db()
    assert connection.attribute_map == {}


def test_two_administrators_undo_nothing_of_each_others(console, connection):
    page = console.get(url(connection))
    SamlConnection.objects.update(attribute_map={"title": "role"})

    console.post(url(connection), sent(page, department="costCenter"))

    connection.refresh_from_db()
    assert connection.attribute_map == {"title": "role", "department": "costCenter"}


def test_the_map_counts_at_the_next_sign_in(console, connection, at_acme, acme):
    page = console.get(url(connection))
    console.post(url(connection), sent(page, department="kst"))

    at_acme.sign_in(
        "ana@acme.example", attributes={"KST": ["Sales"], "department": ["x"], "shoe": ["42"]}
    )

    ana = User.objects.get(user_name="ana@acme.example", organization=acme)
    assert ana.department == "Sales"
    assert ana.attributes["shoe"] == ["42"], "what fills no field is kept"


def test_the_preview_is_of_ones_own_last_test(console, connection, tested):
    tested(mail=["ana@acme.example"], groups=["a", "b", "c", "d"], shoe=["42"])

    page = console.get(url(connection))

    assert (row(page, "email").filled_by, row(page, "email").value) == ("mail", "ana@acme.example")
    assert row(page, "groups").value == "a, b, c, …"
    assert row(page, "title").filled_by == ""
    becomes = {each.name: [str(word) for word in each.becomes] for each in page.context["landings"]}
    assert becomes["shoe"] == ["Kept as an attribute of your own"]


def test_nobody_sees_what_a_colleagues_test_brought(console, connection, tested, make_admin):
    tested(make_admin("other"), mail=["secret@acme.example"])

    assert "secret@acme.example" not in console.get(url(connection)).content.decode()


def test_what_is_too_old_is_not_previewed(console, connection, tested):
    test = tested(mail=["old@acme.example"])
    SignInTest.objects.filter(pk=test.pk).update(created_at=timezone.now() - timedelta(days=31))

    assert "old@acme.example" not in console.get(url(connection)).content.decode()


def test_a_map_is_tried_before_it_is_saved(console, connection, tested):
    tested(kst=["Sales"])
    page = console.get(url(connection))
    assert row(page, "department").filled_by == ""

    page = console.post(url(connection), sent(page, department="kst", _preview="1"))

    assert row(page, "department").value == "Sales"
    connection.refresh_from_db()
    assert connection.attribute_map == {}


def test_pasted_names_do_where_there_is_no_test(console, connection):
    page = console.get(url(connection))

    names = "http://x.example/claims/EmailAddress = a@b.example\nkst\n\n =x\nkst=Two"
    page = console.post(url(connection), sent(page, department="kst", names=names, _preview="1"))

    assert row(page, "email").filled_by == "http://x.example/claims/EmailAddress"
    assert row(page, "department").value == "…"
    assert row(page, "department").filled_by == "kst"


def test_a_name_nothing_has_is_marked(console, connection, tested):
    tested(mail=["ana@acme.example"])
    page = console.get(url(connection))

    page = console.post(url(connection), sent(page, department="nowhere", _preview="1"))

    assert "Not in it" in page.content.decode()


def test_a_name_too_long_is_said_beside_its_field(console, connection):
    page = console.get(url(connection))

    response = console.post(url(connection), sent(page, title="x" * 256))

    assert "Nothing is saved yet" in response.content.decode()
    connection.refresh_from_db()
    assert connection.attribute_map == {}


def test_another_organizations_map_is_not_there(
    client, globex: Organization, make_admin, sign_in, connection
):
    theirs = sign_in(client, make_admin("their-admin", organization=globex))

    assert theirs.get(url(connection)).status_code == 404
    assert theirs.post(url(connection), {"department": "x"}).status_code == 404


def test_it_takes_few_statements(console, connection, tested, django_assert_max_num_queries):
    tested(mail=["ana@acme.example"])

    with django_assert_max_num_queries(10):
        assert console.get(url(connection)).status_code == 200


def test_what_a_real_sign_in_says_is_in_no_table_of_single_sign_on(at_acme, acme):
    """Accepted or refused: there is nothing to preview, and nothing to black out."""
    said = {"shoeSize": ["forty-two"], "mail": ["ana@acme.example"]}

    assert at_acme.sign_in("ana@acme.example", attributes=said).status_code == 302
    late = timezone.now() - timedelta(hours=1)
    assert at_acme.sign_in("bo@acme.example", attributes=said, now=late).status_code == 403

    kept = [
        row for model in apps.get_app_config("sso").get_models() for row in model.objects.values()
    ]
    assert SignInTrace.objects.count() == 2
    assert "forty-two" not in str(kept)
    assert User.objects.get(user_name="ana@acme.example").attributes["shoeSize"] == ["forty-two"]
