"""The OpenID Connect client against a provider on a loopback port, good and hostile."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core.cache import cache

from profiles import linkedin
from profiles.errors import LinkedInAnswerRefused, LinkedInUnavailable
from tests.profiles.provider import (
    ACCESS_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    CODE,
    KEY_ID,
    Answer,
    by_nobody,
    by_rsa,
    by_secret,
    public_key,
)


def fetch():
    return linkedin.fetch_profile(code=CODE)


def refused():
    """The reason of the refusal, which is all that may be logged."""
    with pytest.raises(LinkedInAnswerRefused) as refusal:
        fetch()
    return refusal.value.reason


def test_the_profile_behind_a_code_is_its_subject_and_name(provider):
    assert fetch() == linkedin.LinkedInProfile(subject="member-1", name="Mara Lindqvist")


def test_e_mail_and_picture_are_left_behind(provider):
    profile = fetch()

    assert "mara@home.example" not in str(profile)
    assert "media.example" not in str(profile)


@pytest.mark.parametrize("flag", ["true", "false", True, False, None])
def test_email_verified_may_be_text_or_anything(provider, flag):
    provider.member["email_verified"] = flag

    assert fetch().subject == "member-1"


def test_the_answer_needs_no_nonce(provider):
    assert "nonce" not in provider.id_token()

    assert fetch().subject == "member-1"


def test_people_are_sent_to_linkedin_with_three_scopes_no_nonce_and_no_pkce(provider):
    url = urlsplit(linkedin.authorization_url(state="the-state"))

    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{provider.base}/authorization"
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": [CLIENT_ID],
        "redirect_uri": ["http://127.0.0.1:8000/connect/callback"],
        "scope": ["openid profile email"],
        "state": ["the-state"],
    }


def test_the_client_secret_goes_into_the_body_and_nowhere_else(provider):
    fetch()

    (call,) = provider.calls_to("/token")
    assert call.form["client_secret"] == CLIENT_SECRET
    assert "authorization" not in call.headers
    assert "code_verifier" not in call.form
    for other in provider.calls_to("/jwks") + provider.calls_to("/userinfo"):
        assert CLIENT_SECRET not in str(other)


def test_a_name_is_put_together_from_its_parts_when_there_is_no_whole(provider):
    provider.member["name"] = " "

    assert fetch().name == "Mara Lindqvist"


@pytest.mark.parametrize("letters", ["\x00", "\ud800", "\u202e", "\r\n"])
def test_a_name_loses_what_no_column_holds_and_nobody_sees(provider, letters):
    provider.userinfo["name"] = f"Mara{letters}Lindqvist"

    assert fetch().name == "MaraLindqvist"


@pytest.mark.parametrize("name", [None, 7, ["Mara"], ""])
def test_a_profile_without_a_usable_name_has_none(provider, name):
    provider.userinfo.update(name=name, given_name=name, family_name=name)

    assert fetch().name == ""


def test_a_name_is_cut_to_what_fits(provider):
    provider.userinfo["name"] = "x" * 5000

    assert len(fetch().name) == 255


# The id_token


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://www.linkedin.com"}, "id_token iss"),
        ({"iss": None}, "id_token iss"),
        ({"aud": "another-client"}, "id_token aud"),
        ({"aud": None}, "id_token aud"),
        ({"aud": []}, "id_token aud"),
        ({"aud": ["another-client", CLIENT_ID]}, "id_token aud"),
        ({"azp": "another-client"}, "id_token azp"),
        ({"exp": None}, "id_token exp"),
        ({"exp": "tomorrow"}, "id_token exp"),
        ({"exp": timedelta(seconds=-61)}, "id_token exp"),
        ({"exp": float("nan")}, "id_token exp"),
        ({"iat": None}, "id_token iat"),
        ({"iat": timedelta(seconds=3000)}, "id_token iat"),
        ({"nbf": timedelta(seconds=3000)}, "id_token nbf"),
        ({"sub": None}, "id_token sub"),
        ({"sub": ""}, "id_token sub"),
        ({"sub": " "}, "id_token sub"),
        ({"sub": 1}, "id_token sub"),
        ({"sub": "x" * 256}, "id_token sub"),
        ({"sub": "member\x00"}, "id_token sub"),
        ({"sub": "member\ud800"}, "id_token sub"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_id_token_with_a_wrong_claim_is_refused(provider, claims, reason):
    provider.claims = {
        # A span of time means: so much from now.
        name: int(time.time() + value.total_seconds()) if isinstance(value, timedelta) else value
        for name, value in claims.items()
    }

    assert refused() == reason


@pytest.mark.parametrize("audience", [CLIENT_ID, [CLIENT_ID]])
def test_an_audience_may_be_text_or_a_list_of_one(provider, audience):
    provider.claims = {"aud": audience, "azp": CLIENT_ID}

    assert fetch().subject == "member-1"


def test_a_clock_one_minute_off_is_forgiven(provider):
    provider.claims = {"exp": int(time.time()) - 50, "iat": int(time.time()) + 50}

    assert fetch().subject == "member-1"


def test_an_id_token_signed_with_another_key_is_refused(provider):
    provider.sign = by_rsa("another-key")

    assert refused() == "id_token signature"


def test_an_unsigned_id_token_is_refused(provider):
    provider.header = {"alg": "none", "kid": KEY_ID}
    provider.sign = by_nobody

    assert refused() == "id_token signature"


@pytest.mark.parametrize("secret", [CLIENT_SECRET.encode(), b"", public_key(KEY_ID)["n"].encode()])
def test_an_id_token_signed_with_a_shared_secret_is_refused(provider, secret):
    provider.header = {"alg": "HS256", "kid": KEY_ID}
    provider.sign = by_secret(secret)

    assert refused() == "id_token signature"


def test_a_shared_secret_among_the_published_keys_verifies_nothing(provider):
    provider.header = {"alg": "HS256", "kid": "shared"}
    provider.sign = by_secret(b"a secret that everybody can read")
    provider.keys.append(
        {"kty": "oct", "kid": "shared", "k": "YSBzZWNyZXQgdGhhdCBldmVyeWJvZHkgY2FuIHJlYWQ"}
    )

    assert refused() == "id_token signature"


def test_a_key_brought_along_in_the_header_is_not_believed(provider):
    provider.header = {"alg": "RS256", "kid": "mine", "jwk": public_key("mine")}
    provider.sign = by_rsa("mine")

    assert refused() == "id_token signature"


def test_a_changed_claim_breaks_the_signature(provider):
    head, body, signature = provider.id_token().split(".")
    provider.member["sub"] = "somebody-else"
    other_body = provider.id_token().split(".")[1]
    provider.tokens["id_token"] = f"{head}.{other_body}.{signature}"

    assert body != other_body
    assert refused() == "id_token signature"


@pytest.mark.parametrize("id_token", ["x", "a.b.c", "..", "a" * 1000, "ä.ä.ä"])
def test_what_is_no_token_is_refused(provider, id_token):
    provider.tokens["id_token"] = id_token

    assert refused() == "id_token signature"


# Userinfo


def test_userinfo_about_somebody_else_is_refused(provider):
    provider.userinfo["sub"] = "member-2"

    assert refused() == "userinfo subject"


def test_userinfo_about_nobody_is_refused(provider):
    provider.userinfo["sub"] = None

    assert refused() == "userinfo subject"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(401), "userinfo status 401"),
        (Answer(204, b""), "userinfo status 204"),
        (Answer(200, b"<html>"), "userinfo is not JSON"),
        (Answer(200, b'["sub"]'), "userinfo is not an object"),
        (Answer(200, b"\xff\xfe{}"), "userinfo is not JSON"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_userinfo_that_cannot_be_read_is_refused(provider, answer, reason):
    provider.answers["/userinfo"] = answer

    assert refused() == reason


# Tokens


@pytest.mark.parametrize("name", ["access_token", "id_token"])
@pytest.mark.parametrize("value", [None, "", 7, {}])
def test_a_token_that_is_missing_or_no_text_is_refused(provider, name, value):
    provider.tokens[name] = value

    assert refused() == f"no {name}"


def test_a_code_that_is_not_accepted_is_refused_by_its_name(provider):
    provider.answers["/token"] = Answer(
        400, b'{"error": "invalid_grant", "error_description": "mara@home.example"}'
    )

    assert refused() == "token error invalid_grant"


def test_what_else_a_provider_writes_as_error_is_not_repeated(provider):
    provider.answers["/token"] = Answer(400, b'{"error": "mara@home.example is unknown"}')

    assert refused() == "token error other"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"", b'"token"'])
def test_a_token_answer_that_is_no_object_is_refused(provider, body):
    provider.answers["/token"] = Answer(200, body)

    assert refused() == "token answer is not JSON"


def test_tokens_are_neither_logged_nor_kept_in_the_cache(provider, caplog):
    from django.core.cache import cache

    with caplog.at_level("DEBUG"):
        fetch()

    for secret in (ACCESS_TOKEN, CODE, CLIENT_SECRET, "mara@home.example"):
        assert secret not in caplog.text
        assert secret not in str(getattr(cache, "_cache", {}))


# Keys


@pytest.fixture
def cache_that_follows_our_clock(settings):
    """A Redis server has a clock of its own, which no test can turn."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.mark.usefixtures("cache_that_follows_our_clock")
