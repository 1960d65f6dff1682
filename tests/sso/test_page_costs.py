"""What a connection's pages ask the database for, however much is stored about it."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sso.models import MetadataRefresh, SamlConnection, SamlIdentity, SignInTest, StagedChange
from sso.services import make_next_key, stage_key, stage_roll_back
from tests.sso.conftest import signing_identity

pytestmark = pytest.mark.django_db

# Session and person, then the connection; then what the page is about.
PINNED = {
    "sso_connect": 2,
    "sso_keys": 4,
    "sso_basics": 5,
    "sso_identity_provider": 4,
    "sso_settings": 7,
    "sso_attributes": 5,
    "sso_access": 5,
    "sso_tests": 5,
    "sso_samlconnection_activate": 5,
    "sso_versions": 5,
    "sso_doctor": 3,
    "sso_samlconnection_change": 8,
}
OF_NO_CONNECTION = {"sso_connect"}


@pytest.fixture
def okta(at_acme, admin, actor, make_user):
    """Much is stored about it: versions, changes that wait, tests, people, a key, an address."""
    connection = at_acme.connection
    make_next_key(connection=connection, actor=actor)
    stage_key(connection=connection, actor=actor)
    SamlConnection.objects.update(clock_skew_seconds=90)
    stage_roll_back(version=connection.versions.first(), actor=actor)
    for source in (StagedChange.Source.METADATA, StagedChange.Source.CONSOLE):
        StagedChange.objects.create(
            organization=connection.organization,
            connection=connection,
            source=source,
            changes={"idp_entity_id": "x"},
        )
    SamlConnection.objects.update(
        idp_metadata_url="https://idp.acme.example/metadata",
        idp_certificates="".join(
            [at_acme.idp.certificate_pem]
            + [signing_identity(f"https://{name}.example").certificate_pem for name in "abc"]
        ),
    )
    MetadataRefresh.objects.create(
        connection=connection, organization=connection.organization, next_at=timezone.now()
    )
    for number in range(20):
        SignInTest.objects.create(
            organization=connection.organization, connection=connection, tester=admin
        )
        SamlIdentity.objects.create(
            connection=connection,
            user=make_user(f"person{number}"),
            name_id=f"person{number}",
            last_used_at=timezone.now(),
        )
    return connection


@pytest.mark.parametrize("name", PINNED)
def test_a_connection_s_page_costs_so_many_statements(client, admin, sign_in, okta, name):
    console = sign_in(client, admin)
    address = reverse(f"admin:{name}", args=() if name in OF_NO_CONNECTION else (okta.pk,))
    console.get(address)  # content types are looked up once for each process

    with CaptureQueriesContext(database) as asked:
        assert console.get(address).status_code == 200

    assert len(asked) == PINNED[name], [query["sql"][:90] for query in asked]
    assert len(asked) <= 10
