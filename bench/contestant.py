"""One side of the sign-in comparison, in a process of its own: sign in N times, print what it took.

    python -m bench.contestant {ours,stock,floor} SHAPE COUNT

Timed is the answer's POST alone, as a web server hands it to the WSGI application: middleware,
view, database, and the end of the request, where connections are put away. Making the request and
forging the answer happen between the measurements. CPU time counts children too: the stock side
starts some.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.browser import Answer, Browser

SETTINGS = {
    "ours": "learning_portal.settings",
    "stock": "bench.stock.settings",
    "floor": "bench.stock.settings",
}
# Each as it is served: the stock sides as `startproject` serves them.
ENTRY = {"ours": "learning_portal.wsgi", "stock": "bench.stock.wsgi", "floor": "bench.stock.wsgi"}
SHAPES: dict[str, dict[str, bool]] = {
    "assertion signed": {"sign_assertion": True, "sign_response": False},
    "both signed": {"sign_assertion": True, "sign_response": True},
    "encrypted": {"sign_assertion": True, "sign_response": False, "encrypt": True},
}
SESSION_COOKIES = ("session", "sessionid")
IDP = "https://idp.bench.example"
PERSON = "ana@bench.example"
WARM_UP = 5

# A POST that is ready to be sent, over and over a new one.
Prepare = Callable[[], Callable[[], Answer]]


def cpu_seconds() -> float:
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def folder() -> Path:
    return Path(os.environ["BENCH_FOLDER"])


def answer(shape: dict[str, bool], request_id: str, acs: str, audience: str, cert: str) -> str:
    """What the one identity provider of the whole comparison says, in base64."""
    from django.utils import timezone

    from sandbox.saml_messages import SigningIdentity, build_response

    key, certificate = folder() / "idp.key", folder() / "idp.crt"
    xml = build_response(
        SigningIdentity(IDP, key.read_text(), certificate.read_text()),
        acs_url=acs,
        audience=audience,
        name_id=PERSON,
        in_response_to=request_id,
        attributes={"mail": [PERSON], "givenName": ["Ana"], "sn": ["Diaz"]},
        now=timezone.now(),
        sign_assertion=shape["sign_assertion"],
        sign_response=shape["sign_response"],
        encrypt_for=cert if shape.get("encrypt") else None,
    )
    return base64.b64encode(xml).decode()


def request_of(url: str) -> tuple[str, str]:
    """A redirect's request id and RelayState."""
    from sandbox.saml_messages import parse_redirect_request

    query = urlsplit(url).query
    relay_state = parse_qs(query).get("RelayState", [""])[0]
    return parse_redirect_request(query).id, relay_state


def bench_connection() -> Any:
    """Our side's customer: seats, LinkedIn as people like, and one active connection."""
    from accounts.models import Organization
    from accounts.services import create_organization
    from audit.actors import Actor
    from licenses.services import create_pool
    from sso.models import SamlConnection
    from sso.services import activate_connection, create_connection, import_metadata

    actor = Actor.system("bench")
    if not Organization.objects.filter(slug="bench").exists():
        organization = create_organization(slug="bench", name="Bench", actor=actor)
        organization.auto_assign = True
        organization.save()
        create_pool(organization=organization, name="Main", seats=10, actor=actor)
        made = create_connection(
            organization=organization, name="IdP", preset="generic", actor=actor
        )
        import_metadata(connection=made, xml=(folder() / "idp.xml").read_bytes(), actor=actor)
        activate_connection(connection=made, actor=actor, untested_because="benchmark")
    return SamlConnection.objects.get(organization__slug="bench")


def prepare_ours(application: Callable[..., Any], shape: dict[str, bool]) -> Prepare:
    connection = bench_connection()
    base = f"/sso/{connection.pk}"

    def prepare() -> Callable[[], Answer]:
        browser = Browser(application)
        request_id, _ = request_of(browser.get(f"{base}/login").header("Location"))
        posted = answer(
            shape, request_id, connection.acs_url, connection.entity_id, connection.sp_certificate
        )
        return browser.prepared(f"{base}/acs", {"SAMLResponse": posted})

    return prepare


def prepare_stock(application: Callable[..., Any], shape: dict[str, bool]) -> Prepare:
    from bench.stock.settings import BASE

    certificate = (folder() / "sp.crt").read_text()

    def prepare() -> Callable[[], Answer]:
        browser = Browser(application)
        request_id, relay_state = request_of(browser.get("/saml2/login/").header("Location"))
        posted = answer(
            shape, request_id, f"{BASE}/saml2/acs/", f"{BASE}/saml2/metadata/", certificate
        )
        return browser.prepared("/saml2/acs/", {"SAMLResponse": posted, "RelayState": relay_state})

    return prepare


def prepare_floor(application: Callable[..., Any], shape: dict[str, bool]) -> Prepare:
    from django.contrib.auth import get_user_model

    get_user_model().objects.get_or_create(username=PERSON)
    return lambda: Browser(application).prepared("/floor/", {"name": PERSON})


PREPARE = {"ours": prepare_ours, "stock": prepare_stock, "floor": prepare_floor}


def statements(call: Callable[[], Answer]) -> int:
    """How many SQL statements a sign-in makes, the transaction's BEGIN and COMMIT included."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def main() -> None:
    name, shape, count = sys.argv[1], SHAPES[sys.argv[2]], int(sys.argv[3])
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS[name]
    application = import_module(ENTRY[name]).application
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    prepare = PREPARE[name](application, shape)
    cpu, wall = [], []
    for number in range(WARM_UP + count):
        call = prepare()
        gc.collect()
        started, cpu_started = time.perf_counter(), cpu_seconds()
        answered = call()
        if number >= WARM_UP:
            wall.append(time.perf_counter() - started)
            cpu.append(cpu_seconds() - cpu_started)
        if answered.status != 302 or not answered.cookies.keys() & set(SESSION_COOKIES):
            raise SystemExit(f"{name} did not sign in: {answered.status}")
    print(json.dumps({"cpu": cpu, "wall": wall, "statements": [statements(prepare())]}))


if __name__ == "__main__":
    main()
