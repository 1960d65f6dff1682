"""The steps that set a connection up, as an administrator walks through them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.roles import Ability, Role
from audit.actors import Actor
from sandbox.saml_messages import idp_metadata
from sso.errors import MetadataUnreachable
from sso.models import MetadataRefresh, Preset, SamlConnection, StagedChange
from sso.presets import PRODUCTS
from sso.refresh import refresh
from sso.services import create_connection
from tests.sso.conftest import signing_identity
from tests.sso.setup_pages import IDP, carried, metadata, options, step

pytestmark = pytest.mark.django_db

NEW = "/console/sso/samlconnection/new/"
STEPS = ("basics", "identity-provider", "sso")
# An answer of a page that leads on.
FOUND = 302


# ------------------------------------------------------------------ a beginning


def test_the_cards_are_all_kinds_of_identity_provider(console):
    shown = console.get(NEW).content.decode()

    assert {preset.value for preset in Preset} == set(PRODUCTS)
    for preset in Preset:
        assert f'href="{NEW}{preset.value}/"' in shown


def test_adding_begins_at_the_cards(console):
    response = console.get("/console/sso/samlconnection/add/")

    assert (response.status_code, response.url) == (FOUND, NEW)


def test_staff_say_first_for_whom(client, make_staff, sign_in, acme):
    staff = sign_in(client, make_staff())

    assert staff.get("/console/sso/samlconnection/add/").status_code == 200
    assert staff.get(NEW).status_code == 404
    added = staff.post(
        "/console/sso/samlconnection/add/",
        {"organization": str(acme.pk), "name": "Okta", "preset": "okta"},
    )
    connection = SamlConnection.objects.get(organization=acme)
    assert added.url == step(connection, "identity-provider")
    assert staff.get(added.url).status_code == 200


def test_a_card_and_a_name_make_a_draft(console, acme):
    shown = console.get(f"{NEW}entra/").content.decode()
    assert 'value="Microsoft"' in shown

    response = console.post(f"{NEW}entra/", {"name": " Entra ", "preset": "entra"})

    connection = SamlConnection.objects.get(organization=acme)
    assert (connection.name, connection.preset, connection.state) == ("Entra", "entra", "draft")
    assert response.url == step(connection, "identity-provider")


def test_what_a_provider_needs_otherwise_is_set_from_the_start(console, acme):
    console.post(f"{NEW}adfs/", {"name": "AD FS", "preset": "adfs"})

    assert SamlConnection.objects.get(organization=acme).clock_skew_seconds == 180


def test_a_card_that_is_not_there_is_not_found(console):
    assert console.get(f"{NEW}saml9/").status_code == 404


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "Give the connection a name."), ("Okta", "A connection has this name already.")],
)
def test_a_draft_wants_a_name_of_its_own(console, acme, draft, name, words):
    response = console.post(f"{NEW}okta/", {"name": name, "preset": "okta"})

    assert words in response.content.decode()
    assert SamlConnection.objects.filter(organization=acme).count() == 1


def test_basics_are_changed_later_too(console, draft, acme):
    create_connection(organization=acme, name="Entra", preset="entra", actor=Actor.system("tests"))
    taken = console.post(step(draft, "basics"), {"name": "Entra", "preset": "okta"})
    assert "A connection has this name already." in taken.content.decode()

    response = console.post(step(draft, "basics"), {"name": "Ours", "preset": "google"})

    assert response.url == step(draft, "identity-provider")
    draft.refresh_from_db()
    assert (draft.name, draft.preset) == ("Ours", "google")


# ------------------------------------------------------------------ what we give


@pytest.mark.parametrize("preset", [*PRODUCTS])
def test_each_guide_has_this_connections_own_values(console, draft, preset):
    SamlConnection.objects.update(preset=preset)

    shown = console.get(step(draft, "identity-provider")).content.decode()

    for value in (
        draft.entity_id,
        draft.acs_url,
        draft.login_url,
        draft.metadata_url,
        draft.slo_url,
    ):
        assert f"<code>{value}</code>" in shown
    assert f'href="/console/guides/{PRODUCTS[preset].how_to}/"' in shown


@pytest.mark.parametrize("preset", [*PRODUCTS])
def test_a_value_to_carry_over_stands_at_one_place_of_ours(console, draft, preset):
    """Beside a guide that names them in its own words; where the guide is ours, in the guide."""
    SamlConnection.objects.update(preset=preset)

    shown = console.get(step(draft, "identity-provider")).content.decode()

    aside = shown[shown.index("<aside") : shown.index("</aside>")]
    assert (f"<code>{draft.acs_url}</code>" in aside) == (preset != "generic")
    assert f'href="{draft.metadata_url}" download' in aside


def test_onelogin_gets_a_pattern_that_fits_our_address_and_no_other(console, draft):
    SamlConnection.objects.update(preset="onelogin")

    pattern = console.get(step(draft, "identity-provider")).context["acs_pattern"]

    assert re.match(pattern, draft.acs_url)
    assert not re.match(pattern, f"{draft.acs_url}/x")
    assert not re.match(pattern, draft.acs_url.replace(".", "x", 1)) or "." not in draft.acs_url


@pytest.mark.parametrize("preset", [*PRODUCTS])
def test_the_fields_of_a_guide_are_those_of_its_how_to_page(preset):
    """The same vendor's words in both: who mends one, mends the other."""
    template = Path(settings.BASE_DIR, f"templates/sso/console/guides/{preset}.html").read_text()
    page = Path(settings.BASE_DIR, f"docs/how-to/{PRODUCTS[preset].how_to}.md").read_text()

    fields = [name for name in re.findall(r"<dt>([^<{]+)</dt>", template) if name.strip()]

    assert [name for name in fields if name not in page] == []
    assert "Checked against" in page, "a guide says what it was checked against"


