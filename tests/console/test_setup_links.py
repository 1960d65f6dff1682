"""Set-up links: made by full admins, opened once, and what they open and don't."""

from __future__ import annotations

import re
import threading
import time
from datetime import timedelta
from functools import partial
from html import unescape

import pytest
import time_machine
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.utils import timezone

from accounts.digests import digest_of_secret
from accounts.errors import RoleNotGrantable, SetupLinkClosed
from accounts.models import Organization, SetupLink
from accounts.roles import Ability, Role
from accounts.services import (
    change_role,
    deactivate_user,
    hold_organization,
    make_setup_link,
    off_board,
    open_setup_link,
    revoke_setup_link,
    update_organization,
)
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from provisioning.models import ScimToken
from sandbox.saml_messages import SigningIdentity, idp_metadata
from sso.errors import NotForGuests
from sso.models import SamlConnection, SamlIdentity
from sso.saml import read_metadata
from sso.services import (
    activate_connection,
    change_connection,
    create_connection,
    deactivate_connection,
    trust_provider,
)
from sso.services.rows import locked
from tests.sso.setup_pages import carried

pytestmark = pytest.mark.django_db

LINKS = "/console/setup-links/"
SSO_PAGES = [
    "/setup/connection/basics/",
    "/setup/connection/identity-provider/",
    "/setup/connection/sso/",
    "/setup/connection/attributes/",
]
DIRECTORY_PAGES = [
    "/setup/directory/guide/entra/",
    "/setup/directory/guide/okta/",
    "/setup/directory/guide/other/",
    "/setup/directory/tokens/new/",
]


@pytest.fixture
def draft(acme, system_actor):
    return create_connection(organization=acme, name="Okta", preset="okta", actor=system_actor)


@pytest.fixture
def make_link(acme, draft, system_actor):
    def run(
        scope="sso",
        *,
        organization=acme,
        connection=draft,
        name="Pat, network team",
        maker_role=Role.FULL_ADMIN,
    ):
        return make_setup_link(
            organization=organization,
            name=name,
            scope=SetupLink.Scope(scope),
            connection_id=None if scope == "directory" else connection.pk,
            actor=system_actor,
            maker_role=maker_role,
        )

    return run


def opened(made, client=None):
    client = client or Client()
    client.post(f"/setup/open/{made.secret}/")
    return client


def text(response):
    return unescape(response.content.decode())


def test_whom_a_link_is_for_is_one_line(console, acme):
    sent = {"name": "Pat\nYour password has ended", "scope": "directory"}

    assert "A name is one line." in text(console.post("/console/setup-links/", sent))
    assert not SetupLink.objects.exists()


# ---------------------------------------------------------------- making


def test_a_full_admin_makes_a_link_and_reads_it_once(console, draft, acme):
    form = {"name": "Pat", "scope": "sso", "connection": str(draft.pk)}

    page = text(console.post(LINKS, form))

    secret = re.search(r"/setup/open/([\w-]+)/", page)[1]
    link = SetupLink.objects.get()
    assert link.digest == digest_of_secret(secret)
    assert link.connection_id == draft.pk
    assert link.expires_at - link.created_at == pytest.approx(
        timedelta(days=7), abs=timedelta(seconds=5)
    )
    assert secret not in text(console.get(LINKS))
    assert "Pat" in text(console.get(LINKS))
    event = AuditEvent.objects.get(action=Action.SETUP_LINK_MADE)
    assert (event.organization, event.changes) == (acme, {"scope": "sso"})
    assert secret not in str(event.__dict__)


def test_the_new_link_s_page_leads_back_to_the_others(console, draft):
    form = {"name": "Pat", "scope": "sso", "connection": str(draft.pk)}

    assert f'<a href="{LINKS}">Set-up links</a>' in text(console.post(LINKS, form))


def test_a_link_is_for_somebody(console, draft):
    page = text(console.post(LINKS, {"name": "", "scope": "sso", "connection": "new"}))

    assert "Say whom the link is for." in page
    assert not SetupLink.objects.exists()


