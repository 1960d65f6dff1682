import json
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import AuditEvent
from provisioning.models import ScimToken
from provisioning.services.tokens import digest_of


def run(*args):
    out = StringIO()
    call_command("create_scim_token", *args, stdout=out)
    return out.getvalue()


def test_it_prints_the_token_once_with_where_it_opens(acme, settings):
    settings.PORTAL_BASE_URL = "https://learning.example"

    answer = json.loads(run("acme", "--name", "Okta", "--expires-days", "30", "--json"))

    token = ScimToken.objects.get()
    assert answer == {
        "id": str(token.pk),
        "organization": "acme",
        "name": "Okta",
        "token": answer["token"],
        "base_url": "https://learning.example/scim/v2",
        "expires_at": answer["expires_at"],
    }
    assert bytes(token.digest) == digest_of(answer["token"])
    left = datetime.fromisoformat(answer["expires_at"]) - timezone.now()
    assert timedelta(days=29) < left <= timedelta(days=30)


def test_its_line_begins_with_the_token_and_says_until_when(acme):
    token, sentence = run("acme", "--name", "Entra ID").splitlines()

    assert bytes(ScimToken.objects.get().digest) == digest_of(token)
    assert f"expires {timezone.now() + timedelta(days=365):%Y-%m-%d}." in sentence


def test_what_is_recorded_does_not_hold_the_token(acme):
    answer = json.loads(run("acme", "--name", "Okta", "--json"))

    event = AuditEvent.objects.get()
    assert event.actor_name == "create_scim_token"
    assert answer["token"] not in json.dumps(event.changes)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nobody", "--name", "Okta"], "no organization called nobody"),
        (["acme", "--name", " "], "needs a name"),
        (["acme", "--name", "Okta", "--expires-days", "0"], "lives between"),
        (["acme", "--name", "Okta", "--expires-days", "731"], "lives between"),
    ],
)
def test_what_cannot_be_is_refused_readably(acme, args, words):
    with pytest.raises(CommandError, match=words):
        run(*args)

    assert not ScimToken.objects.exists()
