"""`set_policy`: what is on the console's pages of policies and of the directory, for scripts."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import BindingPolicy
from audit.actions import Action
from audit.models import AuditEvent
from provisioning.models import ScimConfiguration


def run(*args):
    out = StringIO()
    call_command("set_policy", *args, stdout=out)
    return out.getvalue()


def run_json(*args):
    return json.loads(run(*args, "--json"))


def test_it_changes_what_is_named_and_leaves_the_rest(acme):
    answer = run_json("acme", "--auto-assign", "on", "--binding", "required")

    acme.refresh_from_db()
    assert (acme.auto_assign, acme.binding_policy) == (True, BindingPolicy.REQUIRED)
    assert acme.jit_enabled
    assert answer == {
        "id": str(acme.pk),
        "slug": "acme",
        "auto_assign": True,
        "binding": "required",
        "grace_days": 14,
        "jit": True,
        "scim_brake": True,
        "changed": ["auto_assign", "binding_policy"],
    }


def test_it_switches_off_what_is_on(acme):
    run("acme", "--auto-assign", "on")

    line = run("acme", "--auto-assign", "off", "--jit", "off", "--scim-brake", "off")

    assert line == (
        "acme: automatic licenses off, LinkedIn profile optional, 14 days to connect it, "
        "people created at sign-in off, directory brake off.\n"
    )


def test_without_options_it_shows_and_changes_nothing(acme):
    assert run_json("acme")["changed"] == []
    assert not AuditEvent.objects.exists()
    assert not ScimConfiguration.objects.exists()


@pytest.mark.parametrize("word", ["on", "off"])
def test_the_brake_of_one_directory_leaves_the_others_alone(acme, globex, word):
    ScimConfiguration.objects.create(organization=acme, brake_is_on=word == "off")
    other = ScimConfiguration.objects.create(organization=globex, brake_is_on=word == "off")

    answer = run_json("acme", "--scim-brake", word)

    other.refresh_from_db()
    assert answer["scim_brake"] is (word == "on")
    assert answer["changed"] == ["brake_is_on"]
    assert other.brake_is_on is (word == "off")
    assert AuditEvent.objects.get().action == Action.DIRECTORY_CHANGED


def test_the_brake_is_set_before_there_is_a_token(acme):
    assert run_json("acme", "--scim-brake", "off")["scim_brake"] is False
    assert not ScimConfiguration.objects.get(pk=acme.pk).brake_is_on