# ------------------------------------------------------------------ what they give


def test_what_was_read_counts_once_it_is_used(console, draft):
    upload = SimpleUploadedFile("idp.xml", metadata(), "text/xml")
    shown = console.post(f"{step(draft, 'sso')}?how=file", {"how": "file", "file": upload})
    draft.refresh_from_db()
    assert draft.idp_entity_id == ""
    assert f"{IDP}/sso" in shown.content.decode()
    assert "Not saved yet" in shown.content.decode()

    response = console.post(step(draft, "sso"), carried(shown))

    assert response.url == step(draft, "sso")
    draft.refresh_from_db()
    assert draft.idp_entity_id == IDP
    assert draft.certificates == (signing_identity(IDP).certificate_pem,)
    page = console.get(step(draft, "sso")).content.decode()
    assert "The identity provider’s side" in page


def test_pasted_metadata_is_read_as_well(console, draft):
    shown = console.post(step(draft, "sso"), {"how": "paste", "text": metadata().decode()})

    assert shown.context["read"].trust.entity_id == IDP


def test_values_copied_by_hand_do_the_same(console, draft):
    sent = {
        "how": "hand",
        "entity_id": f"  {IDP} ",
        "sso_redirect_url": f"{IDP}/sso",
        "certificates": signing_identity(IDP).certificate_pem,
    }
    shown = console.post(step(draft, "sso"), sent)

    console.post(step(draft, "sso"), carried(shown))

    draft.refresh_from_db()
    assert (draft.idp_entity_id, draft.sign_in_address) == (IDP, f"{IDP}/sso")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"how": "file"}, "Choose the file first."),
        ({"how": "paste", "text": "<html>"}, "isn’t"),
        ({"how": "paste"}, "Paste the XML first."),
        ({"how": "hand"}, "Copy the identity provider’s entity ID."),
    ],
)
def test_what_cannot_be_read_is_said_and_changes_nothing(console, draft, sent, words):
    response = console.post(step(draft, "sso"), sent)

    assert words in response.content.decode()
    draft.refresh_from_db()
    assert draft.version == 1


