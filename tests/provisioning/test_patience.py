"""A search ends before it keeps everybody else waiting; only PostgreSQL can be told to."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.db import connection, connections

from provisioning import patience
from tests.provisioning.conftest import Directory

pytestmark = pytest.mark.django_db(transaction=True)
SLOW = " or ".join(f'emails[value co "{number}x"]' for number in range(90))


@pytest.fixture(autouse=True)
def people(directory: Directory) -> None:
    for number in range(60):
        directory.create_user(f"p{number}", emails=[{"value": f"p{number}@acme.example"}])


@pytest.mark.parametrize("path", ["/Users", "/"])
def test_what_takes_too_long_is_refused_and_nothing_is_left_of_the_limit(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(patience, "QUICK_SEARCH_SECONDS", 0.001)
    monkeypatch.setattr(patience, "SEARCH_SECONDS", 0.001)

    refused = directory.get(f"{path}?filter={quote(SLOW)}")

    if connection.vendor != "postgresql":  # SQLite knows no limit, so it answers
        assert refused.status_code == 200
        return
    assert refused.status_code == 400
    assert refused.json()["scimType"] == "tooMany"
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_what_an_index_finds_has_no_limit(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "QUICK_SEARCH_SECONDS", 0.001)
    monkeypatch.setattr(patience, "SEARCH_SECONDS", 0.001)

    assert directory.get("/Users?count=60").json()["itemsPerPage"] == 60
    named = f'userName eq "p7" and ({SLOW} or active eq true)'
    assert directory.get(f"/Users?filter={quote(named)}").json()["totalResults"] == 1


@pytest.mark.parametrize("path", ["/Users", "/"])
def test_an_organization_has_so_many_slow_searches_running_and_no_more(
    directory: Directory,
    other_directory: Directory,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    if connection.vendor != "postgresql":
        return
    monkeypatch.setattr(patience, "SEARCHES_AT_ONCE", 1)
    quick, slow = f"{path}?filter={quote('title pr')}", f"{path}?filter={quote(SLOW)}"
    elsewhere = connections.create_connection("default")
    try:
        with elsewhere.cursor() as cursor:
            # Somebody else's search, as long as the session lives.
            first = directory.organization.pk.int % 2**62
            cursor.execute("SELECT pg_advisory_lock(%s)", [first])
        assert directory.get(quick).status_code == 200

        monkeypatch.setattr(patience, "QUICK_SEARCH_SECONDS", 0.001)
        refused = directory.get(slow)

        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert directory.get('/Users?filter=userName%20eq%20"p7"').json()["totalResults"] == 1
        assert other_directory.get(slow).status_code == 200
    finally:
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
        elsewhere.close()
    found = directory.get(slow)
    assert found.status_code == 200
    assert directory.get(slow).json() == found.json()  # its place was given back
