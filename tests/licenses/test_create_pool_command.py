import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from licenses.models import LicensePool
from licenses.services import assign_on_first_sso


def run(*args):
    out = StringIO()
    call_command("create_pool", *args, stdout=out)
    return out.getvalue()


def test_it_adds_a_pool_and_says_so_in_a_line(acme):
    line = run("acme", "--name", "Main", "--seats", "40")

    assert line == "Added Main with 40 seats to acme; 0 went to people who waited.\n"
    assert LicensePool.objects.get().seats == 40
    assert AuditEvent.objects.get().actor_name == "create_pool"


def test_it_speaks_json(generous, make_user, idp):
    assign_on_first_sso(user=make_user(), actor=idp)

    answer = json.loads(run("acme", "--name", "Main", "--seats", "40", "--priority", "7", "--json"))

    pool = LicensePool.objects.get()
    assert answer == {
        "id": str(pool.pk),
        "organization": "acme",
        "name": "Main",
        "product": "learning",
        "priority": 7,
        "seats": 40,
        "seats_taken": 1,
    }


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nobody", "--name", "Main", "--seats", "1"], "no organization called nobody"),
        (["acme", "--name", "Taken", "--seats", "1"], "called Taken already"),
        (["acme", "--name", "Main", "--seats", "-1"], "seats"),
    ],
)
def test_it_says_what_is_wrong(acme, make_pool, args, message):
    make_pool(name="Taken")

    with pytest.raises(CommandError, match=message):
        run(*args)