def test_so_many_links_are_live_at_once_and_ended_ones_are_not_counted(
    console, acme, globex, make_link, monkeypatch
):
    monkeypatch.setattr("accounts.services.setup_links.MOST_LIVE", 2)
    make_link("directory", organization=globex)
    ended, revoked = (make_link("directory").link for _number in range(2))
    SetupLink.objects.filter(pk=ended.pk).update(expires_at=timezone.now())
    SetupLink.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())
    make_link("directory")
    form = {"name": "Pat", "scope": "directory"}

    assert "Your new set-up link" in text(console.post(LINKS, form))
    refused = console.post(LINKS, {**form, "scope": "sso", "connection": "new"})

    assert "2 set-up links are live" in text(refused)
    assert not SamlConnection.objects.filter(name="Single sign-on").exists(), "nor is its draft"


def test_where_there_is_no_draft_one_is_made(console, acme):
    console.post(LINKS, {"name": "Pat", "scope": "both", "connection": "new"})

    connection = SamlConnection.objects.get(organization=acme)
    assert connection.name == "Single sign-on", "learners read it, and nobody's name is in it"
    assert SetupLink.objects.get().connection_id == connection.pk


def test_a_link_for_the_directory_is_for_no_connection(console, draft):
    console.post(LINKS, {"name": "Pat", "scope": "directory", "connection": str(draft.pk)})

    assert SetupLink.objects.get().connection_id is None


def test_a_name_that_is_taken_is_numbered(console, acme, globex, system_actor):
    for organization, name in ((acme, "single sign-on"), (acme, "Single sign-on 2")):
        create_connection(organization=organization, name=name, preset="okta", actor=system_actor)
    create_connection(
        organization=globex, name="Single sign-on 3", preset="okta", actor=system_actor
    )

    console.post(LINKS, {"name": "Pat", "scope": "sso", "connection": "new"})

    made = SamlConnection.objects.get(pk=SetupLink.objects.get().connection_id)
    assert made.name == "Single sign-on 3"


def test_a_connection_in_use_and_another_organization_s_are_not_offered(
    console, acme, globex, draft, system_actor
):
    theirs = create_connection(
        organization=globex, name="Theirs", preset="okta", actor=system_actor
    )
    activate(draft, system_actor)

    for connection in (draft, theirs):
        console.post(LINKS, {"name": "Pat", "scope": "sso", "connection": str(connection.pk)})

    assert not SetupLink.objects.exists()


def test_a_connection_that_people_are_known_by_is_not_offered_when_it_is_off(
    console, draft, known_and_off
):
    page = text(console.get(LINKS))
    console.post(LINKS, {"name": "Pat", "scope": "sso", "connection": str(draft.pk)})

    assert str(draft.pk) not in page
    assert not SetupLink.objects.exists()


@pytest.fixture
def known_and_off(draft, make_user, system_actor):
    """Somebody has signed in through it; then it was switched off."""
    activate(draft, system_actor)
    SamlIdentity.objects.create(
        connection=draft, user=make_user("ana"), name_id="ana", last_used_at=timezone.now()
    )
    deactivate_connection(connection=draft, actor=system_actor)
    return draft


def activate(connection, actor):
    identity = SigningIdentity.generate("https://idp.acme.example")
    xml = idp_metadata(identity, "https://idp.acme.example/sso")
    trust_provider(connection=connection, trust=read_metadata(xml).trust, actor=actor)
    activate_connection(connection=connection, actor=actor, untested_because="tests")


