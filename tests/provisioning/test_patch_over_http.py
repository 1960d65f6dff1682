"""PATCH as a directory sees it: what a document alone does not know."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.provisioning.conftest import Directory

pytestmark = pytest.mark.django_db


def made(directory: Directory, kind: str) -> str:
    answer = (
        directory.create_user("bo") if kind == "Users" else directory.create_group("Sales")
    ).json()
    return f"/{kind}/{answer['id']}"


@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_an_id_may_be_repeated_and_not_changed(directory: Directory, kind: str):
    address = made(directory, kind)
    own = address.rpartition("/")[2]

    def rename(id: str) -> Any:
        value = {"id": id, "displayName": "Law"}
        return directory.patch(address, {"op": "replace", "value": value})

    assert rename(own).status_code in {200, 204}
    refused = rename(str(uuid.uuid4()))
    assert refused.status_code == 400
    assert refused.json()["scimType"] == "mutability"
    assert directory.get(address).json()["displayName"] == "Law"
