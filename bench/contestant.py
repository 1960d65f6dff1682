"""One side of the sign-in comparison, in a process of its own: sign in N times, print what it took.

    python -m bench.contestant {ours,stock,floor} SHAPE COUNT

Timed is the answer's POST alone, through Django's whole request handling in process; making the
request and forging the answer happen between the measurements. CPU time counts children too, since
the stock side starts some.
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
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

SETTINGS = {
    "ours": "learning_portal.settings",
    "stock": "bench.stock.settings",
    "floor": "bench.stock.settings",
}
SHAPES: dict[str, dict[str, bool]] = {
    "assertion signed": {"sign_assertion": True, "sign_response": False},
    "both signed": {"sign_assertion": True, "sign_response": True},
    "encrypted": {"sign_assertion": True, "sign_response": False, "encrypt": True},
}
FOLDER = Path(os.environ["BENCH_FOLDER"])
IDP = "https://idp.bench.example"
PERSON = "ana@bench.example"
WARM_UP = 5


def cpu_seconds() -> float:
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def identity() -> Any:
    """The identity provider of the whole comparison, made by whoever comes first."""
    from sandbox.saml_messages import SigningIdentity

    key, certificate = FOLDER / "idp.key", FOLDER / "idp.crt"
    return SigningIdentity(IDP, key.read_text(), certificate.read_text())


def answer(shape: dict[str, bool], request_id: str, acs: str, audience: str, cert: str) -> str:
    from django.utils import timezone

    from sandbox.saml_messages import build_response

    xml = build_response(
        identity(),
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


def prepare_ours(shape: dict[str, bool]) -> Callable[[], Callable[[], Any]]:
    from django.test import Client

    from accounts.models import Organization
    from accounts.services import create_organization
    from audit.actors import Actor
    from licenses.services import create_pool
    from sso.models import SamlConnection
    from sso.services import activate_connection, create_connection, import_metadata

    actor = Actor.system("bench")
    organization = Organization.objects.filter(slug="bench").first()
    if organization is None:
        organization = create_organization(slug="bench", name="Bench", actor=actor)
        organization.auto_assign = True
        organization.save()
        create_pool(organization=organization, name="Main", seats=10, actor=actor)
        made = create_connection(
            organization=organization, name="IdP", preset="generic", actor=actor
        )
        import_metadata(connection=made, xml=(FOLDER / "idp.xml").read_bytes(), actor=actor)
        activate_connection(connection=made, actor=actor)
    connection = SamlConnection.objects.get(organization=organization)
    base = f"/sso/{connection.pk}"

    def prepare() -> Callable[[], Any]:
        client = Client()
        request_id, _ = request_of(client.get(f"{base}/login").headers["Location"])
        body = {
            "SAMLResponse": answer(
                shape,
                request_id,
                connection.acs_url,
                connection.entity_id,
                connection.sp_certificate,
            )
        }
        return lambda: client.post(f"{base}/acs", body)

    return prepare


def prepare_stock(shape: dict[str, bool]) -> Callable[[], Callable[[], Any]]:
    from django.test import Client

    from bench.stock.settings import BASE

    certificate = (FOLDER / "sp.crt").read_text()

    def prepare() -> Callable[[], Any]:
        client = Client()
        request_id, relay_state = request_of(client.get("/saml2/login/").headers["Location"])
        body = {
            "SAMLResponse": answer(
                shape, request_id, f"{BASE}/saml2/acs/", f"{BASE}/saml2/metadata/", certificate
            ),
            "RelayState": relay_state,
        }
        return lambda: client.post("/saml2/acs/", body)

    return prepare


def prepare_floor(shape: dict[str, bool]) -> Callable[[], Callable[[], Any]]:
    from django.contrib.auth import get_user_model
    from django.test import Client

    get_user_model().objects.get_or_create(username=PERSON)

    def prepare() -> Callable[[], Any]:
        client = Client()
        return lambda: client.post("/floor/", {"name": PERSON})

    return prepare


def main() -> None:
    name, shape_name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS[name]
    import django

    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    setup_test_environment()
    call_command("migrate", verbosity=0)
    preparers = {"ours": prepare_ours, "stock": prepare_stock, "floor": prepare_floor}
    prepare = preparers[name](SHAPES[shape_name])
    cpu, wall = [], []
    for number in range(WARM_UP + count):
        call = prepare()
        gc.collect()
        started, cpu_started = time.perf_counter(), cpu_seconds()
        response = call()
        if number >= WARM_UP:
            wall.append(time.perf_counter() - started)
            cpu.append(cpu_seconds() - cpu_started)
        if response.status_code != 302 or "sessionid" not in response.cookies | {
            "sessionid": response.cookies.get("session")
        }:
            raise SystemExit(f"{name} did not sign in: {response.status_code}")
    print(json.dumps({"cpu": cpu, "wall": wall}))


if __name__ == "__main__":
    main()