@pytest.mark.parametrize("role", [Role.LEARNER, Role.CURATOR, Role.SUB_ADMIN])
def test_nobody_but_full_admins_makes_or_revokes_one(client, make_user, sign_in, make_link, role):
    made = make_link()
    abilities = [Ability.SSO, Ability.DIRECTORY] if role == Role.SUB_ADMIN else []
    sign_in(client, make_user("sam", role=role, abilities=abilities))

    codes = {
        client.get(LINKS).status_code,
        client.post(LINKS, {"name": "x", "scope": "directory"}).status_code,
        client.post(f"{LINKS}{made.link.pk}/revoke/").status_code,
    }

    assert codes <= {302, 403}
    made.link.refresh_from_db()
    assert made.link.revoked_at is None
    assert SetupLink.objects.count() == 1
    with pytest.raises(RoleNotGrantable):
        make_link("directory", maker_role=role)


def test_links_of_another_organization_are_neither_shown_nor_revoked(
    client, globex, make_admin, sign_in, make_link
):
    made = make_link(name="Pat of Acme")
    sign_in(client, make_admin("their-admin", organization=globex))

    assert "Pat of Acme" not in text(client.get(LINKS))
    assert client.post(f"{LINKS}{made.link.pk}/revoke/").status_code == 404


def test_platform_staff_name_the_organization(client, make_staff, sign_in, make_link):
    made = make_link()
    sign_in(client, make_staff("root"))

    assert client.get(LINKS).status_code == 404
    assert "Pat" in text(client.get(f"{LINKS}?organization=acme"))
    client.post(f"{LINKS}{made.link.pk}/revoke/?organization=acme")
    made.link.refresh_from_db()
    assert made.link.revoked_at is not None


# ---------------------------------------------------------------- opening


def test_looking_at_a_link_opens_nothing(make_link):
    made = make_link()
    scanner = Client()

    page = text(scanner.get(f"/setup/open/{made.secret}/"))

    assert "Open it in this browser" in page
    made.link.refresh_from_db()
    assert made.link.opened_at is None
    assert scanner.get("/setup/").status_code == 404


def test_the_first_browser_is_the_only_one(make_link):
    made = make_link()
    first, second = opened(made), Client()

    for request in (second.get, second.post):
        response = request(f"/setup/open/{made.secret}/")
        assert response.status_code == 403
        assert "open in another browser" in text(response)
    assert first.get("/setup/").status_code == 200
    assert second.get("/setup/").status_code == 404
    assert first.get(f"/setup/open/{made.secret}/").url == "/setup/"
    event = AuditEvent.objects.get(action=Action.SETUP_LINK_OPENED)
    assert (event.actor_kind, event.actor_name) == ("setup_link", "Pat, network team")


def test_what_is_stored_opens_nothing(make_link):
    made = make_link()
    opened(made)
    made.link.refresh_from_db()

    thief = Client()
    thief.cookies["setup"] = made.link.browser
    assert thief.get("/setup/").status_code == 404
    assert thief.get(f"/setup/open/{made.link.digest}/").status_code == 404


def test_the_cookie_is_for_the_server_alone(make_link):
    client = opened(make_link())

    cookie = client.cookies["setup"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert 0 < cookie["max-age"] <= 7 * 24 * 60 * 60


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        ({"browser": "b" * 64, "opened_at": timezone.now()}, SetupLinkClosed.Why.USED),
        ({"revoked_at": timezone.now()}, SetupLinkClosed.Why.REVOKED),
    ],
)
@pytest.mark.parametrize("is_at_once", [False, True])
def test_who_comes_after_another_browser_or_the_administrator_is_told(
    make_link, monkeypatch, meanwhile, why, is_at_once
):
    made = make_link()

    def happen(*_args):
        SetupLink.objects.filter(pk=made.link.pk).update(**meanwhile)

    if is_at_once:  # between the look and the claim
        monkeypatch.setattr("accounts.services.setup_links.refuse_unopenable", happen)
    else:
        happen()

    with pytest.raises(SetupLinkClosed) as refused:
        open_setup_link(secret=made.secret)

    assert refused.value.why is why


def test_a_link_of_a_suspended_organization_binds_no_browser(make_link, acme):
    made = make_link()
    Organization.objects.filter(pk=acme.pk).update(status=Organization.Status.SUSPENDED)

    with pytest.raises(SetupLinkClosed):
        open_setup_link(secret=made.secret)

    assert not SetupLink.objects.get().browser