def test_a_file_too_large_is_refused_before_it_is_read(console, draft, monkeypatch):
    monkeypatch.setattr("sso.console.setup_forms.METADATA_MAX_BYTES", 10)
    upload = SimpleUploadedFile("idp.xml", metadata(), "text/xml")

    response = console.post(step(draft, "sso"), {"how": "file", "file": upload})

    assert "larger than 1 MB" in response.content.decode()


def test_another_provider_than_before_is_said(console, draft):
    for entity_id in (IDP, "https://other.example"):
        shown = console.post(
            step(draft, "sso"), {"how": "paste", "text": metadata(entity_id).decode()}
        )
        console.post(step(draft, "sso"), carried(shown))

    assert "another identity provider than the one known here" in shown.content.decode()


def test_values_bent_on_their_way_do_not_count(console, draft):
    shown = console.post(step(draft, "sso"), {"how": "paste", "text": metadata().decode()})

    response = console.post(
        step(draft, "sso"), carried(shown) | {"sso_redirect_url": "javascript:x", "how": "hand"}
    )

    assert "has to start with https://" in response.content.decode()
    draft.refresh_from_db()
    assert draft.idp_entity_id == ""


def test_a_connection_in_use_changes_only_after_a_look_at_the_difference(console, at_acme):
    connection = at_acme.connection
    other = idp_metadata(at_acme.idp, sso_url="https://idp.acme.example/elsewhere")
    shown = console.post(step(connection, "sso"), {"how": "paste", "text": other.decode()})

    response = console.post(step(connection, "sso"), carried(shown))

    staged = StagedChange.objects.get()
    assert response.url.endswith(f"/changes/{staged.pk}/")
    before = connection.sign_in_address
    connection.refresh_from_db()
    assert connection.sign_in_address == before
    assert (
        "A change of this connection waits" in console.get(step(connection, "sso")).content.decode()
    )


def test_the_same_again_stages_nothing(console, at_acme):
    connection = at_acme.connection
    same = idp_metadata(at_acme.idp, sso_url=connection.sign_in_address)
    shown = console.post(step(connection, "sso"), {"how": "paste", "text": same.decode()})

    response = console.post(step(connection, "sso"), carried(shown), follow=True)

    assert "Nothing differs" in response.content.decode()
    assert not StagedChange.objects.exists()


def test_another_provider_never_replaces_a_trust_in_use(console, at_acme):
    connection = at_acme.connection
    shown = console.post(
        step(connection, "sso"),
        {"how": "paste", "text": metadata("https://other.example").decode()},
    )

    response = console.post(step(connection, "sso"), carried(shown), follow=True)

    assert "This is another identity provider" in response.content.decode()
    assert not StagedChange.objects.exists()


# ------------------------------------------------------------------ options


def test_options_are_saved_and_only_those_that_changed(console, draft, make_pool, acme):
    pool = make_pool(seats=3)
    page = console.get(step(draft, "sso"))
    # Another administrator, meanwhile.
    SamlConnection.objects.update(include_acs_url=False)

    console.post(
        step(draft, "sso"),
        options(
            page,
            sign_requests=None,
            request_binding="post",
            clock_skew_seconds="120",
            idp_initiated="on",
            auto_assign="off",
            pool=str(pool.pk),
            name_id_format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            subject_attribute="objectidentifier",
        ),
    )

    draft.refresh_from_db()
    assert not draft.include_acs_url
    assert not draft.sign_requests
    assert (draft.request_binding, draft.clock_skew_seconds) == ("post", 120)
    assert draft.idp_initiated
    assert draft.auto_assign is False
    assert draft.pool == pool
    assert draft.name_id_format.endswith("persistent")
    assert draft.subject_attribute == "objectidentifier"


def test_metadata_brings_sign_out_addresses_through_the_read_back(console, draft):
    sent = {
        "how": "hand",
        "entity_id": IDP,
        "sso_redirect_url": f"{IDP}/sso",
        "slo_redirect_url": f"{IDP}/slo",
        "slo_redirect_response_url": f"{IDP}/slo-return",
        "certificates": signing_identity(IDP).certificate_pem,
    }
    shown = console.post(step(draft, "sso"), sent)
    assert f"<code>{IDP}/slo</code>" in shown.content.decode()
    assert f"<code>{IDP}/slo-return</code>" in shown.content.decode()

    console.post(step(draft, "sso"), carried(shown))

    draft.refresh_from_db()
    assert draft.idp_slo_redirect_url == f"{IDP}/slo"
    assert draft.idp_slo_redirect_response_url == f"{IDP}/slo-return"


