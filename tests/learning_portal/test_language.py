"""Pages and mails are in the language a person chose, else the browser's; the console is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.translation import trans_real
from django_tasks_db.models import DBTaskResult

from accounts.factor_mail import News, tell_of_factors
from accounts.jobs import answer_activation, send_reset_mail, tell_password_reset
from accounts.languages import english
from accounts.models import BindingPolicy, Domain, Organization, User
from accounts.notices import write_to_full_admins
from accounts.services import choose_language, invite, make_activation_link
from audit.actors import Actor
from learning_portal import views
from profiles.jobs import tell_disconnected
from sso.causes import Cause, words_for
from tests.factories import sign_in

CHOOSE = "/account/language/"
GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-AT,de;q=0.9,en;q=0.5"}
COOKIE = settings.LANGUAGE_COOKIE_NAME


@pytest.fixture
def ana(make_user: Any) -> User:
    user: User = make_user("ana")
    return user


def work() -> None:
    """What the worker has to do."""
    for result in DBTaskResult.objects.all():
        result.task.call(*result.args_kwargs["args"])
    DBTaskResult.objects.all().delete()


def text(response: Any) -> str:
    return str(response.content.decode())


def is_german(response: Any) -> bool:
    page = text(response)
    assert '<html lang="de">' in page or '<html lang="en">' in page
    return '<html lang="de">' in page


class TestTheChoice:
    def test_it_is_in_every_page_that_follows(self, client: Client, ana: User) -> None:
        sign_in(client, ana)
        assert not is_german(client.get("/account/"))

        response = client.post(CHOOSE, {"language": "de"})

        assert response.url == "/account/"
        page = client.get("/account/")
        assert is_german(page)
        assert "Mein Konto" in text(page)
        assert 'value="de" lang="de" aria-pressed="true"' in text(page)
        assert is_german(client.get("/"))

    def test_it_outweighs_the_browser(self, client: Client, make_user: Any) -> None:
        sign_in(client, make_user("ana", language="en"))

        assert not is_german(client.get("/account/", **GERMAN))

    def test_it_can_be_left_to_the_browser_again(self, client: Client, make_user: Any) -> None:
        ana = make_user("ana", language="en")
        sign_in(client, ana)

        client.post(CHOOSE, {"language": ""})

        assert is_german(client.get("/account/", **GERMAN))
        assert COOKIE not in client.cookies or not client.cookies[COOKIE].value

    @pytest.mark.parametrize("wanted", ["fr", "de-AT", "xx", "-", "DE", " de"])
    def test_a_language_that_does_not_ship_is_refused(
        self, client: Client, ana: User, wanted: str
    ) -> None:
        sign_in(client, ana)

        assert client.post(CHOOSE, {"language": wanted}).status_code == 400
        assert client.post(CHOOSE).status_code == 400
        assert client.get(CHOOSE).status_code == 405
        ana.refresh_from_db()
        assert ana.language == ""

    def test_the_service_refuses_it_too(self, ana: User) -> None:
        with pytest.raises(ValueError, match="no language of ours"):
            choose_language(user=ana, language="fr")

    def test_one_that_ships_no_more_counts_as_not_chosen(
        self, client: Client, make_user: Any
    ) -> None:
        sign_in(client, make_user("ana", language="tlh"))

        assert is_german(client.get("/account/", **GERMAN))

    def test_it_is_one_persons_alone(self, client: Client, ana: User, make_user: Any) -> None:
        other = make_user("ben")

        sign_in(client, ana).post(CHOOSE, {"language": "de"})

        other.refresh_from_db()
        assert other.language == ""

    def test_strangers_choose_nothing(self, client: Client, db: None) -> None:
        assert client.post(CHOOSE, {"language": "de"}).url.startswith("/login/")

    def test_it_costs_no_statement(self, client: Client, make_user: Any) -> None:
        def statements(language: str) -> int:
            sign_in(client, make_user(language=language))
            client.get("/account/")
            with CaptureQueriesContext(connection) as asked:
                client.get("/account/")
            return len(asked)

        assert statements("de") == statements("")


class TestAtTheDoors:
    def test_the_browser_says(self, client: Client, acme: Organization) -> None:
        for path in ("/login/", "/o/acme/login/", "/no/such/page"):
            assert is_german(client.get(path, **GERMAN)), path
            assert not is_german(client.get(path)), path

    @pytest.mark.parametrize(
        "header",
        ["fr", "*", "", "de" * 600, ";q=", "de;q=0", "\x00", ",".join(["de-x"] * 200), "zz-" * 400],
    )
    def test_an_odd_wish_is_no_fault(self, client: Client, db: None, header: str) -> None:
        assert client.get("/login/", HTTP_ACCEPT_LANGUAGE=header).status_code == 200

    def test_no_cache_gives_one_language_for_the_other(self, client: Client, db: None) -> None:
        vary = client.get("/login/").headers["Vary"]

        assert "Accept-Language" in vary
        assert "Cookie" in vary

    def test_after_signing_out_they_still_speak_as_chosen(
        self, client: Client, make_user: Any
    ) -> None:
        sign_in(client, make_user("ana", language="de"))
        client.get("/")

        client.post("/logout/")

        assert client.cookies[COOKIE]["httponly"]
        assert is_german(client.get("/login/"))

    def test_the_next_person_at_a_shared_browser_is_not_spoken_to_like_the_last(
        self, client: Client, make_user: Any
    ) -> None:
        sign_in(client, make_user("ana", language="de")).get("/")

        sign_in(client, make_user("ben"))

        assert not is_german(client.get("/"))
        assert not client.cookies[COOKIE].value

    def test_a_cookie_that_somebody_made_up_says_nothing(self, client: Client, db: None) -> None:
        client.cookies[COOKIE] = "../../etc"

        assert is_german(client.get("/login/", **GERMAN))

    def test_a_fault_of_ours_is_told_in_it_too(
        self, client: Client, make_user: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(views, "greeting", lambda *_: 1 / 0)
        client.raise_request_exception = False
        sign_in(client, make_user("ana", language="de"))

        response = client.get("/")

        assert response.status_code == 500
        assert is_german(response)

    def test_refusals_of_identity_providers_are_translated(self) -> None:
        with translation.override("de"):
            assert words_for(Cause.REPLAYED, idp="Okta").title == (
                "Diese Anmeldung wurde schon benutzt"
            )


class TestTheConsole:
    @pytest.mark.parametrize("path", ["/console/", "/console/accounts/user/", "/console/none/"])
    def test_it_stays_english(self, client: Client, make_admin: Any, path: str) -> None:
        sign_in(client, make_admin("boss", language="de"))

        page = client.get(path, **GERMAN)

        assert 'lang="en' in text(page)
        assert 'lang="de"' not in text(page)

    def test_so_does_set_up_by_a_link(self, client: Client, db: None) -> None:
        assert not is_german(client.get("/setup/open/nothing/", **GERMAN))
        assert not is_german(client.get("/sso/shared/nothing", **GERMAN))

    def test_an_administrator_reads_that_on_the_account_page(
        self, client: Client, make_admin: Any, make_user: Any
    ) -> None:
        sign_in(client, make_admin("boss", language="de"))
        assert "Die Konsole ist auf Englisch." in text(client.get("/account/"))

        sign_in(client, make_user("ana", language="de"))
        assert "Die Konsole" not in text(client.get("/account/"))


class TestMails:
    def test_they_are_in_the_recipient_s_language(self, make_user: Any, mailoutbox: Any) -> None:
        ana = make_user("ana", language="de")

        with english():  # as an administrator's page is
            tell_of_factors.func(str(ana.pk), News.RESET.value, {"who": "Ada"}, "en")
            tell_password_reset.func(str(ana.pk), "en")

        subjects = [mail.subject for mail in mailoutbox]
        assert subjects == ["Ihr zweiter Faktor wurde zurückgesetzt", "Ihr Passwort wurde geändert"]
        for mail in mailoutbox:
            assert "Sie erhalten diese E-Mail, weil" in mail.body
            page, _kind = mail.alternatives[0]
            assert '<html lang="de">' in page

    def test_who_has_chosen_none_reads_that_of_the_page_which_asked(
        self, make_user: Any, mailoutbox: Any
    ) -> None:
        ana = make_user("ana", password="x", verified_email="ana@acme.example")

        send_reset_mail.func(ana.email, "de")
        send_reset_mail.func(ana.email, "tlh")
        send_reset_mail.func(ana.email)

        assert [mail.subject for mail in mailoutbox] == [
            "Wählen Sie ein anderes Passwort",
            "Choose another password",
            "Choose another password",
        ]

    def test_a_page_passes_its_language_on(
        self, client: Client, make_user: Any, mailoutbox: Any
    ) -> None:
        ana = make_user("ana", password="x", verified_email="ana@acme.example", source="invitation")

        client.post("/password/forgot/", {"email": ana.email}, **GERMAN)
        work()
        sign_in(client, ana).post("/account/email/", {"email": "ana@new.example"}, **GERMAN)
        work()

        assert [mail.subject for mail in mailoutbox] == [
            "Wählen Sie ein anderes Passwort",
            "Ist das Ihre Adresse?",
        ]

    def test_an_invitation_follows_who_is_invited(
        self, make_user: Any, actor: Actor, acme: Organization, mailoutbox: Any
    ) -> None:
        for name, language in (("ana", "de"), ("ben", "")):
            invite(user=make_user(name, language=language), actor=actor)
        work()

        assert sorted(mail.subject for mail in mailoutbox) == [
            "Ihre Einladung zum Lernportal von Acme",
            "Your invitation to Acme’s learning portal",
        ]

    def test_an_activation_link_is_answered_as_it_was_asked(
        self, actor: Actor, acme: Organization, mailoutbox: Any
    ) -> None:
        Domain.objects.create(
            organization=acme, name="acme.example", token="proof", verified_at=timezone.now()
        )
        link = make_activation_link(organization=acme, actor=actor)

        answer_activation.func(str(link.pk), "new@acme.example", "de")

        assert mailoutbox[0].subject == "Ihr Konto im Lernportal von Acme"

    def test_mails_about_a_profile_are_too(self, make_user: Any, mailoutbox: Any) -> None:
        tell_disconnected.func(str(make_user("ana", language="de").pk))

        assert mailoutbox[0].subject == "Ihr LinkedIn-Profil wurde getrennt"
        assert "die Administration von Acme hat" in mailoutbox[0].body

    def test_administrators_are_written_to_in_english(
        self, make_admin: Any, acme: Organization, mailoutbox: Any
    ) -> None:
        make_admin("boss", language="de")

        with translation.override("de"):
            write_to_full_admins(
                acme, "A subject", "accounts/sso_required_mail", page="/console/", who="Ada"
            )

        assert "You get this mail because you are a full admin" in mailoutbox[0].body
        assert "Guten Tag" not in mailoutbox[0].body


class TestDates:
    def test_they_are_written_as_the_language_writes_them(
        self, client: Client, make_user: Any, acme: Organization
    ) -> None:
        sign_in(client, make_user("ana", language="de"))

        page = text(client.get("/account/"))

        assert "gerade eben" in page
        for name in ("Mon ", "Tue ", "Wed ", "Thu ", "Sun "):
            assert f'title="{name}' not in page


@pytest.fixture
def without_german(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was looked up and neither our catalog nor Django's has."""
    catalog = trans_real.translation("de")._catalog  # type: ignore[attr-defined]
    missing: list[str] = []

    def noted(name: str, key: Callable[..., object]) -> None:
        real = getattr(trans_real, name)

        def look_up(*args: Any) -> Any:
            if translation.get_language() == "de" and args[0]:
                try:
                    catalog[key(*args)]
                except KeyError:
                    missing.append(str(args[:2]))
            return real(*args)

        monkeypatch.setattr(trans_real, name, look_up)
        monkeypatch.setattr(translation._trans, name, look_up, raising=False)  # type: ignore[attr-defined]

    noted("gettext", str)
    noted("ngettext", lambda one, _many, _count: (str(one), 0))
    noted("pgettext", lambda context, words: f"{context}\x04{words}")
    return missing