def test_keys_are_fetched_once_an_hour(provider):
    with time_machine.travel(time.time(), tick=False) as clock:
        fetch()
        fetch()
        assert len(provider.calls_to("/jwks")) == 1
        clock.shift(3601)
        fetch()

    assert len(provider.calls_to("/jwks")) == 2


def test_a_key_that_is_new_since_then_is_fetched_at_once(provider):
    fetch()
    provider.keys = [public_key("key-2")]
    provider.header["kid"] = "key-2"
    provider.sign = by_rsa("key-2")

    assert fetch().subject == "member-1"
    assert len(provider.calls_to("/jwks")) == 2


def test_a_key_nobody_published_is_asked_for_once_more_and_no_more(provider):
    provider.header["kid"] = "key-9"
    provider.sign = by_rsa("key-9")

    assert refused() == "id_token signature"
    assert len(provider.calls_to("/jwks")) == 2


@pytest.mark.usefixtures("cache_that_follows_our_clock")
def test_a_key_that_was_withdrawn_stops_working_with_the_next_fetch(provider):
    with time_machine.travel(time.time(), tick=False) as clock:
        fetch()
        provider.keys = [public_key("key-2")]
        clock.shift(3601)

        assert refused() == "id_token signature"


def test_keys_for_other_uses_are_left_out(provider):
    provider.keys = [public_key(KEY_ID, use="enc"), {"kty": "EC", "kid": "x"}, "no key", None]

    assert refused() == "id_token signature"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (None, "keys are no list"),
        ({}, "keys are no list"),
        ([{"kty": "RSA"}], "a key is malformed"),
    ],
)
def test_a_malformed_key_set_is_refused_and_not_remembered(provider, keys, reason):
    good = provider.keys
    provider.keys = keys
    assert refused() == reason

    provider.keys = good
    assert fetch().subject == "member-1"


