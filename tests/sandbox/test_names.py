"""The sandbox's DNS: what is published is answered, over UDP, for `.example` alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.dns import look_up
from accounts.models import DnsOutcome
from sandbox.names import answer_to, publish, records, serve

RECORD = "learning-portal-verify=abc"


@pytest.fixture
def served(folder: Any, settings: Any) -> Any:
    (folder / "zone.json").unlink(missing_ok=True)
    server = serve("127.0.0.1", 0)
    settings.DNS_NAMESERVERS = [f"127.0.0.1:{server.getsockname()[1]}"]
    yield
    server.close()


def test_the_portal_sees_what_somebody_published(served: Any, sandbox: Client) -> None:
    assert look_up("acme.example", wanted=RECORD).outcome is DnsOutcome.NO_DOMAIN

    sandbox.post("/names/", {"name": "Acme.example", "value": "v=spf1"})
    assert look_up("acme.example", wanted=RECORD).outcome is DnsOutcome.OTHERS

    sandbox.post("/names/", {"name": "acme.example.", "value": f" {RECORD} "})
    assert look_up("acme.example", wanted=RECORD).outcome is DnsOutcome.SEEN
    assert RECORD in sandbox.get("/names/").content.decode()


@pytest.mark.parametrize("name", ["acme.com", "example", "", "a..example", "example.com"])
def test_other_names_are_somebody_else_s(served: Any, sandbox: Client, name: str) -> None:
    response = sandbox.post("/names/", {"name": name, "value": RECORD})

    assert "Only names below .example" in response.content.decode()
    assert records() == {}


def test_a_name_elsewhere_is_refused_which_says_nothing_about_it(served: Any) -> None:
    assert look_up("acme.com", wanted=RECORD).outcome is DnsOutcome.UNREACHABLE


@pytest.mark.parametrize("wire", [b"", b"x", b"\0" * 12, bytes(range(64))])
def test_what_is_no_question_gets_no_answer(served: Any, wire: bytes) -> None:
    assert answer_to(wire) is None


def test_publishing_twice_is_publishing_once(served: Any) -> None:
    publish("acme.example", RECORD)
    publish("acme.example", RECORD)

    assert records() == {"acme.example": [RECORD]}