def test_a_secret_of_no_link_opens_nothing(make_link):
    make_link()

    with pytest.raises(SetupLinkClosed) as refused:
        open_setup_link(secret="guessed")

    assert refused.value.why is SetupLinkClosed.Why.UNKNOWN


@pytest.mark.parametrize("before", [True, False])
def test_a_link_ends_after_seven_days(make_link, before):
    made = make_link()
    client = opened(made) if before else Client()

    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        path = "/setup/" if before else f"/setup/open/{made.secret}/"
        response = client.get(path)

    assert response.status_code == 403
    assert "This link has ended" in text(response)


@pytest.mark.parametrize("before", [True, False])
def test_a_revoked_link_opens_nothing_from_then_on(make_link, console, before):
    made = make_link()
    client = opened(made) if before else Client()

    console.post(f"{LINKS}{made.link.pk}/revoke/")
    console.post(f"{LINKS}{made.link.pk}/revoke/")

    path = "/setup/connection/basics/" if before else f"/setup/open/{made.secret}/"
    response = client.post(path, {"name": "x", "preset": "okta"})
    assert response.status_code == 403
    assert "This link was revoked" in text(response)
    assert AuditEvent.objects.filter(action=Action.SETUP_LINK_REVOKED).count() == 1
    assert "Revoked" in text(console.get(LINKS))


def test_a_suspended_organization_s_links_open_nothing(make_link, acme, system_actor):
    client = opened(make_link())
    update_organization(organization=acme, values={"status": "suspended"}, actor=system_actor)

    closed = client.get("/setup/")
    assert closed.status_code == 403
    assert "This organization is suspended" in text(closed)
    assert "has ended" not in text(closed)

    update_organization(organization=acme, values={"status": "active"}, actor=system_actor)
    assert client.get("/setup/").status_code == 200


def test_staff_read_why_a_suspended_organization_s_links_open_nothing(
    client, make_staff, sign_in, make_link, acme, system_actor
):
    make_link()
    update_organization(organization=acme, values={"status": "suspended"}, actor=system_actor)

    shown = text(sign_in(client, make_staff("pia")).get(LINKS, {"organization": acme.slug}))

    assert "Organization suspended" in shown
    assert "Expired" not in shown


def test_guessing_is_braked(db, settings):
    settings.SIGN_IN_RATE_LIMIT = 2
    client = Client()

    codes = [client.get(f"/setup/open/{n}/").status_code for n in range(4)]

    assert codes[0] == 404
    assert codes[-1] == 429


# ---------------------------------------------------------------- what it opens


SCOPES = {"sso": SSO_PAGES, "directory": DIRECTORY_PAGES, "both": SSO_PAGES + DIRECTORY_PAGES}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_link_opens_what_its_scope_says(make_link, scope):
    client = opened(make_link(scope))

    codes = {path: client.get(path).status_code for path in SSO_PAGES + DIRECTORY_PAGES}

    assert codes == {
        path: 200 if path in SCOPES[scope] else 403 for path in SSO_PAGES + DIRECTORY_PAGES
    }
    home = text(client.get("/setup/"))
    assert ("/setup/connection/basics/" in home) is (scope != "directory")
    assert ("/setup/directory/guide/entra/" in home) is (scope != "sso")


@pytest.mark.parametrize("path", SSO_PAGES + DIRECTORY_PAGES + ["/setup/"])
def test_without_a_link_these_pages_are_nobody_s(path, console, make_link):
    """Not even a full admin's: who uses them has a link."""
    assert Client().get(path).status_code == 404
    assert console.get(path).status_code == 404


@pytest.mark.parametrize("path", SSO_PAGES + DIRECTORY_PAGES + ["/setup/"])
def test_no_page_of_a_guest_leads_into_the_console(make_link, path):
    client = opened(make_link("both"))

    page = text(client.get(path))

    assert page.count("<h1") == 1
    assert not re.search(r'(?:href|action)="/console/', page)