@pytest.mark.parametrize("last", ["tests", "activate"])
def test_the_last_steps_are_among_the_others(console, draft, last):
    shown = console.get(f"/console/sso/samlconnection/{draft.pk}/{last}/")

    assert [each.is_current for each in shown.context["steps"]].count(True) == 1
    assert "Set-up steps" in shown.content.decode()


def test_a_mistake_in_an_option_is_said_beside_it(console, draft):
    page = console.get(step(draft, "sso"))

    response = console.post(step(draft, "sso"), options(page, clock_skew_seconds="301"))

    assert "Nothing is saved yet" in response.content.decode()
    draft.refresh_from_db()
    assert draft.clock_skew_seconds == 60


def test_a_format_of_the_command_line_stays_a_choice(console, draft):
    SamlConnection.objects.update(name_id_format="urn:example:own")
    page = console.get(step(draft, "sso"))

    console.post(step(draft, "sso"), options(page, clock_skew_seconds="90"))

    draft.refresh_from_db()
    assert (draft.name_id_format, draft.clock_skew_seconds) == ("urn:example:own", 90)


def test_another_organizations_pool_is_no_choice(console, draft, make_pool, globex):
    theirs = make_pool(organization=globex, seats=3)
    page = console.get(step(draft, "sso"))
    assert theirs.name not in page.content.decode()

    response = console.post(step(draft, "sso"), options(page, pool=str(theirs.pk)))

    assert response.status_code == 200
    draft.refresh_from_db()
    assert draft.pool is None


def test_the_next_step_waits_for_the_providers_side(console, draft, make_journey, acme):
    at_acme = make_journey(acme, name="Entra")
    page = console.get(step(draft, "sso"))
    assert console.post(step(draft, "sso"), options(page)).url == step(draft, "sso")

    page = console.get(step(at_acme.connection, "sso"))
    response = console.post(step(at_acme.connection, "sso"), options(page))
    assert response.url != step(at_acme.connection, "sso")


# ------------------------------------------------------------------ who may


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_organizations_connection_is_not_there(
    client, globex, make_admin, sign_in, draft, name, method
):
    theirs = sign_in(client, make_admin("their-admin", organization=globex))

    assert getattr(theirs, method)(step(draft, name)).status_code in {404, 405}


@pytest.mark.parametrize("address", [NEW, f"{NEW}okta/"])
def test_whoever_lacks_the_ability_begins_nothing(client, make_user, sign_in, acme, address):
    others = [ability for ability in Ability if ability != Ability.SSO]
    helper = sign_in(client, make_user("helper", role=Role.SUB_ADMIN, abilities=others))

    assert helper.get(address).status_code == 403
    assert helper.post(address, {"name": "Okta", "preset": "okta"}).status_code in {403, 405}
    assert not SamlConnection.objects.exists()


@pytest.mark.parametrize("name", STEPS)
def test_whoever_lacks_the_ability_sets_nothing_up(client, make_user, sign_in, draft, name):
    others = [ability for ability in Ability if ability != Ability.SSO]
    helper = sign_in(client, make_user("helper", role=Role.SUB_ADMIN, abilities=others))

    assert helper.get(step(draft, name)).status_code == 403


@pytest.mark.parametrize("name", STEPS)
def test_a_step_takes_few_statements(console, at_acme, django_assert_max_num_queries, name):
    with django_assert_max_num_queries(10):
        assert console.get(step(at_acme.connection, name)).status_code == 200


# ------------------------------------------------------------------ by address


ADDRESS = "https://idp.acme.example/metadata"


def reading(connection: SamlConnection) -> str:
    return step(connection, "sso") + "reading/"


