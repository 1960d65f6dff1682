"""An organization's own sign-in page."""

from accounts import doors
from accounts.doors import Door
from accounts.models import Organization
from audit.models import AuditEvent
from tests.accounts.doorways import ACME, signed_in, text
from tests.factories import PASSWORD


def test_the_page_says_where_people_will_sign_in_before_they_go(client, okta):
    page = text(client.get(ACME, {"next": "/account/"}))

    assert "You’ll sign in at <strong>Acme’s Okta</strong>" in page
    assert '<a class="btn btn-primary btn-block" href="/sso/okta/login?next=%2Faccount%2F">' in page
    assert "acme.okta.example" in page
    assert "Acme proved that it owns this domain" in page
    assert 'name="password"' not in page


def test_a_second_identity_provider_is_offered_beside_the_first(client, acme, monkeypatch):
    both = [Door("Okta", "/a", "okta.example"), Door("Entra ID", "/b", "entra.example")]
    monkeypatch.setattr(doors, "_sources", [lambda organization: both])

    page = text(client.get(ACME))

    assert "Continue to Okta" in page
    assert "Continue to Entra ID" in page


def test_people_with_a_password_find_the_form_behind_a_link(client, okta, make_user):
    ana = make_user("ana", password=PASSWORD)
    assert "?password=1" in text(client.get(ACME))
    assert 'name="password"' in text(client.get(ACME, {"password": "1"}))

    response = client.post(ACME, {"name": "ANA", "password": PASSWORD})

    assert response.url == "/"
    assert signed_in(client) == ana


def test_without_an_identity_provider_the_form_is_there_at_once(client, acme, no_doors):
    assert 'name="password"' in text(client.get(ACME))


def test_a_wrong_password_there_keeps_the_way_to_the_identity_provider(client, okta):
    page = text(client.post(ACME, {"name": "ana", "password": "x" * 12}))

    assert "don’t belong together" in page
    assert "Use Acme’s Okta instead" in page


def test_people_of_another_organization_are_strangers_there(client, acme, globex, make_user):
    make_user("gus", email="gus@globex.example", password=PASSWORD, organization=globex)

    for name in ("gus", "gus@globex.example"):
        response = client.post(ACME, {"name": name, "password": PASSWORD})
        assert "don’t belong together" in text(response)

    assert signed_in(client) is None
    assert {event.organization for event in AuditEvent.objects.all()} == {acme}


def test_platform_staff_cannot_come_in_through_an_organization(client, acme, make_staff):
    make_staff("ops", email="ops@portal.example", password=PASSWORD)

    client.post(ACME, {"name": "ops@portal.example", "password": PASSWORD})

    assert signed_in(client) is None


def test_an_unknown_organization_gets_a_page_that_helps(client, db):
    response = client.get("/o/nobody/login/")

    assert response.status_code == 404
    assert "Start with your e-mail" in text(response)


def test_a_suspended_organization_says_so(client, acme):
    Organization.objects.update(status=Organization.Status.SUSPENDED)

    response = client.get(ACME)

    assert response.status_code == 403
    assert "Acme has no access at the moment" in text(response)
    assert "it@acme.example" in text(response)
    assert client.post(ACME, {"name": "a", "password": "b"}).status_code == 403


def test_a_page_that_asks_for_a_fresh_sign_in_finds_the_door_open(client, okta, make_user):
    client.post(ACME, {"name": make_user("ana", password=PASSWORD).user_name, "password": PASSWORD})

    assert client.get(ACME).status_code == 302
    assert "Continue to Okta" in text(client.get(ACME, {"again": "1"}))
    assert 'name="password"' in text(client.get(ACME, {"password": "1"}))
