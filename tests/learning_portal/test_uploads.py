"""A file is small, or it is not read."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files import uploadedfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from sso.causes import Cause
from sso.models import SignInTrace
from sso.services import create_connection

pytestmark = pytest.mark.django_db

TOO_MUCH = b"x" * 3_000_000


@pytest.fixture(autouse=True)
def _no_file_on_disk(monkeypatch):
    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError("written to disk")

    monkeypatch.setattr(uploadedfile.TemporaryUploadedFile, "__init__", never)


@pytest.mark.parametrize("path", ["/login/", "/console/", "/no/such/page"])
def test_a_stranger_fills_no_disk(path):
    browser = Client(enforce_csrf_checks=True)
    browser.get("/login/")  # with its cookie, the token is looked for in what is sent

    response = browser.post(path, {"file": BytesIO(TOO_MUCH)})

    assert response.status_code in {302, 400, 403, 404}


def test_a_stranger_fills_no_disk_with_an_answer_either(acme, actor):
    connection = create_connection(organization=acme, name="Okta", preset="okta", actor=actor)
    connection.state = "active"
    connection.idp_entity_id = connection.idp_sso_post_url = "https://idp.example"
    connection.idp_certificates = connection.sp_certificate
    connection.save()

    response = Client().post(reverse("sso:acs", args=[connection.pk]), {"file": BytesIO(TOO_MUCH)})

    assert response.status_code == 403
    assert SignInTrace.objects.get().cause == Cause.TOO_LARGE


def test_a_small_file_is_read(client, admin, sign_in, acme, actor):
    connection = create_connection(organization=acme, name="Okta", preset="okta", actor=actor)
    sign_in(client, admin)

    response = client.post(
        reverse("admin:sso_samlconnection_change", args=[connection.pk]),
        {"name": "Okta", "metadata_file": SimpleUploadedFile("idp.xml", b"<a/>")},
    )

    assert "This isn’t SAML metadata" in response.content.decode()


def test_whoever_sends_too_much_reads_that_and_finds_the_way_back(client, admin, sign_in):
    sign_in(client, admin)
    address = "/console/sso/samlconnection/new/okta/?from=here"

    response = client.post(address, {"file": BytesIO(TOO_MUCH)})

    page = response.content.decode()
    assert response.status_code == 400
    assert "What was sent is larger than 2.5\xa0MB. Nothing was changed." in page
    assert f'href="{address}"' in page
    assert "We could not read this request" not in page