def test_every_other_page_refuses_a_guest(make_link, draft):
    client = opened(make_link("both"))
    paths = [
        "/console/",
        "/console/policies/",
        "/console/sign-in/",
        "/console/directory/",
        "/console/directory/people/",
        "/console/setup-links/",
        "/console/accounts/user/",
        "/console/sso/samlconnection/",
        "/console/sso/signintrace/",
        "/account/",
        "/",
        *(
            f"/console/sso/samlconnection/{draft.pk}/{page}/"
            for page in ("change", "setup/basics", "activate", "tests", "keys", "versions")
        ),
    ]

    for path in paths:
        response = client.get(path)
        assert response.status_code == 302, path
        assert "/login/" in response.url, path
    assert client.get("/api/v1/me").status_code == 401
    assert client.post(f"/console/sso/samlconnection/{draft.pk}/activate/").status_code == 302
    draft.refresh_from_db()
    assert not draft.is_active


def test_the_pages_of_guests_are_these_and_no_others():
    """Whoever adds one reads what a link may never do."""
    from learning_portal.setup_urls import urlpatterns

    assert {url.name for url in urlpatterns} == {
        "home",
        "open",
        "sso_basics",
        "sso_identity_provider",
        "sso_settings",
        "sso_being_read",
        "sso_attributes",
        "directory_guide",
        "directory_token_new",
    }


def test_a_guest_sets_the_connection_up_and_it_is_on_record_under_the_link_s_name(
    make_link, draft, acme
):
    client = opened(make_link())
    identity = SigningIdentity.generate("https://idp.acme.example")
    xml = idp_metadata(identity, "https://idp.acme.example/sso").decode()

    basics = client.post("/setup/connection/basics/", {"name": "Entra of Acme", "preset": "entra"})
    read = client.post("/setup/connection/sso/", {"how": "paste", "text": xml})
    used = client.post("/setup/connection/sso/", carried(read))

    assert basics.url == "/setup/connection/identity-provider/"
    assert used.url == "/setup/connection/sso/"
    draft.refresh_from_db()
    assert (draft.name, draft.preset) == ("Entra of Acme", "entra")
    assert draft.idp_entity_id == "https://idp.acme.example"
    assert not draft.is_active
    by_link = AuditEvent.objects.in_organization(acme).filter(actor_kind="setup_link")
    assert {event.actor_name for event in by_link} == {"Pat, network team"}
    assert Action.CONNECTION_CHANGED in {event.action for event in by_link}


def set_up(client):
    identity = SigningIdentity.generate("https://idp.acme.example")
    xml = idp_metadata(identity, "https://idp.acme.example/sso").decode()
    read = client.post("/setup/connection/sso/", {"how": "paste", "text": xml})
    return client.post("/setup/connection/sso/", carried(read), follow=True)


def test_whoever_has_done_their_part_is_told_whom_to_tell(make_link, draft):
    client = opened(make_link())
    assert "Begin" in text(client.get("/setup/"))

    used = text(set_up(client))
    last = text(client.post("/setup/connection/attributes/", {}, follow=True))

    assert "once an administrator activates it" in used
    assert "Saved. That was your part: tell tests, who tests and activates it." in last
    assert "Ready to be tested" in last
    assert "Begin" not in last


def test_whoever_skips_to_the_last_step_has_not_done_their_part(make_link, draft):
    client = opened(make_link())

    last = text(client.post("/setup/connection/attributes/", {}, follow=True))

    assert "your part" not in last
    assert "To be set up" in last


def test_a_guest_finds_the_way_back_above_the_page(make_link, draft):
    page = text(opened(make_link()).get("/setup/connection/attributes/"))

    assert '<nav aria-label="Breadcrumbs"><div class="breadcrumbs"><a href="/setup/">' in page


def test_a_second_guest_is_offered_a_draft_of_their_own_first(console, draft):
    page = console.get(LINKS)

    offered = [value for value, _name in page.context["form"].fields["connection"].choices]
    assert offered == ["new", str(draft.pk)]