# The wire


@pytest.mark.parametrize("path", ["/token", "/userinfo", "/jwks"])
@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_provider_that_fails_itself_is_unavailable(provider, path, status):
    provider.answers[path] = Answer(status, b"{}")

    with pytest.raises(LinkedInUnavailable) as failure:
        fetch()

    assert failure.value.reason == f"status {status}"


@pytest.mark.parametrize("path", ["/token", "/userinfo", "/jwks"])
def test_a_provider_that_takes_too_long_is_unavailable(provider, path, monkeypatch):
    monkeypatch.setattr(linkedin, "TIMEOUT_SECONDS", 0.2)
    provider.answers[path] = Answer(200, b"{}", delay=3)

    with pytest.raises(LinkedInUnavailable) as failure:
        fetch()

    provider.released.set()
    assert failure.value.reason == "timeout"


def test_five_seconds_are_what_a_provider_has():
    assert linkedin.TIMEOUT_SECONDS == 5.0


def test_an_answer_in_single_drops_does_not_hold_a_worker(provider, monkeypatch):
    monkeypatch.setattr(linkedin, "TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(linkedin, "DEADLINE_SECONDS", 0.6)
    provider.answers["/token"] = Answer(200, b"{" + b" " * 500, drip=0.05)
    started = time.monotonic()

    with pytest.raises(LinkedInUnavailable):
        fetch()

    provider.released.set()
    assert time.monotonic() - started < 12  # all of it would take twice as long


@pytest.mark.parametrize("path", ["/token", "/userinfo", "/jwks"])
def test_an_answer_beyond_256_kilobytes_is_refused(provider, path):
    provider.answers[path] = Answer(200, b'{"a": "' + b"x" * (256 * 1024) + b'"}')

    assert refused() == "answer too large"


def test_an_answer_that_swells_while_unpacked_is_refused(provider):
    import gzip

    provider.answers["/token"] = Answer(
        200, gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"}
    )

    assert refused() == "answer too large"


@pytest.mark.parametrize("path", ["/token", "/userinfo", "/jwks"])
def test_no_redirect_is_followed(provider, path):
    provider.answers[path] = Answer(302, b"{}", {"Location": f"{provider.base}/elsewhere"})

    assert refused() == "redirect"
    assert provider.calls_to("/elsewhere") == []


def test_nobody_at_the_other_end_is_unavailable(provider, settings):
    settings.LINKEDIN_TOKEN_URL = "http://127.0.0.1:9/token"

    with pytest.raises(LinkedInUnavailable) as failure:
        fetch()

    assert failure.value.reason == "connection"


@pytest.mark.parametrize(
    "name", ["LINKEDIN_TOKEN_URL", "LINKEDIN_USERINFO_URL", "LINKEDIN_JWKS_URL"]
)
@pytest.mark.parametrize(
    "url", ["http://login.example/x", "file:///etc/passwd", "ftp://127.0.0.1/"]
)
def test_nothing_is_asked_of_an_address_that_is_neither_https_nor_this_machine(
    provider, settings, name, url
):
    setattr(settings, name, url)

    assert refused() == "endpoint is not https"


def test_a_proxy_of_the_environment_is_not_asked_about_this_machine(provider, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert fetch().subject == "member-1"


def test_linkedins_own_addresses_are_the_defaults(settings):
    assert settings.LINKEDIN_ISSUER == "https://www.linkedin.com/oauth"
    assert linkedin.authorization_origin() == "https://www.linkedin.com"
    assert settings.LINKEDIN_USERINFO_URL == "https://api.linkedin.com/v2/userinfo"
    assert json.dumps(linkedin.ALGORITHMS) == '["RS256"]'


DEEP = b"[" * 100_000
MALFORMED = {
    "a deep userinfo": {"answers": {"/userinfo": Answer(body=DEEP)}},
    "a deep object": {"answers": {"/userinfo": Answer(body=b'{"a":' * 40_000)}},
    "deep tokens": {"answers": {"/token": Answer(body=DEEP)}},
    "deep keys": {"answers": {"/jwks": Answer(body=DEEP)}},
    "an access token of other letters": {"tokens": {"access_token": "Ж"}},
    "an access token of half a letter": {"tokens": {"access_token": "\ud800"}},
    "a list of errors": {"tokens": {"error": ["invalid_grant"]}},
    "an error with parts": {"tokens": {"error": {"code": 1}}},
    "a list of ends": {"tokens": {"expires_at": [1]}},
}


@pytest.mark.parametrize("case", MALFORMED)
def test_whatever_comes_back_is_refused_and_no_server_error(provider, case):
    for name, values in MALFORMED[case].items():
        getattr(provider, name).update(values)

    assert refused() == "malformed"
