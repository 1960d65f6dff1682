"""The console's pages about single sign-on, as an administrator uses them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.roles import Role
from audit.actors import Actor
from sandbox.saml_messages import SigningIdentity, idp_metadata
from sso.check_words import CHECK_LABELS
from sso.models import IdentityClaim, SamlConnection, SignInTrace, StagedChange
from sso.saml import CheckName
from sso.services import create_connection
from tests.sso.conftest import signing_identity
from tests.sso.setup_pages import carried, change_form, step

pytestmark = pytest.mark.django_db

LIST = "/console/sso/samlconnection/"


def page(connection, name="change"):
    return f"{LIST}{connection.pk}/{name}/"


def metadata():
    identity = signing_identity("https://idp.acme.example")
    return idp_metadata(identity, sso_url="https://idp.acme.example/sso")


@pytest.fixture
def their_console(client, globex, make_admin, sign_in):
    return sign_in(client, make_admin("their-admin", organization=globex))


@pytest.fixture
def draft(console, acme):
    console.post(f"{LIST}new/okta/", {"name": "Okta", "preset": "okta"})
    return SamlConnection.objects.get(organization=acme)


def test_an_administrator_connects_an_identity_provider(console, draft):
    shown = console.get(page(draft)).content.decode()
    assert draft.entity_id in shown
    assert draft.acs_url in shown

    upload = SimpleUploadedFile("idp.xml", metadata(), "text/xml")
    response = console.post(page(draft), change_form(metadata_file=upload))
    assert response.status_code == 302
    untested = {"_untested": "1", "reason": "the provider comes later"}
    console.post(page(draft, "activate"), untested)

    draft.refresh_from_db()
    assert draft.is_active
    assert "https://idp.acme.example/sso" in console.get(page(draft)).content.decode()


def test_an_organization_has_so_many_connections_and_no_more(console, draft, globex, monkeypatch):
    monkeypatch.setattr("sso.services.connections.MOST_CONNECTIONS", 1)

    refused = console.post(f"{LIST}new/okta/", {"name": "Second", "preset": "okta"})

    assert "1 connections, which is the most there may be" in refused.content.decode()
    assert SamlConnection.objects.get() == draft
    create_connection(
        organization=globex, name="Okta", preset="okta", actor=Actor.system("tests")
    )  # whose count is its own


def test_beside_the_single_logout_url_stands_that_it_is_off(console, draft):
    off = "messages that come"
    pages = [page(draft), page(draft, "setup/identity-provider")]
    assert all(off in console.get(each).content.decode() for each in pages)

    draft.idp_slo_redirect_url = "https://idp.acme.example/slo"
    draft.single_logout = True
    draft.save()

    shown = [console.get(each).content.decode() for each in pages]
    assert all(draft.slo_url in each and off not in each for each in shown)


def test_the_length_of_sessions_is_chosen_on_the_page(console, draft):
    console.post(page(draft), change_form(metadata_text=metadata().decode(), session_hours="4"))

    draft.refresh_from_db()
    assert draft.session_hours == 4
    assert '<option value="4" selected>4 hours' in console.get(page(draft)).content.decode()


def test_pasted_metadata_does_the_same(console, draft):
    console.post(page(draft), change_form(metadata_text=metadata().decode()))

    draft.refresh_from_db()
    assert draft.idp_entity_id == "https://idp.acme.example"


def test_metadata_that_cannot_be_read_is_an_error_beside_its_field(console, draft):
    response = console.post(page(draft), change_form(metadata_text="<html>"))

    assert response.status_code == 200
    assert response.context["adminform"].form.errors["metadata_text"]


def test_file_and_paste_together_are_refused(console, draft):
    upload = SimpleUploadedFile("idp.xml", metadata(), "text/xml")

    response = console.post(page(draft), change_form(metadata_file=upload, metadata_text="<a/>"))

    assert response.context["adminform"].form.errors["metadata_text"]


def test_saving_without_metadata_keeps_what_was_read(console, draft):
    console.post(page(draft), change_form(metadata_text=metadata().decode()))
    console.post(page(draft), change_form(name="Our Okta", auto_assign="off"))

    draft.refresh_from_db()
    assert draft.name == "Our Okta"
    assert draft.auto_assign is False
    assert draft.idp_entity_id == "https://idp.acme.example"


def test_a_connection_without_metadata_cannot_be_activated(console, draft):
    response = console.post(page(draft, "activate"), follow=True)

    assert "Import the identity provider’s metadata first" in response.content.decode()
    draft.refresh_from_db()
    assert not draft.is_active


def test_deactivating_says_first_how_many_people_it_touches(console, at_acme):
    at_acme.sign_in("ana@acme.example")

    shown = console.get(page(at_acme.connection, "deactivate")).content.decode()
    assert "1 person signs in through this connection" in shown
    # Nobody else lets them in: what comes then is said.
    assert "Invite to another way in" in shown
    at_acme.connection.refresh_from_db()
    assert at_acme.connection.is_active

    console.post(page(at_acme.connection, "deactivate"), {"typed_name": " okta"})
    at_acme.connection.refresh_from_db()
    assert not at_acme.connection.is_active


@pytest.mark.parametrize("typed", [{}, {"typed_name": "Entra"}])
def test_shutting_people_out_wants_the_name_typed(console, at_acme, typed):
    at_acme.sign_in("ana@acme.example")

    response = console.post(page(at_acme.connection, "deactivate"), typed)

    assert "Type the name of the connection: Okta." in response.content.decode()
    at_acme.connection.refresh_from_db()
    assert at_acme.connection.is_active


def test_a_connection_nobody_used_is_deactivated_at_once(console, at_acme):
    shown = console.get(page(at_acme.connection, "deactivate")).content.decode()
    assert "Nobody has signed in through this connection yet." in shown
    assert "typed_name" not in shown

    console.post(page(at_acme.connection, "deactivate"))
    at_acme.connection.refresh_from_db()
    assert not at_acme.connection.is_active


def test_metadata_is_read_back_on_the_same_page(console, draft):
    response = console.post(
        page(draft), change_form(metadata_text=metadata().decode()), follow=True
    )

    assert response.redirect_chain == [(page(draft), 302)]
    shown = response.content.decode()
    assert "Metadata read. Compare it under “What we read”, then test it." in shown
    assert "<code>https://idp.acme.example</code>" in shown
    assert "Activate connection" in shown


def test_what_seldom_changes_is_folded_until_it_holds_a_mistake(console, draft):
    shown = console.get(page(draft)).content.decode()
    assert shown.count("<details>") == 2

    wrong = console.post(page(draft), change_form(clock_skew_seconds="x")).content.decode()
    assert "Clock skew, in seconds" in wrong
    assert wrong.count("<details open>") == 1  # the other one; a mistake is never folded


@pytest.mark.parametrize("name", ["change", "activate", "deactivate", "history"])
def test_another_organizations_connection_is_not_there(their_console, at_acme, name):
    SamlConnection.objects.update(state="inactive")

    response = their_console.post(page(at_acme.connection, name), change_form(name="Taken over"))

    assert response.status_code in {302, 404}
    at_acme.connection.refresh_from_db()
    assert (at_acme.connection.name, at_acme.connection.state) == ("Okta", "inactive")


def test_a_sub_admin_without_the_ability_sees_no_connection(client, at_acme, make_user, sign_in):
    sub = make_user("sub", role=Role.SUB_ADMIN, abilities=["people"])

    assert sign_in(client, sub).get(page(at_acme.connection)).status_code == 403


def test_the_reference_of_a_refusal_finds_its_checklist(console, at_acme):
    xml = at_acme.answer("ana@acme.example", in_response_to=at_acme.begin(), audience="urn:other")
    at_acme.post(xml)
    trace = SignInTrace.objects.get()

    found = console.get("/console/sso/signintrace/", {"q": trace.reference.lower()})
    shown = console.get(f"/console/sso/signintrace/{trace.pk}/change/").content.decode()

    assert [row.pk for row in found.context["cl"].result_list] == [trace.pk]
    assert "urn:other" in shown
    assert at_acme.connection.entity_id in shown


@pytest.mark.parametrize("heard", ["{} {}", "{}{}", "{}-{}", " {}.{} "])
def test_a_reference_is_found_however_it_was_written_down(console, at_acme, heard):
    at_acme.post(b"<x/>")
    trace = SignInTrace.objects.get()
    typed = heard.format(*trace.reference.lower().split("-")).replace("1", "l").replace("0", "o")

    found = console.get("/console/sso/signintrace/", {"q": typed})

    assert [row.pk for row in found.context["cl"].result_list] == [trace.pk]


def test_metadata_of_another_provider_does_not_replace_a_trust_in_use(console, at_acme):
    other = signing_identity("https://other.example")
    xml = idp_metadata(other, sso_url="https://other.example/sso").decode()

    response = console.post(page(at_acme.connection), change_form(metadata_text=xml))

    assert "This is another identity provider" in response.content.decode()
    at_acme.connection.refresh_from_db()
    assert at_acme.connection.idp_entity_id != "https://other.example"


def test_metadata_brought_to_a_connection_in_use_waits_whichever_page_brings_it(console, at_acme):
    connection = at_acme.connection
    before = connection.idp_certificates
    entity_id = connection.idp_entity_id
    xml = idp_metadata(SigningIdentity.generate(entity_id), "https://idp.acme.example/sso").decode()

    told = console.post(page(connection), change_form(metadata_text=xml), follow=True)
    first = StagedChange.objects.open().get()
    read = console.post(step(connection, "sso"), {"how": "paste", "text": xml})
    console.post(step(connection, "sso"), carried(read))

    assert "nothing is changed yet: look first" in told.content.decode()
    assert StagedChange.objects.open().get() == first, "the same rule, the same change"
    connection.refresh_from_db()
    assert connection.idp_certificates == before


def test_metadata_that_says_what_is_trusted_already_changes_nothing(console, at_acme):
    trusted = idp_metadata(at_acme.idp, "https://idp.acme.example/sso").decode()

    told = console.post(page(at_acme.connection), change_form(metadata_text=trusted), follow=True)

    assert "Nothing differs" in told.content.decode()
    assert not StagedChange.objects.exists()


def test_another_organizations_reference_finds_nothing(their_console, at_acme):
    at_acme.post(b"<x/>")
    trace = SignInTrace.objects.get()

    found = their_console.get("/console/sso/signintrace/", {"q": trace.reference})

    assert not found.context["cl"].result_list
    assert their_console.get(f"/console/sso/signintrace/{trace.pk}/change/").status_code == 302


@pytest.mark.parametrize(("decision", "is_linked"), [("same", True), ("other", False)])
def test_an_administrator_decides_who_somebody_is(
    console, acme, at_acme, make_user, decision, is_linked
):
    ana = make_user("ana")
    claim = IdentityClaim.objects.create(
        organization=acme,
        connection=at_acme.connection,
        name_id="opaque-2",
        user=ana,
        evidence={"email": "somebody@acme.example"},
        last_seen_at=timezone.now(),
    )
    url = f"/console/sso/identityclaim/{claim.pk}/"
    shown = console.get(f"{url}change/").content.decode()
    assert "somebody@acme.example" in shown
    assert ana.email in shown

    console.post(f"{url}decide/", {"answer": decision})

    assert ana.saml_identities.exists() is is_linked
    assert console.get("/console/sso/identityclaim/").context["cl"].result_count == 0


def test_another_organization_decides_nothing(their_console, acme, at_acme, make_user):
    ana = make_user("ana")
    claim = IdentityClaim.objects.create(
        organization=acme,
        connection=at_acme.connection,
        name_id="opaque-2",
        user=ana,
        last_seen_at=timezone.now(),
    )

    response = their_console.post(
        f"/console/sso/identityclaim/{claim.pk}/decide/", {"answer": "same"}
    )

    assert response.status_code == 302

    assert not ana.saml_identities.exists()


def test_the_list_of_connections_says_when_somebody_last_came_in(console, at_acme):
    for days, outcome, cause in (
        (30, "accepted", ""),
        (20, "accepted", ""),
        (1, "refused", "expired"),
    ):
        SignInTrace.objects.create(
            organization=at_acme.connection.organization,
            connection=at_acme.connection,
            outcome=outcome,
            cause=cause,
            created_at=timezone.now() - timedelta(days=days),
        )

    page = console.get("/console/sso/samlconnection/").content.decode()

    shown = timezone.now() - timedelta(days=20)
    assert f"{shown:%-d} {shown:%b}" in page


@pytest.mark.parametrize("rows", [3, 30])
def test_the_list_of_sign_ins_takes_the_same_statements_for_any_length(
    console, at_acme, make_user, django_assert_max_num_queries, rows
):
    SignInTrace.objects.bulk_create(
        SignInTrace(
            organization=at_acme.connection.organization,
            connection=at_acme.connection,
            user=make_user(),
            outcome="accepted",
        )
        for _row in range(rows)
    )

    with django_assert_max_num_queries(9):
        assert console.get("/console/sso/signintrace/").status_code == 200


def test_each_check_of_a_trace_has_words_of_its_own():
    assert set(CHECK_LABELS) == set(CheckName)
    assert len({str(label) for label in CHECK_LABELS.values()}) == len(CheckName)


def test_a_refusal_calls_the_identity_provider_by_its_name_alone(client, console, at_acme):
    refused = at_acme.sign_in("ana@acme.example", audience="https://other.example")

    assert "<h1>Okta made this sign-in for another service" in refused.content.decode()
    trace = SignInTrace.objects.get(cause="wrong_audience")
    page = console.get(f"/console/sso/signintrace/{trace.pk}/change/").content.decode()
    assert "The person read: “Okta made this sign-in for another service" in page