DOORS = [
    *("/login/", "/login/new/", "/o/acme/login/", "/o/acme/login/new/", "/o/acme/recover/"),
    *("/o/nobody/login/", "/password/forgot/", "/password/forgot/sent/", "/password/reset/"),
    *("/invitation/", "/join/nothing/", "/login/second-factor/", "/login/choose/", "/logout/"),
    *("/connect/leave/", "/login/profile/choose/", "/no/such/page"),
]
OWN_PAGES = [
    *("/", "/account/", "/account/email/", "/account/password/", "/account/data/", "/logout/"),
    *("/account/authenticator/", "/account/recovery-codes/", "/account/passkeys/"),
    *("/connect/", "/connect/consent/", "/connect/agree/", "/connect/disconnect/", "/waiting/"),
]


class TestNothingIsLeftInEnglish:
    """Beside the catalog's own check: this one sees what pages look up, wherever it is marked."""

    @pytest.mark.parametrize("path", DOORS)
    def test_at_the_doors(
        self, client: Client, acme: Organization, without_german: list[str], path: str
    ) -> None:
        client.get(path, **GERMAN)
        client.post(path, {}, **GERMAN)
        client.post(path, {"email": "x", "password": "y", "code": "z"}, **GERMAN)

        assert without_german == []

    @pytest.mark.parametrize("policy", BindingPolicy)
    @pytest.mark.parametrize("path", OWN_PAGES)
    def test_on_ones_own_pages(
        self,
        client: Client,
        make_user: Any,
        acme: Organization,
        without_german: list[str],
        path: str,
        policy: str,
    ) -> None:
        Organization.objects.filter(pk=acme.pk).update(binding_policy=policy)
        sign_in(client, make_user("ana", language="de", password="x"))

        client.get(path)
        client.post(path, {})

        assert without_german == []
