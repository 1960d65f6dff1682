"""What an administrator can do to a connection, and what the database refuses."""

from __future__ import annotations

from itertools import product

import pytest
from django.db import IntegrityError, transaction

from audit.models import AuditEvent
from sandbox.saml_messages import idp_metadata
from sso.connection_settings import settings_for
from sso.errors import ClaimDecided, ConnectionNameTaken, InvalidOption, NotReadyToActivate
from sso.models import IdentityClaim, SamlConnection
from sso.saml import MetadataUnreadable
from sso.services import (
    activate_connection,
    change_connection,
    confirm_identity,
    create_connection,
    deactivate_connection,
    dismiss_identity,
    import_metadata,
)
from tests.sso.conftest import signing_identity

pytestmark = pytest.mark.django_db

IDP = "https://idp.acme.example"


def metadata(entity_id=IDP):
    return idp_metadata(signing_identity(entity_id), sso_url=f"{entity_id}/sso")


def test_each_connection_has_names_and_keys_of_its_own(acme, draft, system_actor):
    other = create_connection(organization=acme, name="Entra", preset="entra", actor=system_actor)

    assert draft.entity_id != other.entity_id
    assert draft.private_key_pem != other.private_key_pem
    for url in (draft.entity_id, draft.acs_url, draft.login_url, draft.metadata_url):
        assert str(draft.pk) in url
        assert "_" not in url
        assert not url.endswith("/")


def test_the_private_key_lies_sealed_in_the_database(draft):
    stored = SamlConnection.objects.values_list("sp_private_key", flat=True).get()

    assert "PRIVATE KEY" not in stored
    assert "PRIVATE KEY" in draft.private_key_pem


def test_a_name_is_given_once_in_an_organization_and_again_in_another(
    acme, globex, draft, system_actor
):
    with pytest.raises(ConnectionNameTaken):
        create_connection(organization=acme, name="Okta", preset="okta", actor=system_actor)

    create_connection(organization=globex, name="Okta", preset="okta", actor=system_actor)


def test_a_connection_cannot_take_the_name_of_another(acme, draft, system_actor):
    create_connection(organization=acme, name="Entra", preset="entra", actor=system_actor)

    with pytest.raises(ConnectionNameTaken):
        change_connection(connection=draft, changes={"name": "Entra"}, actor=system_actor)

    draft.refresh_from_db()
    assert draft.name == "Okta"


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\u2029", "\x0b", "\x85"])
def test_a_name_is_one_line(acme, draft, system_actor, console, end):
    """It stands in mails of ours, and whoever has a set-up link may write one."""
    name = f"Okta{end}Your password has ended: https://evil.example"
    with pytest.raises(InvalidOption):
        change_connection(connection=draft, changes={"name": name}, actor=system_actor)
    with pytest.raises(InvalidOption):
        create_connection(organization=acme, name=name, preset="okta", actor=system_actor)
    begun = {"name": name, "preset": "generic"}
    page = console.post("/console/sso/samlconnection/new/generic/", begun)

    assert "A name is one line." in page.content.decode()
    assert SamlConnection.objects.get().name == "Okta"


def test_a_name_has_the_letters_its_script_needs(draft, system_actor):
    joined = "ورود\u200cبه سازمان 👩\u200d🏫"

    assert change_connection(connection=draft, changes={"name": joined}, actor=system_actor)


def test_a_name_that_was_there_already_stays(draft, system_actor):
    SamlConnection.objects.update(name="Two\nlines")

    assert change_connection(connection=draft, changes={"session_hours": 4}, actor=system_actor)


def test_a_connection_without_metadata_is_not_activated(draft, system_actor):
    with pytest.raises(NotReadyToActivate):
        activate_connection(connection=draft, actor=system_actor)


def test_the_database_refuses_an_active_connection_without_certificate(draft):
    with pytest.raises(IntegrityError), transaction.atomic():
        SamlConnection.objects.update(state="active", idp_entity_id="x", idp_sso_post_url="y")


def test_the_database_lets_be_active_what_knows_its_provider(draft):
    rows = SamlConnection.objects.filter(pk=draft.pk)
    names = ("idp_entity_id", "idp_certificates", "idp_sso_redirect_url", "idp_sso_post_url")
    for values in product(("", "x"), repeat=len(names)):
        for binding in SamlConnection.Binding:
            rows.update(
                state="draft", request_binding=binding, **dict(zip(names, values, strict=True))
            )

            assert rows.get().knows_its_provider is _may_be_active(rows), values