@pytest.fixture
def publish(monkeypatch):
    """What is at every address."""

    def publish(answer: bytes | Exception) -> None:
        def fetch(url: str) -> bytes:
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr("sso.refresh.fetch", fetch)

    return publish


def follow(console, connection: SamlConnection):
    return console.post(step(connection, "sso"), {"how": "address", "address": ADDRESS})


def test_an_address_is_read_by_a_worker_and_shown_before_it_counts(console, draft, publish):
    publish(metadata())

    response = follow(console, draft)
    assert response.url == reading(draft)
    waits = console.get(reading(draft))
    assert "The metadata is being read" in waits.content.decode()
    assert waits.headers["Refresh"] == "3"

    refresh(draft.pk)

    shown = console.get(reading(draft))
    assert "Not saved yet" in shown.content.decode()
    draft.refresh_from_db()
    assert (draft.idp_metadata_url, draft.idp_entity_id) == (ADDRESS, "")

    console.post(step(draft, "sso"), carried(shown))

    draft.refresh_from_db()
    assert draft.idp_entity_id == IDP
    assert not StagedChange.objects.open().exists()


def test_what_is_new_at_the_address_of_a_connection_in_use_is_compared(console, at_acme, publish):
    connection = at_acme.connection
    publish(idp_metadata(at_acme.idp, sso_url="https://idp.acme.example/elsewhere"))
    follow(console, connection)
    refresh(connection.pk)

    leads_on = console.get(reading(connection))

    assert leads_on.url.endswith(f"/changes/{StagedChange.objects.get().pk}/")


def test_an_address_that_cannot_be_read_says_why(console, draft, publish):
    publish(MetadataUnreachable("The host answered 404."))
    follow(console, draft)
    refresh(draft.pk)

    response = console.get(reading(draft), follow=True)

    assert response.redirect_chain == [(f"{step(draft, 'sso')}?how=address", FOUND)]
    assert response.content.decode().count("The host answered 404.") == 1
    assert "The metadata address can’t be read" in response.content.decode()


def test_the_same_address_is_read_once_more(console, draft, publish):
    publish(metadata())
    follow(console, draft)
    refresh(draft.pk)
    MetadataRefresh.objects.update(asked_at=timezone.now() - timedelta(minutes=2))

    follow(console, draft)

    assert "is being read" in console.get(reading(draft)).content.decode()


def test_what_is_trusted_already_leads_back(console, at_acme, publish):
    connection = at_acme.connection
    publish(idp_metadata(at_acme.idp, sso_url=connection.sign_in_address))
    follow(console, connection)
    refresh(connection.pk)

    response = console.get(reading(connection), follow=True)

    assert "Read. The connection trusts what is there." in response.content.decode()


def test_an_address_a_worker_would_never_open_is_refused(console, draft):
    response = console.post(
        step(draft, "sso"), {"how": "address", "address": "http://169.254.169.254/latest"}
    )

    assert response.status_code == 200
    assert response.context["form"].errors["address"]


def test_without_an_address_nothing_is_being_read(console, draft):
    assert console.get(reading(draft)).url == step(draft, "sso")


def test_where_a_provider_has_no_address_the_file_comes_first(console, draft):
    assert console.get(step(draft, "sso")).context["way"] == "address"
    SamlConnection.objects.update(preset="google")
    assert console.get(step(draft, "sso")).context["way"] == "file"


def test_single_logout_is_among_the_options_once_there_is_an_address(console, draft):
    page = console.get(step(draft, "sso"))
    assert page.context["options"].fields["single_logout"].disabled

    xml = idp_metadata(signing_identity(IDP), f"{IDP}/sso", f"{IDP}/slo").decode()
    shown = console.post(step(draft, "sso"), {"how": "paste", "text": xml})
    console.post(step(draft, "sso"), carried(shown))
    page = console.get(step(draft, "sso"))
    assert page.content.decode().count('name="single_logout"') == 1
    console.post(step(draft, "sso"), options(page, single_logout="on"))

    draft.refresh_from_db()
    assert draft.single_logout
