"""An identity provider exchanges its key, and the portal's trust follows by itself."""

from __future__ import annotations

import pytest
from lxml import etree

from audit.actors import Actor
from sandbox.answers import answer
from sandbox.people import ACME
from sandbox.roll_over import Stage, go_on, own_metadata, published, stage_of
from sandbox.saml_messages import DS, SAML, message_is_signed_by
from sso.policies import RefreshVerdict
from sso.saml import read_metadata
from sso.services import activate_connection, create_connection, import_metadata, take_metadata

STEPS = ("publish", "sign", "withdraw")


def press(sandbox, step):
    return sandbox.post("/acme/key", {"step": step}, follow=True).content.decode()


def certificates(sandbox):
    root = etree.fromstring(sandbox.get("/acme/metadata").content)
    return [node.text for node in root.iter(f"{{{DS}}}X509Certificate")]


def test_the_next_certificate_comes_then_signs_then_stands_alone(sandbox):
    (former,) = certificates(sandbox)

    assert "Sign with the next key" in press(sandbox, "publish")
    first, following = certificates(sandbox)
    assert first == former
    assert "Withdraw the former certificate" in press(sandbox, "sign")
    assert certificates(sandbox) == [following, former]
    assert "Publish the next certificate" in press(sandbox, "withdraw")
    assert certificates(sandbox) == [following]


@pytest.mark.parametrize("step", ["sign", "withdraw", "", "nonsense"])
def test_a_step_that_is_not_the_next_one_is_not_taken(sandbox, step):
    before = certificates(sandbox)

    press(sandbox, step)

    assert certificates(sandbox) == before


def test_a_form_that_is_sent_twice_takes_its_step_once(sandbox):
    press(sandbox, "publish")
    before = certificates(sandbox)
    press(sandbox, "publish")

    assert certificates(sandbox) == before
    assert stage_of("acme") is Stage.NEXT_IS_PUBLISHED


def test_what_the_page_calls_signing_signs(folder, service):
    for step in STEPS:
        go_on("acme", Stage(step))
        (signing,) = [each for each in published("acme") if each.signs]
        sent = answer(ACME, ACME.people[0], service, request_id="_asked", relay_state="")

        assertion = etree.fromstring(sent.xml).find(f"{{{SAML}}}Assertion")
        assert message_is_signed_by(etree.tostring(assertion), signing.certificate_pem)


def test_looking_takes_no_step(sandbox):
    assert sandbox.get("/acme/key").status_code == 405
    assert "csrfmiddlewaretoken" in sandbox.get("/acme/").content.decode()
    assert len(certificates(sandbox)) == 1


@pytest.mark.django_db
def test_the_portal_accepts_each_step_by_itself(folder, acme, actor):
    connection = create_connection(organization=acme, name="Okta", preset="okta", actor=actor)
    import_metadata(connection=connection, xml=own_metadata("acme"), actor=actor)
    activate_connection(connection=connection, actor=actor, untested_because="tests")

    def read():
        xml = own_metadata("acme")
        verdict = take_metadata(
            connection=connection,
            url="",
            xml=xml,
            metadata=read_metadata(xml),
            actor=Actor.system("tests"),
        )
        connection.refresh_from_db()
        return verdict, {*connection.certificates} == {
            each.certificate_pem for each in published("acme")
        }

    verdicts = []
    for step in STEPS:
        go_on("acme", Stage(step))
        verdicts.append(read())

    accepted = (RefreshVerdict.ACCEPT, True)
    assert verdicts == [accepted, (RefreshVerdict.SAME, True), accepted]
