"""The LinkedIn-like provider: LinkedIn's habits, and its errors by their names."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import time_machine
from django.core.handlers.wsgi import WSGIHandler
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from profiles import linkedin
from profiles.errors import LinkedInAnswerRefused, LinkedInUnavailable
from sandbox.openid import CODE_SECONDS, FAULTS
from sandbox.openid_pages import registered_redirect

MARA = "aM4rLq81Xz"
YUKI = "fYuk1T12Ns"
CALLBACK = "http://127.0.0.1:8000/connect/callback"


def question(**changes):
    fields = {
        "response_type": "code",
        "client_id": "sandbox-portal",
        "redirect_uri": CALLBACK,
        "scope": "openid profile email",
        "state": "s-1",
    } | changes
    return f"/linkedin/oauth/v2/authorization?{urlencode(fields)}"


def ticket_of(page):
    return re.search(r'name="ticket" value="([^"]+)"', page.content.decode())[1]


def code_for(sandbox, member=MARA, fault="", **changes):
    page = sandbox.get(question(**changes))
    page = sandbox.post(
        "/linkedin/oauth/v2/authorization/member", {"ticket": ticket_of(page), "member": member}
    )
    back = sandbox.post(
        "/linkedin/oauth/v2/authorization/consent",
        {"ticket": ticket_of(page), "member": member, "allow": "1", "fault": fault},
    )
    return parse_qs(urlsplit(back.url).query)["code"][0]


def exchange(sandbox, code, headers=None, **changes):
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": "sandbox-portal",
        "client_secret": "sandbox-secret",
    } | changes
    return sandbox.post("/linkedin/oauth/v2/accessToken", fields, headers=headers)


@pytest.fixture(autouse=True)
def _default_client(monkeypatch, settings, sandbox):
    settings.LINKEDIN_CLIENT_ID = "sandbox-portal"
    settings.LINKEDIN_CLIENT_SECRET = "sandbox-secret"


def test_discovery_names_addresses_that_answer(sandbox):
    document = sandbox.get("/linkedin/oauth/.well-known/openid-configuration").json()

    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert sandbox.get(urlsplit(document[name]).path).status_code != 404
    assert document["token_endpoint_auth_methods_supported"] == ["client_secret_post"]


def test_the_portals_own_callback_is_the_registered_one(sandbox, settings):
    settings.ROOT_URLCONF = "learning_portal.urls"

    assert linkedin.callback_url() == registered_redirect()


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "somebody-else"},
        {"redirect_uri": "https://elsewhere.example/connect/callback"},
        {"redirect_uri": CALLBACK + "/"},
    ],
    ids=["client", "other site", "another letter"],
)
def test_an_unregistered_application_or_address_is_told_here_and_never_redirected(sandbox, change):
    page = sandbox.get(question(**change))

    assert page.status_code == 400


def test_a_scope_nobody_granted_the_application_is_refused(sandbox):
    back = sandbox.get(question(scope="openid r_connections"))

    assert "error=unauthorized_scope_error" in back.url


def test_cancelling_the_sign_in_has_linkedins_name(sandbox):
    page = sandbox.get(question())

    back = sandbox.post(
        "/linkedin/oauth/v2/authorization/member", {"ticket": ticket_of(page), "cancel": "1"}
    )

    assert back.url.startswith(f"{CALLBACK}?error=user_cancelled_login&")
    assert back.url.endswith("state=s-1")


def test_cancelling_the_consent_has_linkedins_name(sandbox):
    page = sandbox.get(question())
    page = sandbox.post(
        "/linkedin/oauth/v2/authorization/member", {"ticket": ticket_of(page), "member": MARA}
    )

    back = sandbox.post(
        "/linkedin/oauth/v2/authorization/consent",
        {"ticket": ticket_of(page), "member": MARA, "cancel": "1"},
    )

    assert "error=user_cancelled_authorize" in back.url


def test_the_forms_may_end_at_the_portal(sandbox):
    page = sandbox.get(question())

    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8000" in policy


def test_the_id_token_is_signed_with_the_published_key_and_carries_no_nonce(sandbox):
    tokens = exchange(sandbox, code_for(sandbox, nonce="n-1")).json()

    keys = KeySet.import_key_set(sandbox.get("/linkedin/oauth/openid/jwks").json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["sub"] == MARA
    assert claims["aud"] == "sandbox-portal"
    assert "nonce" not in claims


def test_email_verified_is_text(sandbox):
    tokens = exchange(sandbox, code_for(sandbox)).json()

    told = sandbox.get(
        "/linkedin/v2/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    ).json()

    assert told["email_verified"] == "true"
    assert told["sub"] == MARA


def test_somebody_without_an_address_sends_none(sandbox):
    tokens = exchange(sandbox, code_for(sandbox, member=YUKI)).json()

    told = sandbox.get(
        "/linkedin/v2/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    ).json()

    assert "email" not in told
    assert "email_verified" not in told


def test_userinfo_without_a_token_is_refused(sandbox):
    assert sandbox.get("/linkedin/v2/userinfo").status_code == 401


def test_a_code_works_once(sandbox):
    code = code_for(sandbox)
    exchange(sandbox, code)

    assert exchange(sandbox, code).status_code == 400


def test_a_code_ends_after_half_a_minute(sandbox):
    code = code_for(sandbox)

    with time_machine.travel(timezone.now() + timedelta(seconds=CODE_SECONDS + 1)):
        assert exchange(sandbox, code).status_code == 400


def test_a_code_is_good_only_with_its_own_redirect_address(sandbox):
    answer = exchange(sandbox, code_for(sandbox), redirect_uri="https://elsewhere.example/")

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("headers", "change"),
    [
        ({"Authorization": "Basic c2FuZGJveC1wb3J0YWw6c2FuZGJveC1zZWNyZXQ="}, {}),
        (None, {"client_secret": "wrong"}),
        (None, {"client_id": "wrong"}),
    ],
    ids=["in the header", "wrong secret", "wrong client"],
)
def test_the_client_proves_itself_in_the_body_or_not_at_all(sandbox, headers, change):
    answer = exchange(sandbox, code_for(sandbox), headers=headers, **change)

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_pkce_is_refused(sandbox):
    answer = exchange(sandbox, code_for(sandbox), code_verifier="v" * 43)

    assert answer.status_code == 400


def test_told_to_be_down_it_answers_503(sandbox):
    assert exchange(sandbox, code_for(sandbox, fault="down")).status_code == 503


def test_told_to_be_slow_it_takes_longer_than_the_portal_waits(sandbox, monkeypatch):
    naps = []
    monkeypatch.setattr("sandbox.openid.time.sleep", naps.append)

    exchange(sandbox, code_for(sandbox, fault="slow"))

    assert naps[0] > linkedin.TIMEOUT_SECONDS


@pytest.fixture
def live(settings, sandbox, monkeypatch):
    """The sandbox behind a real socket, and the portal's client pointed at it."""
    server = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("SANDBOX_BASE_URL", url)
    monkeypatch.setattr(linkedin, "callback_url", lambda: CALLBACK)
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
    settings.LINKEDIN_ISSUER = f"{url}/linkedin/oauth"
    settings.LINKEDIN_TOKEN_URL = f"{url}/linkedin/oauth/v2/accessToken"
    settings.LINKEDIN_USERINFO_URL = f"{url}/linkedin/v2/userinfo"
    settings.LINKEDIN_JWKS_URL = f"{url}/linkedin/oauth/openid/jwks"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def test_the_portals_own_client_learns_who_it_was(sandbox, live):
    profile = linkedin.fetch_profile(code=code_for(sandbox))

    assert (profile.subject, profile.name) == (MARA, "Mara Lindqvist")


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"slow"}))
def test_the_portals_own_client_refuses_each_fault(sandbox, live, fault):
    code = code_for(sandbox, fault=fault)

    with pytest.raises((LinkedInAnswerRefused, LinkedInUnavailable)):
        linkedin.fetch_profile(code=code)
