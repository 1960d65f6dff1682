"""Nothing tells who has an account: neither the text, nor the work, nor the statements."""

import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Domain
from accounts.passwords import ACCOUNTS_TRIED, try_password
from accounts.services import change_user
from audit.actors import Actor
from tests.factories import PASSWORD


@pytest.fixture
def hashes(monkeypatch):
    """How many hashes were computed."""
    counted = []
    encode = MD5PasswordHasher.encode

    def counting(self, password, salt):
        counted.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    return counted


@pytest.fixture
def people(make_user, globex, make_staff):
    make_user("one", email="one@mail.example", password=PASSWORD)
    make_user("two", email="two@mail.example", password=PASSWORD)
    make_user("two", email="two@mail.example", password="x" * 20, organization=globex)
    make_user("sso", email="sso@mail.example")
    make_user("gone", email="gone@mail.example", password=PASSWORD, state="deactivated")
    for number in range(4):
        make_user(f"many{number}", email="many@mail.example", password=PASSWORD)


KINDS = ["one", "two", "sso", "gone", "many", "unknown"]


def page_of(client, name):
    email = f"{name}@mail.example"
    response = client.post("/login/", {"email": email, "password": "wrong battery"})
    assert response.status_code == 200
    page = response.content.decode().replace(email, "ADDRESS")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


def first_page_of(client, name):
    email = f"{name}@mail.example"
    page = client.post("/login/", {"email": email}).content.decode().replace(email, "ADDRESS")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


def test_every_address_sees_the_same_pages(client, people):
    assert len({first_page_of(client, name) for name in KINDS}) == 1
    assert len({page_of(client, name) for name in KINDS}) == 1


def test_every_address_costs_the_same_hashes_and_statements(client, people, hashes):
    def cost(name):
        hashes.clear()
        with CaptureQueriesContext(connection) as captured:
            page_of(client, name)
        kinds = [query["sql"].split()[0] for query in captured]
        return len(hashes), tuple(kinds)

    costs = {name: cost(name) for name in KINDS}

    assert len(set(costs.values())) == 1, costs
    assert costs["unknown"][0] == ACCOUNTS_TRIED


def test_a_user_name_of_an_organization_costs_the_same_too(acme, people, hashes):
    for name in ("one", "sso", "unknown"):
        hashes.clear()
        try_password(name=name, password="wrong battery", organization=acme)
        assert len(hashes) == ACCOUNTS_TRIED


def test_the_first_step_looks_at_no_account(client, people):
    with CaptureQueriesContext(connection) as captured:
        first_page_of(client, "one")

    assert not [query for query in captured if "accounts_user" in query["sql"]]


def test_later_namesakes_do_not_push_the_first_one_out(make_user, globex):
    ana = make_user("ana", email="ana@mail.example", password=PASSWORD)
    for _ in range(5):
        make_user(email="ana@mail.example", password="another long one", organization=globex)

    opened = try_password(name="ana@mail.example", password=PASSWORD, organization=None)

    assert opened.accounts == [ana]


@pytest.mark.parametrize("whose", ["staff", "proved", "own"])
def test_an_address_given_to_older_accounts_elsewhere_shuts_nobody_out(
    make_user, make_staff, acme, globex, whose
):
    older = [make_user(password="another long one", organization=globex) for _ in range(3)]
    if whose == "staff":
        ana = make_staff("ana", email="ana@mail.example", password=PASSWORD)
    else:
        if whose == "proved":
            Domain.objects.create(
                organization=acme, name="mail.example", token="t", verified_at=timezone.now()
            )
        verified = "ana@mail.example" if whose == "own" else ""
        ana = make_user("ana", email="ana@mail.example", verified_email=verified, password=PASSWORD)
    for user in older:
        change_user(user=user, values={"email": ana.email}, actor=Actor.system("tests"))

    opened = try_password(name="Ana@mail.example", password=PASSWORD, organization=None)

    assert opened.accounts == [ana]


def test_accounts_without_an_address_are_not_opened_by_an_empty_one(make_user):
    make_user("ana", email="", password=PASSWORD)

    assert not try_password(name=" ", password=PASSWORD, organization=None).accounts
