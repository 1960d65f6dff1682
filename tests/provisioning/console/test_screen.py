"""*Directory sync*: what it says in each state, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import DirectoryGroup, Organization, User
from accounts.roles import Ability, Role
from accounts.services import deactivate_user, reactivate_user
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from provisioning.console import screen
from provisioning.models import ScimConfiguration, ScimToken
from provisioning.schema import ENTERPRISE_USER
from provisioning.services import configure_directory, pause_directory, undo_removals
from tests.provisioning.console.conftest import make_call, make_token, text_of, told

URL = "/console/directory/"
SignIn = Callable[..., Client]


class TestWhoMayLook:
    def test_a_full_admin_finds_it_in_the_menu(self, console: Client) -> None:
        menu = text_of(console.get("/console/")).partition('<nav id="nav-sidebar"')[2]

        assert f'href="{URL}"' in menu.partition("</nav>")[0]

    @pytest.mark.parametrize(("ability", "status"), [(Ability.DIRECTORY, 200), (Ability.SSO, 403)])
    def test_a_sub_admin_needs_the_ability(
        self, client: Client, sign_in: SignIn, make_user: Any, ability: Ability, status: int
    ) -> None:
        sign_in(client, make_user("helper", role=Role.SUB_ADMIN, abilities=[ability]))

        menu = text_of(client.get("/console/"))

        assert client.get(URL).status_code == status
        assert (f'href="{URL}"' in menu) == (status == 200)

    def test_a_learner_is_refused(self, client: Client, sign_in: SignIn, make_user: Any) -> None:
        sign_in(client, make_user("ana"))

        assert client.get(URL).status_code in {302, 403}

    def test_staff_choose_an_organization(
        self, staff_console: Client, acme: Organization, globex: Organization
    ) -> None:
        make_token(globex, "Globex token")

        assert staff_console.get(URL).status_code == 404
        assert staff_console.get(f"{URL}?organization=nobody").status_code == 404
        assert "Globex token" in text_of(staff_console.get(f"{URL}?organization=globex"))
        assert "Globex token" not in text_of(staff_console.get(f"{URL}?organization=acme"))
        assert f"{URL}?organization=acme" in text_of(staff_console.get("/console/"))

    def test_every_link_of_staff_keeps_the_organization(
        self, staff_console: Client, globex: Organization
    ) -> None:
        make_call(globex)

        page = text_of(staff_console.get(f"{URL}?organization=globex"))

        for link in page.split(f'href="{URL}')[1:]:
            assert "organization=globex" in link.partition('"')[0]

    def test_another_organization_cannot_be_named_in_the_address(
        self, console: Client, globex: Organization
    ) -> None:
        make_token(globex, "Globex token")

        assert "Globex token" not in text_of(console.get(f"{URL}?organization=globex"))


class TestStates:
    def test_without_a_token_the_page_leads_to_the_guides(self, console: Client) -> None:
        page = text_of(console.get(URL))

        assert "Connect your directory" in page
        for guide in ("entra", "okta", "other"):
            assert f'href="{URL}guide/{guide}/"' in page
        assert "Latest calls" not in page

    def test_with_a_token_it_waits_for_the_first_call(
        self, console: Client, acme: Organization
    ) -> None:
        make_token(acme)

        page = text_of(console.get(URL))

        assert "Waiting for the first call" in page
        assert "Look again" in page

    def test_the_first_call_shows_up(self, console: Client, acme: Organization) -> None:
        make_call(acme, "GET", dialect="entra")

        page = text_of(console.get(URL))

        assert "In step" in page
        assert "a language called SCIM" in page
        assert f'href="{URL}guide/entra/"' in page
        assert "Microsoft Entra ID" in page
        assert "1 call in 48 hours" in page

    def test_before_anybody_came_it_says_what_comes_next(
        self, console: Client, acme: Organization, make_user: Any
    ) -> None:
        make_call(acme, "GET", dialect="entra")
        before = text_of(console.get(URL))

        make_user("ana", source=User.Source.SCIM)

        assert "has added nobody yet" in before
        assert "1 call in 48 hours, none changed anything." in before
        assert "has added nobody yet" not in text_of(console.get(URL))

    def test_a_refusal_of_today_is_a_state(self, console: Client, acme: Organization) -> None:
        make_call(acme, "POST", status=409, scim_type="uniqueness")

        assert "Some calls are refused" in text_of(console.get(URL))

    def test_a_refusal_of_today_that_is_mended_is_none(
        self, console: Client, acme: Organization
    ) -> None:
        about = {"resource_id": UUID(int=1)}
        make_call(acme, "POST", status=409, scim_type="uniqueness", minutes_ago=9, **about)
        make_call(acme, "POST", status=201, **about)

        assert "In step" in text_of(console.get(URL))

    @pytest.mark.parametrize(("dialect", "state"), [("entra", "Quiet"), ("okta", "In step")])
    def test_each_directory_has_its_own_rhythm(
        self, console: Client, acme: Organization, dialect: str, state: str
    ) -> None:
        make_call(acme, minutes_ago=7 * 60, dialect=dialect)

        assert state in text_of(console.get(URL))

    def test_a_dialect_that_nobody_knows_is_a_directory(
        self, console: Client, acme: Organization
    ) -> None:
        make_call(acme, dialect="onelogin")

        page = text_of(console.get(URL))

        assert "Your directory" in page
        assert "On: if your directory removes too many people" in page

    def test_reads_that_tell_no_dialect_leave_the_name_as_it_was(
        self, console: Client, acme: Organization
    ) -> None:
        make_call(acme, minutes_ago=8 * 60, dialect="entra_optscim")
        make_call(acme, "GET", minutes_ago=7 * 60, dialect="other")

        page = text_of(console.get(URL))

        assert "Microsoft Entra ID" in page
        assert "Quiet for too long" in page

    @pytest.mark.parametrize("how", ["revoked_at", "expires_at"])
    def test_without_a_valid_token_it_says_so(
        self, console: Client, acme: Organization, how: str
    ) -> None:
        make_call(acme)
        long_ago = timezone.now() - timedelta(days=400)
        moment = timezone.now() - timedelta(minutes=1)
        ScimToken.objects.update(created_at=long_ago, **{how: moment})

        page = text_of(console.get(URL))

        assert "No token is valid" in page
        standing = page.partition('aria-labelledby="standing"')[2].partition("</section>")[0]
        assert f'href="{URL}tokens/new/"' in standing
        assert ("Revoked" if how == "revoked_at" else "Expired") in page

    def test_people_and_groups_that_it_looks_after_are_counted(
        self, console: Client, acme: Organization, globex: Organization, make_user: Any
    ) -> None:
        make_call(acme)
        for name in ("ana", "ben"):
            make_user(name, source=User.Source.SCIM)
        make_user("gus", organization=globex, source=User.Source.SCIM)
        make_user("eva", source=User.Source.SCIM, state=User.State.DELETED)
        for source in DirectoryGroup.Source:
            DirectoryGroup.objects.create(organization=acme, display_name=source, source=source)

        page = text_of(console.get(URL))

        assert "2 people · 1 group" in page
        # The administrator came another way.
        settings = page.partition('aria-labelledby="settings"')[2]
        adopts, brake = settings.partition("Brake on mass removal")[::2]
        assert "See the one person whom no directory looks after" in adopts
        assert "See whom it removed in the last 24 hours" in brake


class TestFeed:
    def test_a_call_is_told_with_who_what_and_how_long(
        self, console: Client, acme: Organization
    ) -> None:
        make_call(
            acme,
            subject="Lea Fontaine",
            changes={"title": ["E…", "P…"], "department": [None, "S…"]},
            milliseconds=18,
        )

        page = text_of(console.get(URL))

        for words in ("Lea Fontaine", "PATCH", "Updated", "title, department", "18 ms"):
            assert words in page

    @pytest.mark.parametrize(
        ("method", "fields", "word"),
        [
            ("POST", {"status": 201, "changes": {"userName": [None, "l…"]}}, "Added"),
            ("POST", {"status": 201, "changes": {"title": [None, "E…"]}}, "Taken over"),
            ("POST", {"status": 201, "changes": {"userName": ["l…", "L…"]}}, "Taken over"),
            ("POST", {"status": 201, "changes": {"active": [False, True]}}, "Reactivated"),
            ("POST", {"changes": {"members": {}}, "resource_type": "Group"}, "Added"),
            ("DELETE", {"status": 204}, "Removed"),
            ("PATCH", {"changes": {"active": [True, False]}}, "Deactivated"),
            ("PATCH", {"changes": {"active": [False, True]}}, "Reactivated"),
            ("PUT", {}, "Nothing new"),
            ("GET", {}, "Read only"),
            ("POST", {"operation": "bulk"}, "Done"),
            ("PATCH", {"status": 400, "scim_type": "mutability"}, "can’t be written"),
        ],
    )
    def test_the_result_is_a_word(
        self, console: Client, acme: Organization, method: str, fields: Any, word: str
    ) -> None:
        make_call(acme, method, **fields)

        assert word in text_of(console.get(URL)).partition("Latest calls")[2]

    def test_what_is_switched_says_which_way(self, console: Client, acme: Organization) -> None:
        make_call(acme, changes={"active": [True, False], "title": ["E…", "P…"]})

        assert "active: yes → no" in text_of(console.get(URL))

    def test_of_somebody_new_the_attributes_are_counted(
        self, console: Client, acme: Organization
    ) -> None:
        make_call(acme, "POST", changes={"userName": [None, "l…"], "title": [None, "E…"]})

        page = text_of(console.get(URL))

        assert "2 attributes" in page
        assert "userName, title" not in page

    def test_a_part_of_an_extension_is_told_by_its_name(
        self, console: Client, acme: Organization
    ) -> None:
        make_call(acme, changes={f"{ENTERPRISE_USER.id}:manager": [None, "7…"]})

        feed = text_of(console.get(URL)).partition("Latest calls")[2]

        assert ">manager<" in feed

    def test_what_the_brake_holds_is_said_in_few_words(
        self, console: Client, acme: Organization
    ) -> None:
        make_call(acme, status=503, detail="This directory is paused because of the brake.")

        feed = text_of(console.get(URL)).partition("Latest calls")[2]

        assert "Held by the brake" in feed
        assert "because of the brake" not in feed

    @pytest.mark.parametrize(
        ("method", "kind", "words"),
        [
            ("POST", "User", "Somebody new"),
            ("PATCH", "User", "Somebody unknown"),
            ("POST", "Group", "A new group"),
            ("PATCH", "Group", "An unknown group"),
            ("GET", "Group", "Groups"),
            ("POST", "", "Add"),
        ],
    )
    def test_whom_no_name_is_known_of_is_said_in_words(
        self, console: Client, acme: Organization, method: str, kind: str, words: str
    ) -> None:
        make_call(acme, method, status=400, resource_type=kind)

        assert f"<b>{words}</b>" in text_of(console.get(URL))

    def test_an_address_that_is_none_is_said_to_be_one(
        self, console: Client, acme: Organization
    ) -> None:
        make_call(
            acme, "GET", status=404, scim_type="noEndpoint", operation="other", resource_type=""
        )

        assert "<b>An unknown address</b>" in text_of(console.get(URL))

    def test_many_are_named_by_their_kind(self, console: Client, acme: Organization) -> None:
        make_call(acme, "GET", resource_type="User")
        make_call(acme, "GET", resource_type="", operation="discover")

        feed = text_of(console.get(URL)).partition("Latest calls")[2]

        assert '<b>People</b></a> <small class="muted">list</small>' in feed
        assert "<b>Discovery</b>" in feed

    def test_members_are_counted(self, console: Client, acme: Organization) -> None:
        make_call(acme, subject="Sales", resource_type="Group", changes={"members": {"added": 6}})

        assert "members: 6 added" in text_of(console.get(URL))

    @pytest.mark.parametrize(
        ("wanted", "seen"),
        [
            ("", {"Reader", "Writer", "Refused one"}),
            ("changes", {"Writer"}),
            ("refused", {"Refused one"}),
            ("nonsense", {"Reader", "Writer", "Refused one"}),
        ],
    )
    def test_chips_choose_which_calls(
        self, console: Client, acme: Organization, wanted: str, seen: set[str]
    ) -> None:
        make_call(acme, "GET", subject="Reader")
        make_call(acme, "PATCH", subject="Writer")
        make_call(acme, "POST", subject="Refused one", status=429)

        feed = text_of(console.get(URL, {"calls": wanted})).partition("Latest calls")[2]

        assert {name for name in ("Reader", "Writer", "Refused one") if name in feed} == seen

    def test_where_no_call_fits_one_link_leads_on(
        self, console: Client, acme: Organization
    ) -> None:
        make_token(acme)

        feed = text_of(console.get(URL)).partition("Latest calls")[2]
        refused = text_of(console.get(URL, {"calls": "refused"})).partition("Latest calls")[2]

        assert "Open the guide" in feed
        assert f'href="{URL}">Show all calls' in refused

    def test_calls_of_another_organization_are_not_shown(
        self, console: Client, acme: Organization, globex: Organization
    ) -> None:
        make_call(acme)
        make_call(globex, subject="Gus of Globex", status=409, scim_type="uniqueness")

        page = text_of(console.get(URL))

        assert "Gus of Globex" not in page
        assert "1 call in 48 hours" in page
        assert "Needs you" not in page


class TestNeedsYou:
    def test_refusals_are_grouped_by_cause_with_what_mends_it(
        self, console: Client, acme: Organization
    ) -> None:
        for name in ("noor", "omar"):
            make_call(acme, "POST", status=409, scim_type="uniqueness", subject=name, detail="Who?")
        make_call(acme, status=400, scim_type="invalidPath", dialect="entra")

        page = text_of(console.get(URL))

        assert "2 causes in 7 days" in page
        assert "2 calls, the latest" in page
        assert "Group Linking" in page, "Okta’s own remedy"
        assert "In Entra: Provisioning › Attribute mapping" in page
        assert "?cause=taken" in page

    @pytest.mark.parametrize(
        ("method", "status", "scim_type"),
        [
            ("PATCH", 429, ""),
            ("PATCH", 503, ""),
            ("PATCH", 412, ""),
            ("GET", 501, ""),
            ("GET", 404, ""),
            ("GET", 400, "expiredCursor"),
        ],
    )
    def test_what_mends_itself_needs_nobody(
        self, console: Client, acme: Organization, method: str, status: int, scim_type: str
    ) -> None:
        make_call(acme, method, status=status, scim_type=scim_type)

        page = text_of(console.get(URL))

        assert "Needs you" not in page
        assert "In step" in page

    @pytest.mark.parametrize(
        ("later", "is_mended"),
        [
            ({"method": "PATCH"}, True),
            ({"method": "PATCH", "status": 400}, False),
            ({"method": "DELETE"}, False),
            ({"method": "PATCH", "resource_id": UUID(int=2)}, False),
        ],
    )
    def test_a_cause_is_gone_once_the_same_call_works_for_the_same_person(
        self, console: Client, acme: Organization, later: dict[str, Any], is_mended: bool
    ) -> None:
        about = {"resource_id": UUID(int=1)}
        make_call(acme, "PATCH", status=400, scim_type="invalidPath", minutes_ago=9, **about)
        make_call(acme, **(about | later))

        assert ("Needs you" not in text_of(console.get(URL))) is is_mended

    def test_what_is_older_than_a_week_is_history(
        self, console: Client, acme: Organization
    ) -> None:
        make_call(acme, "POST", status=409, scim_type="uniqueness", minutes_ago=60 * 24 * 7 + 5)
        make_call(acme)

        assert "Needs you" not in text_of(console.get(URL))

    def test_what_a_directory_said_is_shown_as_text(
        self, console: Client, acme: Organization
    ) -> None:
        make_call(acme, "POST", status=400, detail="<b>x</b>", subject="<i>y</i>", client="<u>z")

        page = console.get(URL).content.decode()

        assert not re.findall(r"<b>x|<i>y|<u>z", page)
        assert "&lt;b&gt;x" in page


@pytest.mark.parametrize("told", ["", "other"])
def test_what_mends_a_read_that_tells_no_directory_is_said_in_the_words_of_the_one_that_speaks(
    console: Client, acme: Organization, told: str
) -> None:
    make_call(acme, dialect="entra", minutes_ago=9)
    make_call(acme, "GET", status=404, scim_type="noEndpoint", dialect=told)

    page = text_of(console.get(URL))

    assert "In Entra: Provisioning › Tenant URL." in page


def test_a_call_that_tells_its_directory_is_answered_in_its_own_words(
    console: Client, acme: Organization
) -> None:
    make_call(acme, status=400, scim_type="mutability", dialect="okta", minutes_ago=9)
    make_call(acme, dialect="entra")

    assert "In Okta: Provisioning › To App" in text_of(console.get(URL))


class TestPaused:
    @pytest.fixture
    def paused(self, acme: Organization, make_user: Any) -> Organization:
        call = make_call(acme)
        directory = Actor.directory(str(call.token_id), "Okta")
        for number in range(12):
            deactivate_user(user=make_user(f"gone-{number}"), actor=directory)
        ScimConfiguration.objects.update(window_removed=12)
        configuration = ScimConfiguration.objects.get(pk=acme.pk)
        pause_directory(configuration=configuration, actor=directory)
        return acme

    def test_it_says_what_happened_to_whom_and_offers_both_ways(
        self, console: Client, paused: Organization
    ) -> None:
        page = text_of(console.get(URL))

        assert "Okta is paused" in page
        assert "it removed 12 people" in page
        assert "Gone-11 Test, Gone-10 Test" in page
        assert "Gone-0 Test" not in page, "the last ones are enough to recognize"
        assert f'href="{URL}undo/"' in page
        assert f'href="{URL}resume/"' in page

    def test_it_leads_to_whose_changes_wait(self, console: Client, paused: Organization) -> None:
        make_call(paused, status=503, subject="Next Up")
        make_call(paused, subject="Long Done")

        calls = "/console/provisioning/provisioninglogentry/?cause=paused"
        assert f'href="{calls}"' in text_of(console.get(URL))
        waiting = text_of(console.get(calls))
        assert "Next Up" in waiting
        assert "Long Done" not in waiting

    def test_who_came_back_and_went_again_is_named_once(
        self, console: Client, paused: Organization
    ) -> None:
        last = User.objects.get(user_name="gone-11")
        reactivate_user(user=last, actor=Actor.system("tests"))
        token = ScimToken.objects.get()
        deactivate_user(user=last, actor=Actor.directory(str(token.pk), "Okta"))

        page = text_of(console.get(URL))

        assert page.count("Gone-11 Test") == 1
        assert "removed somebody 12 times, some more than once" in page

    def test_who_came_back_is_not_named(self, console: Client, paused: Organization) -> None:
        reactivate_user(user=User.objects.get(user_name="gone-11"), actor=Actor.system("tests"))

        page = text_of(console.get(URL))

        assert "Gone-11 Test" not in page
        assert "Gone-10 Test" in page
        assert f'href="{URL}undo/"' in page

    def test_once_everybody_is_back_it_says_what_comes_next(
        self, console: Client, paused: Organization
    ) -> None:
        undo_removals(organization=paused, actor=Actor.system("tests"))

        page = text_of(console.get(URL))

        held = page.partition('aria-labelledby="held"')[2].partition("</section>")[0]
        assert "Everybody it removed is back." in held
        assert "Undo" not in held
        assert f'href="{URL}resume/"' in held

    def test_whom_it_removed_more_than_a_day_ago_is_not_said_to_be_back(
        self, console: Client, paused: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(screen, "UNDO_WITHIN", timedelta(0))

        assert "is back" not in text_of(console.get(URL))

    def test_another_organization_hears_nothing_of_it(
        self, client: Client, sign_in: SignIn, paused: Organization, make_user: Any, globex: Any
    ) -> None:
        make_call(globex)
        sign_in(client, make_user("gus", organization=globex, role=Role.FULL_ADMIN))

        page = text_of(client.get(URL))

        assert "is paused" not in page
        assert "Gone-" not in page

    def test_everything_at_once_costs_ten_statements(
        self, console: Client, paused: Organization, make_pool: Any
    ) -> None:
        make_pool(seats=3)
        for number in range(30):
            make_token(paused, f"Token {number}")
            make_call(paused, "POST", status=409, scim_type="uniqueness", subject=f"n{number}")
            make_call(paused, minutes_ago=60 * number)

        with CaptureQueriesContext(connection) as asked:
            assert console.get(URL).status_code == 200

        assert len(asked) <= 10


class TestSettings:
    def sent(self, page: Any, **wanted: Any) -> dict[str, Any]:
        """What a browser would send: what is on, and what the page showed at first."""
        sent: dict[str, Any] = {}
        for field in page.context["form"]:
            value = wanted.get(field.name, field.value())
            if value not in (None, False):
                sent[field.html_name] = "on" if value is True else value
            sent[field.html_initial_name] = "" if field.value() is None else field.value()
        return sent

    def test_what_is_changed_is_saved_and_recorded(
        self, console: Client, acme: Organization, make_pool: Any
    ) -> None:
        pool = make_pool(name="Engineers", seats=7)
        page = console.get(URL)

        answer = console.post(
            URL, self.sent(page, auto_assign=True, pool=str(pool.pk), brake_percent="10")
        )

        row = ScimConfiguration.objects.get(pk=acme.pk)
        assert (row.auto_assign, row.pool, row.brake_percent) == (True, pool, 10)
        assert answer.headers["Location"] == URL
        assert "Saved" in told(answer)
        assert AuditEvent.objects.filter(action=Action.DIRECTORY_CHANGED).count() == 1

    def test_the_switch_says_how_many_seats_there_are(
        self, console: Client, make_pool: Any
    ) -> None:
        assert "No seat is free" in text_of(console.get(URL))
        make_pool(seats=7)

        assert "7 seats are free" in text_of(console.get(URL))

    def test_nothing_changed_is_nothing_saved(self, console: Client, acme: Organization) -> None:
        make_token(acme)

        answer = console.post(URL, self.sent(console.get(URL)))

        assert "Nothing to save" in told(answer)
        assert not AuditEvent.objects.filter(action=Action.DIRECTORY_CHANGED).exists()

    def test_what_a_colleague_changed_meanwhile_stays(
        self, console: Client, acme: Organization, actor: Actor
    ) -> None:
        make_token(acme)
        page = console.get(URL)
        configure_directory(organization=acme, changes={"brake_is_on": False}, actor=actor)

        console.post(URL, self.sent(page, adopts_people=True))

        row = ScimConfiguration.objects.get(pk=acme.pk)
        assert (row.adopts_people, row.brake_is_on) == (True, False)

    @pytest.mark.parametrize(
        ("field", "value"),
        [("brake_percent", "0"), ("brake_percent", "101"), ("brake_minimum", "")],
    )
    def test_a_number_that_cannot_be_is_marked(
        self, console: Client, acme: Organization, field: str, value: str
    ) -> None:
        make_token(acme)

        answer = console.post(URL, self.sent(console.get(URL), **{field: value}))

        assert "Nothing is saved yet" in text_of(answer)
        assert field in answer.context["form"].errors

    def test_a_pool_of_another_organization_is_no_choice(
        self, console: Client, acme: Organization, globex: Organization, make_pool: Any
    ) -> None:
        foreign = make_pool(organization=globex, name="Globex seats")
        page = console.get(URL)

        answer = console.post(URL, self.sent(page, pool=str(foreign.pk)))

        assert "Globex seats" not in text_of(page)
        assert "pool" in answer.context["form"].errors

    def test_the_pool_is_taken_away_again(
        self, console: Client, acme: Organization, actor: Actor, make_pool: Any
    ) -> None:
        configure_directory(organization=acme, changes={"pool": make_pool()}, actor=actor)

        console.post(URL, self.sent(console.get(URL), pool=""))

        assert ScimConfiguration.objects.get(pk=acme.pk).pool is None