def test_licenses_are_none_of_a_guest_s_business(make_link, draft, make_pool, acme):
    make_pool(organization=acme, name="Secret pool", seats=3)
    client = opened(make_link())

    assert "Secret pool" not in text(client.get("/setup/connection/sso/"))
    client.post(
        "/setup/connection/sso/",
        {
            "request_binding": "redirect",
            "clock_skew_seconds": "60",
            "auto_assign": "on",
            "initial-auto_assign": "",
            "_options": "1",
        },
    )
    draft.refresh_from_db()
    assert draft.auto_assign is None


def test_once_people_sign_in_through_it_the_connection_is_an_administrator_s(
    make_link, draft, system_actor
):
    client = opened(make_link())
    activate(draft, system_actor)

    responses = [client.get(path) for path in SSO_PAGES]
    responses.append(client.post(SSO_PAGES[0], {"name": "Taken over", "preset": "okta"}))

    assert {response.status_code for response in responses} == {403}
    assert "This connection is in use" in text(responses[0])
    assert "Done:" in text(client.get("/setup/"))
    draft.refresh_from_db()
    assert draft.name == "Okta"


def test_switching_it_off_does_not_give_it_back_to_a_guest(make_link, known_and_off):
    client = opened(make_link())
    elsewhere = idp_metadata(
        SigningIdentity.generate("https://evil.example"), "https://evil.example"
    )

    responses = [client.get(path) for path in SSO_PAGES]
    responses.append(
        client.post(SSO_PAGES[2], {"how": "paste", "text": elsewhere.decode(), "_use": "on"})
    )

    assert {response.status_code for response in responses} == {403}
    assert "Done:" in text(client.get("/setup/"))
    known_and_off.refresh_from_db()
    assert known_and_off.idp_entity_id == "https://idp.acme.example"


def test_the_service_takes_no_guest_s_word_for_whom_people_s_sign_in_trusts(
    make_link, known_and_off
):
    """Whatever page would ask it to."""
    guest = Actor.setup_link(str(make_link().link.pk), "Pat")
    xml = idp_metadata(SigningIdentity.generate("https://evil.example"), "https://evil.example")

    with pytest.raises(NotForGuests):
        trust_provider(connection=known_and_off, trust=read_metadata(xml).trust, actor=guest)
    change = {"idp_metadata_url": "https://evil.example/metadata"}
    with pytest.raises(NotForGuests):
        change_connection(connection=known_and_off, changes=change, actor=guest)


def test_a_guest_activates_nothing(make_link, draft, acme):
    guest = Actor.setup_link(str(make_link().link.pk), "Pat")

    with pytest.raises(NotForGuests):
        activate(draft, guest)

    draft.refresh_from_db()
    assert draft.idp_entity_id == "https://idp.acme.example"
    assert not draft.is_active


def test_a_guest_makes_a_token_that_is_shown_once_and_on_record(make_link, acme):
    client = opened(make_link("directory"))
    page = client.get("/setup/directory/tokens/new/")
    form_id = re.search(r'name="id" value="([^"]+)"', page.content.decode())[1]

    made = client.post(
        "/setup/directory/tokens/new/", {"name": "Okta", "days": "365", "id": form_id}
    )

    token = ScimToken.objects.get(organization=acme)
    assert "Copy it now." in text(made)
    assert not re.search(r'(?:href|action)="/console/', text(made))
    event = AuditEvent.objects.get(action=Action.TOKEN_CREATED)
    assert (event.actor_kind, event.actor_name) == ("setup_link", "Pat, network team")
    assert event.target_id == str(token.pk)


def test_the_guide_of_a_guest_shows_no_calls(make_link, make_user):
    make_user("ana.secret")
    client = opened(make_link("directory"))

    page = text(client.get("/setup/directory/guide/okta/"))

    assert "What has arrived" not in page
    assert "ana.secret" not in page


