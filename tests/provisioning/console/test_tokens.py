"""Tokens in the console: shown once, replaced without a gap, revoked at once."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Organization, Session
from audit.actions import Action
from audit.models import AuditEvent
from provisioning.models import ScimToken
from provisioning.services.tokens import digest_of
from tests.provisioning.console.conftest import make_token, text_of, told

DIRECTORY = "/console/directory/"
NEW = f"{DIRECTORY}tokens/new/"


def replace_url(token: ScimToken) -> str:
    return f"{DIRECTORY}tokens/{token.pk}/replace/"


def revoke_url(token: ScimToken) -> str:
    return f"{DIRECTORY}tokens/{token.pk}/revoke/"


def form(**fields: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "days": "365", "name": "Okta", **fields}


def shown_in(page: Any) -> str:
    """The token that a page shows."""
    (text,) = set(re.findall(r"lps_[\w-]+", text_of(page)))
    return text


class TestNew:
    def test_the_answer_shows_the_token_and_is_stored_nowhere(
        self, console: Client, acme: Organization
    ) -> None:
        page = console.post(NEW, form(days="90"))

        token = ScimToken.objects.get()
        text = shown_in(page)
        assert bytes(token.digest) == digest_of(text)
        assert timedelta(days=89) < token.expires_at - timezone.now() <= timedelta(days=90)
        assert "no-store" in page.headers["Cache-Control"]
        assert "/scim/v2" in text_of(page)
        assert text not in str(page.cookies)
        assert text not in str(dict(console.session))
        assert text not in str([*Session.objects.values()])
        assert text not in str([*AuditEvent.objects.values()])

    def test_no_later_page_shows_it(self, console: Client, acme: Organization) -> None:
        text = shown_in(console.post(NEW, form()))

        for url in (DIRECTORY, NEW, f"{DIRECTORY}guide/okta/", "/console/audit/auditevent/"):
            assert text not in text_of(console.get(url))

    def test_sending_the_form_again_makes_no_second_token(
        self, console: Client, acme: Organization
    ) -> None:
        sent = form()
        console.post(NEW, sent)

        again = console.post(NEW, sent)

        assert ScimToken.objects.count() == 1
        assert again.headers["Location"] == DIRECTORY
        assert "made already" in told(again)

    def test_several_are_valid_at_once(self, console: Client, acme: Organization) -> None:
        console.post(NEW, form(name="Okta"))
        console.post(NEW, form(name="Entra ID"))

        assert ScimToken.objects.live().count() == 2

    @pytest.mark.parametrize(
        "fields", [{"name": ""}, {"name": "x" * 101}, {"days": "9999"}, {"days": "x"}, {"id": "x"}]
    )
    def test_what_cannot_be_makes_none(
        self, console: Client, acme: Organization, fields: dict[str, str]
    ) -> None:
        assert console.post(NEW, form(**fields)).status_code == 200
        assert not ScimToken.objects.exists()

    def test_a_guide_may_suggest_the_name(self, console: Client) -> None:
        assert 'value="Entra ID"' in text_of(console.get(NEW, {"name": "Entra ID"}))

    def test_whoever_came_from_a_guide_goes_on_with_it(self, console: Client) -> None:
        guide = "/console/directory/guide/okta/"
        new = f"{NEW}?name=Okta&guide=okta"
        assert f'href="{new}"' in text_of(console.get(guide))

        page = text_of(console.post(new, form()))

        assert f'href="{guide}">I have copied it: on with the guide' in page

    @pytest.mark.parametrize("guide", ["", "nobody", "../tokens"])
    def test_without_a_guide_of_ours_the_way_leads_back_to_the_directory(
        self, console: Client, guide: str
    ) -> None:
        page = text_of(console.post(f"{NEW}?guide={guide}", form()))

        assert f'href="{DIRECTORY}">I have copied it<' in page

    def test_each_form_is_for_another_token(self, console: Client) -> None:
        ids = {
            re.findall(r'name="id" value="([^"]+)"', text_of(console.get(NEW)))[0] for _ in range(2)
        }

        assert len(ids) == 2

    def test_staff_make_one_for_the_organization_they_chose(
        self, staff_console: Client, acme: Organization, globex: Organization
    ) -> None:
        staff_console.post(f"{NEW}?organization=globex", form())

        assert ScimToken.objects.get().organization == globex


class TestReplace:
    def test_both_are_valid_for_a_week(self, console: Client, acme: Organization) -> None:
        old = make_token(acme)

        page = console.post(replace_url(old), form())

        text = shown_in(page)
        old.refresh_from_db()
        new = ScimToken.objects.exclude(pk=old.pk).get()
        assert bytes(new.digest) == digest_of(text)
        assert new.name == old.name
        assert timedelta(days=6) < old.expires_at - timezone.now() <= timedelta(days=7)
        assert f"…{old.ending}" in text_of(page)

    def test_the_page_says_until_when(self, console: Client, acme: Organization) -> None:
        token = make_token(acme, days=3)

        page = text_of(console.get(replace_url(token)))

        assert f"works until {token.expires_at:%a} " in page, "never longer than before"

    def test_sending_it_again_replaces_nothing_twice(
        self, console: Client, acme: Organization
    ) -> None:
        old = make_token(acme)
        sent = form()
        console.post(replace_url(old), sent)

        again = console.post(replace_url(old), sent)

        assert "made already" in told(again)
        assert ScimToken.objects.count() == 2

    def test_of_two_windows_one_makes_the_successor(
        self, console: Client, acme: Organization, globex: Organization
    ) -> None:
        make_token(globex)  # of the same name, and not used either
        old = make_token(acme)
        first, second = form(), form()
        text = shown_in(console.post(replace_url(old), first))

        refused = console.post(replace_url(old), second)

        assert f"replaced already, by Okta (…{text[-4:]})" in told(refused)
        assert ScimToken.objects.in_organization(acme).count() == 2

    @pytest.mark.parametrize("after", ["used", "revoked"])
    def test_a_successor_in_use_or_revoked_stands_in_nobodys_way(
        self, console: Client, acme: Organization, after: str
    ) -> None:
        old = make_token(acme)
        console.post(replace_url(old), form())
        now = {"used": {"last_used_at": timezone.now()}, "revoked": {"revoked_at": timezone.now()}}
        ScimToken.objects.exclude(pk=old.pk).update(**now[after])

        console.post(replace_url(old), form())

        assert ScimToken.objects.count() == 3

    def test_the_screen_tells_when_the_new_one_is_in_use(
        self, console: Client, acme: Organization
    ) -> None:
        old = make_token(acme)
        console.post(replace_url(old), form())
        before = text_of(console.get(DIRECTORY))

        ScimToken.objects.exclude(pk=old.pk).update(last_used_at=timezone.now())

        assert "the newer one is in use" not in before
        assert "Ends in 7 days" in before
        after = text_of(console.get(DIRECTORY))
        assert "the newer one is in use" in after
        assert replace_url(old) not in after


class TestRevoke:
    def test_it_asks_first_and_says_what_stops(self, console: Client, acme: Organization) -> None:
        token = make_token(acme)

        page = text_of(console.get(revoke_url(token)))

        assert "It is the only valid one" in page
        assert ScimToken.objects.live().count() == 1

    def test_the_button_revokes_it(self, console: Client, acme: Organization) -> None:
        token, other = make_token(acme), make_token(acme, "Other")
        assert "1 other token stays valid" in text_of(console.get(revoke_url(token)))

        answer = console.post(revoke_url(token))

        assert "is revoked" in told(answer)
        assert [*ScimToken.objects.live()] == [other]
        assert AuditEvent.objects.filter(action=Action.TOKEN_REVOKED).exists()


@pytest.mark.parametrize("url", [replace_url, revoke_url])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_of_another_organization_is_not_there(
    console: Client, acme: Organization, globex: Organization, url: Any, method: str
) -> None:
    foreign = make_token(globex)
    unknown = ScimToken(pk=uuid.uuid4())

    answers = {
        getattr(console, method)(url(each), form()).status_code for each in (foreign, unknown)
    }

    assert answers == {404}
    assert [*ScimToken.objects.live()] == [foreign]


@pytest.mark.parametrize(
    ("days", "kind"), [(300, "ok"), (31, "ok"), (29, "warn"), (8, "warn"), (6, "bad")]
)
def test_the_end_of_a_token_is_a_state(
    console: Client, acme: Organization, days: int, kind: str
) -> None:
    make_token(acme, days=days)

    tokens = text_of(console.get(DIRECTORY)).partition('id="tokens"')[2].partition("</section>")[0]

    assert f'class="status {kind}"' in tokens