def _may_be_active(rows):
    try:
        with transaction.atomic():
            rows.update(state="active")
    except IntegrityError:
        return False
    return True


def test_metadata_replaces_what_was_trusted_before(draft, system_actor):
    import_metadata(connection=draft, xml=metadata(), actor=system_actor)
    first = draft.certificates
    import_metadata(connection=draft, xml=metadata("https://other.example"), actor=system_actor)

    assert draft.idp_entity_id == "https://other.example"
    assert len(draft.certificates) == 1
    assert draft.certificates != first


def test_metadata_that_cannot_be_read_changes_nothing(draft, system_actor):
    version = draft.version

    with pytest.raises(MetadataUnreadable):
        import_metadata(connection=draft, xml=b"<html/>", actor=system_actor)

    draft.refresh_from_db()
    assert (draft.version, draft.idp_entity_id) == (version, "")


def test_an_identity_provider_that_takes_only_posts_is_asked_by_post(draft, system_actor):
    xml = metadata().replace(b"bindings:HTTP-Redirect", b"bindings:HTTP-POST-SimpleSign")

    import_metadata(connection=draft, xml=xml, actor=system_actor)

    assert draft.request_binding == "post"


def test_every_change_makes_a_new_version(draft, system_actor):
    before = settings_for(draft).cache_key

    change_connection(connection=draft, changes={"clock_skew_seconds": 90}, actor=system_actor)

    assert settings_for(draft).cache_key != before
    assert settings_for(draft).clock_skew.total_seconds() == 90


def test_the_same_options_again_change_and_record_nothing(draft, system_actor):
    events = AuditEvent.objects.count()

    assert not change_connection(
        connection=draft, changes={"name": "Okta", "sign_requests": True}, actor=system_actor
    )
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize(
    "changes",
    [
        {"clock_skew_seconds": 301},
        {"state": "active"},
        {"idp_certificates": ""},
        {"request_binding": "carrier pigeon"},
        {"attribute_map": ["email"]},
        {"attribute_map": {"email": 7}},
        {"attribute_map": {"email": "a\0"}},
        {"attribute_map": {"email": "\ud800"}},
    ],
)
def test_an_option_that_makes_no_sense_is_refused(draft, system_actor, changes):
    with pytest.raises(InvalidOption):
        change_connection(connection=draft, changes=changes, actor=system_actor)


def test_a_pool_of_another_organization_is_refused(draft, globex, make_pool, system_actor):
    theirs = make_pool(organization=globex)

    with pytest.raises(InvalidOption):
        change_connection(connection=draft, changes={"pool": theirs}, actor=system_actor)


def test_activating_and_deactivating_are_on_record_once_each(acme, draft, system_actor):
    import_metadata(connection=draft, xml=metadata(), actor=system_actor)
    for _again in range(2):
        activate_connection(connection=draft, actor=system_actor, untested_because="tests")
    for _again in range(2):
        deactivate_connection(connection=draft, actor=system_actor)

    actions = list(AuditEvent.objects.in_organization(acme).values_list("action", flat=True))
    assert actions.count("sso.connection.activated") == 1
    assert actions.count("sso.connection.deactivated") == 1


def test_a_claim_is_decided_once(acme, draft, make_user, system_actor, django_user_model):
    from django.utils import timezone

    ana = make_user("ana")
    claim = IdentityClaim.objects.create(
        organization=acme, connection=draft, name_id="x", user=ana, last_seen_at=timezone.now()
    )
    dismiss_identity(claim=claim, actor=system_actor)

    with pytest.raises(ClaimDecided):
        confirm_identity(claim=claim, actor=system_actor)
    assert not ana.saml_identities.exists()


REDIRECT, POST = "https://idp.example/redirect", "https://idp.example/post"


@pytest.mark.parametrize(
    ("wanted", "by_redirect", "by_post", "used", "address"),
    [
        ("redirect", REDIRECT, POST, "redirect", REDIRECT),
        ("post", REDIRECT, POST, "post", POST),
        ("redirect", "", POST, "post", POST),
        ("post", REDIRECT, "", "redirect", REDIRECT),
        ("redirect", POST, POST, "redirect", POST),
        ("redirect", "", "", "redirect", ""),
    ],
)
def test_requests_travel_as_chosen_if_there_is_an_address_for_it(
    wanted, by_redirect, by_post, used, address
):
    connection = SamlConnection(
        request_binding=wanted, idp_sso_redirect_url=by_redirect, idp_sso_post_url=by_post
    )

    assert (connection.binding, connection.sign_in_address) == (used, address)