@pytest.mark.parametrize("guide", ["entra", "okta", "other"])
def test_the_guide_of_a_guest_leads_to_nothing_that_is_decided_in_the_console(make_link, guide):
    page = text(opened(make_link("directory")).get(f"/setup/directory/guide/{guide}/"))

    assert "People who are here already" not in page
    assert "Automatically assign licenses" not in page
    assert 'href=""' not in page


def test_whoever_is_signed_in_besides_is_nobody_there(
    make_link, client, admin, sign_in, globex, make_admin
):
    sign_in(client, make_admin("their-admin", organization=globex))
    opened(make_link(), client)

    page = text(client.get("/setup/connection/basics/"))

    assert "Their-admin" not in page
    assert "Acme" in page


def test_a_form_of_another_site_changes_nothing(make_link, draft):
    client = opened(make_link())
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["setup"] = client.cookies["setup"].value

    response = strict.post("/setup/connection/basics/", {"name": "x", "preset": "okta"})

    assert response.status_code == 403
    draft.refresh_from_db()
    assert draft.name == "Okta"


def test_the_database_knows_what_a_link_is(make_link, acme):
    link = make_link().link

    for broken in (
        {"connection_id": None},
        {"opened_at": timezone.now()},
        {"browser": "x"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            SetupLink.objects.filter(pk=link.pk).update(**broken)


def test_revoking_twice_is_revoking_once(make_link, system_actor):
    link = make_link().link
    for _ in range(2):
        revoke_setup_link(link=link, actor=system_actor)

    assert AuditEvent.objects.filter(action=Action.SETUP_LINK_REVOKED).count() == 1


@pytest.mark.parametrize("path", [*SSO_PAGES, DIRECTORY_PAGES[0]])
def test_a_guest_s_page_takes_ten_statements_at_most(
    make_link, django_assert_max_num_queries, path
):
    client = opened(make_link("both"))

    with django_assert_max_num_queries(10):
        assert client.get(path).status_code == 200


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_a_guest_and_an_administrator_at_once_wait_for_one_another_in_one_order(
    make_link, draft, acme
):
    browser = opened(make_link())
    answers = []

    def rename():
        try:
            form = {"name": "Okta of the guest", "preset": "okta"}
            answers.append(browser.post("/setup/connection/basics/", form).status_code)
        finally:
            connections.close_all()

    guest = threading.Thread(target=rename)
    with transaction.atomic():
        # As `rows.locked` begins.
        hold_organization(acme.pk)
        guest.start()
        time.sleep(1)  # until the guest waits
        locked(draft)
    guest.join()

    assert answers == [302]


@pytest.mark.parametrize("then", ["off_board", "deactivate", "demote"])
def test_links_end_with_the_administration_of_whoever_made_them(
    acme, draft, make_admin, admin, actor, then
):
    maker = make_admin("maker")
    make = partial(
        make_setup_link,
        organization=acme,
        scope=SetupLink.Scope.SSO,
        maker_role=Role.FULL_ADMIN,
        connection_id=draft.pk,
    )
    made = make(name="Their IT", actor=Actor.from_user(maker)).link
    others = make(name="Our IT", actor=actor).link

    if then == "off_board":
        off_board(user=maker, actor=actor)
    elif then == "deactivate":
        deactivate_user(user=maker, actor=actor)
    else:
        change_role(user=maker, role=Role.SUB_ADMIN, abilities=[Ability.PEOPLE], actor=actor)

    made.refresh_from_db()
    others.refresh_from_db()
    assert made.revoked_at is not None
    assert others.revoked_at is None
    event = AuditEvent.objects.filter(target_id=str(maker.pk)).latest("pk")
    assert event.changes["setup_links"] == ["Their IT"]


def test_platform_staff_who_hand_out_none_are_closed_all_the_same(make_staff, actor):
    staff = make_staff("sam")

    deactivate_user(user=staff, actor=actor)

    event = AuditEvent.objects.filter(target_id=str(staff.pk)).latest("pk")
    assert "setup_links" not in event.changes
