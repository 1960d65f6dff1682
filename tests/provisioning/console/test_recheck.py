"""*Re-check one person*: found, laid side by side, and what comes next in one sentence."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Organization, User
from accounts.roles import Ability, Role
from accounts.services import change_members, create_group, deactivate_user, reactivate_user
from audit.actors import Actor
from audit.models import AuditEvent
from licenses.policies import Source
from licenses.services import assign_license, assign_licenses
from provisioning.models import ProvisioningLogEntry, ScimConfiguration, ScimToken
from provisioning.schema.tables import CUSTOM_USER_URN
from provisioning.services import configure_directory, pause_directory, revoke_token, undo_removals
from tests.provisioning.conftest import ENTERPRISE, Directory, user
from tests.provisioning.console.conftest import make_call, text_of

SEARCH = "/console/directory/check/"
OKTA = {"User-Agent": "Okta SCIM Client 1.0.0"}


def page_of(person: User | uuid.UUID | str) -> str:
    return f"{SEARCH}{getattr(person, 'pk', person)}/"


def next_of(page: str) -> str:
    found = re.search(r'id="next">.*?</section>', page, re.DOTALL)
    assert found
    return re.sub(r"<[^>]+>", " ", found[0])


def row_of(page: str, label: str) -> list[str]:
    """The cells beside a field: said, here, by whom, difference."""
    row = next(each for each in page.split("<tr>") if each.startswith(f'<th scope="row">{label}<'))
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]


@pytest.fixture
def ana(directory: Directory, make_user: Any) -> User:
    answer = directory.call(
        "POST",
        "/Users",
        user(
            "ana@acme.example",
            externalId="00u7",
            name={"givenName": "Ana", "familyName": "Alves"},
            emails=[{"value": "ana@acme.example", "type": "work", "primary": True}],
            title="Engineer",
            nickName="Annie",
            addresses=[{"locality": "Lisbon", "country": "PT"}],
            phoneNumbers=[{"value": "555-0100"}],
            **{
                ENTERPRISE: {
                    "department": "Robotics",
                    "manager": {"value": str(make_user("mo").pk)},
                },
                CUSTOM_USER_URN: {"badge": 17, "shifts": ["a", "b", "c", "d"], "remote": True},
            },
        ),
        **OKTA,
    )
    assert answer.status_code == 201, answer.content
    return User.objects.get_queryset().get(pk=answer.json()["id"])


class TestSearch:
    @pytest.mark.parametrize("wanted", ["ana@ACME.example", "00u7", "alves ana", "Alv"])
    def test_the_only_one_meant_is_shown_at_once(
        self, console: Client, ana: User, make_user: Any, wanted: str
    ) -> None:
        make_user("ben")

        assert console.get(SEARCH, {"q": wanted}).headers["Location"] == page_of(ana)

    def test_an_id_finds_too(self, console: Client, ana: User) -> None:
        assert console.get(SEARCH, {"q": f" {ana.pk} "}).headers["Location"] == page_of(ana)

    def test_several_are_listed(
        self, console: Client, ana: User, make_user: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(3):
            make_user(f"alves{number}")
        monkeypatch.setattr("provisioning.console.recheck.FOUND", 3)

        page = text_of(console.get(SEARCH, {"q": "alves"}))

        assert "Whom do you mean?" in page
        assert page.count(f'href="{SEARCH}') == 3
        assert "There are more" in page

    def test_without_a_word_it_offers_whom_calls_were_about(
        self, console: Client, ana: User, make_user: Any
    ) -> None:
        make_user("ben")

        page = text_of(console.get(SEARCH))

        assert "Lately in the calls" in page
        assert page_of(ana) in page
        assert "Ben Test" not in page

    def test_without_a_call_it_offers_nobody(self, console: Client, acme: Organization) -> None:
        assert "No call of late was about a person" in text_of(console.get(SEARCH))

    def test_somebody_who_is_not_here_was_perhaps_refused(
        self, console: Client, acme: Organization
    ) -> None:
        make_call(acme, "POST", status=400, scim_type="invalidValue", detail="emails: noor@ is no")

        page = text_of(console.get(SEARCH, {"q": "noor"}))

        assert "Nobody here is found under “noor”" in page
        assert "A value that can’t be" in page
        assert "In Okta: Provisioning" in page

    def test_or_never_sent(self, console: Client, acme: Organization) -> None:
        make_call(acme, dialect="entra")

        page = text_of(console.get(SEARCH, {"q": "noor"}))

        assert "has not added them" in page
        assert "Provision on demand" in page

    def test_people_and_calls_of_another_organization_are_nobody_s(
        self, console: Client, globex: Organization, make_user: Any
    ) -> None:
        gus = make_user("gus", organization=globex, external_id="g7")
        make_call(globex, "POST", status=409, scim_type="uniqueness", detail="gus is taken")
        make_call(globex, resource_id=gus.pk)

        for wanted in ("gus", "g7", str(gus.pk), "Gus Test"):
            page = text_of(console.get(SEARCH, {"q": wanted}))
            assert "Nobody here" in page
            assert "is taken" not in page
        assert "Gus" not in text_of(console.get(SEARCH))


class TestWhoMayLook:
    def test_a_person_of_another_organization_does_not_exist(
        self, console: Client, globex: Organization, make_user: Any
    ) -> None:
        gus = make_user("gus", organization=globex)

        assert console.get(page_of(gus)).status_code == 404
        assert console.get(page_of(uuid.uuid4())).status_code == 404
        assert console.get(page_of(gus), {"organization": "globex"}).status_code == 404

    def test_staff_look_at_the_organization_they_named(
        self, staff_console: Client, acme: Organization, globex: Organization, make_user: Any
    ) -> None:
        gus = make_user("gus", organization=globex)

        page = text_of(staff_console.get(page_of(gus), {"organization": "globex"}))

        assert "Gus Test" in page
        for link in re.findall(rf'href="({re.escape(SEARCH)}[^"]*)"', page):
            assert "organization=globex" in link
        assert staff_console.get(page_of(gus), {"organization": "acme"}).status_code == 404
        found = staff_console.get(SEARCH, {"organization": "globex", "q": "gus"})
        assert found.headers["Location"] == f"{page_of(gus)}?organization=globex"

    def test_the_link_to_the_person_s_page_is_for_those_who_may_see_it(
        self, client: Client, sign_in: Any, make_user: Any, ana: User
    ) -> None:
        for abilities, may in (([Ability.DIRECTORY], False), ([*Ability], True)):
            helper = make_user(
                f"h{len(abilities)}", role=Role.SUB_ADMIN, abilities=[str(a) for a in abilities]
            )
            page = text_of(sign_in(client, helper).get(page_of(ana)))
            assert (reverse("admin:accounts_user_change", args=[ana.pk]) in page) == may


class TestFields:
    def test_what_was_said_and_what_is_here_stand_side_by_side(
        self, console: Client, ana: User
    ) -> None:
        page = text_of(console.get(page_of(ana)))

        for label, value in (
            ("User name", "ana@acme.example"),
            ("External id", "00u7"),
            ("First name", "Ana"),
            ("Department", "Robotics"),
            ("Manager", "Mo Test"),
        ):
            assert row_of(page, label) == [value, value, "Directory", "Same"]
        assert row_of(page, "State") == ["yes", "Active", "Directory and console", "Same"]
        assert row_of(page, "Location") == ["Lisbon", "Lisbon", "Directory", "Same"]
        assert row_of(page, "Role") == ["–", "Learner", "Console", "Not sent"]

    def test_a_difference_is_marked(self, console: Client, ana: User) -> None:
        User.objects.get_queryset().filter(pk=ana.pk).update(title="Curator")

        page = text_of(console.get(page_of(ana)))

        assert row_of(page, "Title") == ["Engineer", "Curator", "Directory", "Differs"]
        assert "something else than Okta last said" in next_of(page)

    def test_somebody_without_a_record_is_shown_by_the_row(
        self, console: Client, acme: Organization, make_user: Any
    ) -> None:
        make_call(acme)
        ben = make_user("ben", source=User.Source.SCIM, external_id="7")

        page = text_of(console.get(page_of(ben)))

        assert row_of(page, "External id") == ["7", "7", "Directory", "Same"]

    def test_a_manager_who_is_nobody_here_is_no_difference(
        self, console: Client, directory: Directory
    ) -> None:
        answer = directory.create_user("ben", **{ENTERPRISE: {"manager": {"value": "P-17"}}})

        page = text_of(console.get(page_of(answer.json()["id"])))

        assert row_of(page, "Manager") == ["P-17", "–", "Directory", "Nobody here"]
        assert "Nothing has to be done" in next_of(page)

    def test_what_is_kept_besides_is_shortened(self, console: Client, ana: User) -> None:
        page = text_of(console.get(page_of(ana))).partition('id="kept"')[2]

        assert "<code>nickName</code>" in page
        assert "<code>badge</code>" in page
        assert "own attributes" in page
        assert "a, b, c, …" in page
        assert "P…, L…" in page, "the parts of an address"
        assert "yes" in page, "a switch of their own"
        for secret in ("Annie", "555-0100"):
            assert secret not in page

    def test_of_somebody_whom_no_directory_looks_after_nothing_was_said(
        self, console: Client, acme: Organization, make_user: Any
    ) -> None:
        make_call(acme)
        mara = make_user("mara", title="Curator", source=User.Source.SSO)

        page = text_of(console.get(page_of(mara)))

        assert row_of(page, "Title") == ["–", "Curator", "Console and single sign-on", "Not sent"]
        assert row_of(page, "User name")[2] == "Nobody: given once"
        assert row_of(page, "State")[2] == "Console"
        assert "Kept and given back" not in page

    def test_groups_calls_and_license_stand_below(
        self,
        console: Client,
        ana: User,
        directory: Directory,
        actor: Actor,
        make_pool: Any,
        make_user: Any,
    ) -> None:
        make_pool(name="Everyone", seats=1)
        assign_license(user=ana, source=Source.ADMIN, actor=actor)
        directory.create_group("Sales", str(ana.pk))
        own = create_group(organization=directory.organization, display_name="Own", actor=actor)
        change_members(group=own, add=[ana], actor=actor)
        directory.call("PUT", f"/Users/{make_user('ben').pk}", user("ben"))

        page = text_of(console.get(page_of(ana)))

        assert re.search(r"<li>Own</li><li>Sales <span class=\"tag\">IdP</span></li>", page)
        assert "A seat of Everyone, by administrator." in page
        assert "gives nobody a license" in page
        calls = page.partition('id="calls"')[2]
        assert calls.count("data-call=") == 1
        assert "Ben Test" not in calls

    def test_it_tells_whether_there_would_be_a_seat(
        self,
        console: Client,
        ana: User,
        actor: Actor,
        acme: Organization,
        make_pool: Any,
        make_user: Any,
    ) -> None:
        pool = make_pool(name="Everyone", seats=3)
        configure_directory(organization=acme, changes={"auto_assign": True}, actor=actor)

        assert "Seats free there now: 3." in text_of(console.get(page_of(ana)))
        held = make_user("holder")
        assign_license(user=held, source=Source.ADMIN, actor=actor)
        page = text_of(console.get(page_of(held)))
        assert "from any pool with a free seat." in page
        assert "Seats free" not in page

        configure_directory(organization=acme, changes={"pool": pool}, actor=actor)
        type(pool).objects.update(seats_taken=3)
        page = text_of(console.get(page_of(ana)))
        assert "from the pool Everyone" in page
        assert "No seat is free there now" in page

    def test_what_a_directory_said_is_text(self, console: Client, directory: Directory) -> None:
        made = directory.create_user("<i>x</i>", title="<b>y</b>", nickName="<")
        page = console.get(page_of(made.json()["id"])).content.decode()

        assert "<b>y" not in page
        assert "<i>x" not in page


class TestWhatComesNext:
    def test_nothing_while_all_is_in_step(self, console: Client, ana: User) -> None:
        said = next_of(text_of(console.get(page_of(ana))))

        assert "Nothing has to be done" in said
        assert "Assignments › the pencil" in said

    def test_each_directory_has_its_own_button(
        self, console: Client, ana: User, acme: Organization
    ) -> None:
        make_call(acme, dialect="entra")
        assert "Provision on demand" in next_of(text_of(console.get(page_of(ana))))

        ProvisioningLogEntry.objects.all().delete()
        assert "synchronize this one person" in next_of(text_of(console.get(page_of(ana))))

    def test_without_a_directory_nothing(
        self, console: Client, acme: Organization, make_user: Any
    ) -> None:
        said = next_of(text_of(console.get(page_of(make_user("mara")))))

        assert "No directory is connected" in said
        assert "Connect one" in said

    def test_switched_off_by_the_directory(
        self, console: Client, ana: User, directory: Directory
    ) -> None:
        directory.call("PUT", f"/Users/{ana.pk}", user("ana@acme.example", active=False), **OKTA)

        page = text_of(console.get(page_of(ana)))

        # A PUT without names leaves none: the person is called by the user name.
        assert "Okta switched ana@acme.example off" in next_of(page)
        assert row_of(page, "State")[0] == "no"

    def test_switched_off_here(self, console: Client, ana: User, actor: Actor) -> None:
        deactivate_user(user=ana, actor=actor)

        page = text_of(console.get(page_of(ana)))

        assert "was deactivated here" in next_of(page)
        assert row_of(page, "State") == [
            "yes",
            "Deactivated",
            "Directory and console",
            "Switched here",
        ]

    def test_brought_back_here_until_the_directory_says_something_again(
        self, console: Client, ana: User, actor: Actor, directory: Directory
    ) -> None:
        directory.call("PUT", f"/Users/{ana.pk}", user("ana@acme.example", active=False), **OKTA)
        reactivate_user(user=ana, actor=actor)
        assert "was brought back here" in next_of(text_of(console.get(page_of(ana))))

        directory.call("PUT", f"/Users/{ana.pk}", user("ana@acme.example", active=True), **OKTA)

        assert "Nothing has to be done" in next_of(text_of(console.get(page_of(ana))))

    def test_refused_says_why_and_what_mends_it(
        self, console: Client, ana: User, acme: Organization
    ) -> None:
        make_call(acme, minutes_ago=-1, status=400, scim_type="mutability", resource_id=ana.pk)

        said = next_of(text_of(console.get(page_of(ana))))

        assert "was refused: An attribute that can’t be written." in said
        assert "Unmap the attribute" in said
        assert "Retry Selected" in said

    def test_a_second_one_of_the_name_who_was_refused_is_not_about_the_first(
        self, console: Client, ana: User, directory: Directory
    ) -> None:
        directory.call("POST", "/Users", user("ANA@acme.example"), **OKTA)

        page = text_of(console.get(page_of(ana)))

        assert "refused" not in next_of(page)
        assert "Name already taken" in page

    @pytest.mark.parametrize(
        "fields", [{"status": 429}, {"method": "GET", "status": 404, "operation": "read"}]
    )
    def test_a_refusal_that_mends_itself_is_none(
        self, console: Client, ana: User, acme: Organization, fields: dict[str, Any]
    ) -> None:
        method = fields.pop("method", "PATCH")
        make_call(acme, method, minutes_ago=-1, resource_id=ana.pk, **fields)

        assert "refused" not in next_of(text_of(console.get(page_of(ana))))

    @pytest.mark.parametrize(
        ("adopts", "words"), [(True, "it takes them over"), (False, "it is refused")]
    )
    def test_whom_no_directory_looks_after(
        self,
        console: Client,
        acme: Organization,
        actor: Actor,
        make_user: Any,
        adopts: bool,
        words: str,
    ) -> None:
        make_call(acme)
        configure_directory(organization=acme, changes={"adopts_people": adopts}, actor=actor)

        assert words in next_of(text_of(console.get(page_of(make_user("mara")))))

    def test_whose_name_was_refused_is_told_by_its_call(
        self, console: Client, directory: Directory, make_user: Any
    ) -> None:
        mara = make_user("mara")
        make_user("tamara")
        directory.call("POST", "/Users", user("tamara"), **OKTA)
        assert "was refused" not in next_of(text_of(console.get(page_of(mara))))

        directory.call("POST", "/Users", user("MARA"), **OKTA)

        said = next_of(text_of(console.get(page_of(mara))))
        assert "was refused: Name already taken." in said
        assert "Adopt existing people" in said

    def test_paused(self, console: Client, ana: User, actor: Actor, acme: Organization) -> None:
        pause_directory(configuration=ScimConfiguration.objects.get(pk=acme.pk), actor=actor)

        said = next_of(text_of(console.get(page_of(ana))))

        assert "is paused" in said
        assert "Decide on Directory sync" in said

    def test_without_a_valid_token(self, console: Client, ana: User, actor: Actor) -> None:
        revoke_token(token=ScimToken.objects.get(), actor=actor)

        assert "No token is valid" in next_of(text_of(console.get(page_of(ana))))

    def test_deleted_by_the_directory_and_brought_back(
        self, console: Client, ana: User, directory: Directory, actor: Actor
    ) -> None:
        directory.call("DELETE", f"/Users/{ana.pk}", **OKTA)
        page = text_of(console.get(page_of(ana)))
        assert "deleted this account" in next_of(page)
        assert 'href="/console/directory/undo/"' in page
        assert reverse("admin:accounts_user_change", args=[ana.pk]) not in page

        undo_removals(organization=directory.organization, actor=actor)

        assert "was brought back here" in next_of(text_of(console.get(page_of(ana))))

    def test_deleted_and_the_name_is_somebody_else_s_by_now(
        self, console: Client, ana: User, directory: Directory
    ) -> None:
        directory.call("DELETE", f"/Users/{ana.pk}", **OKTA)
        directory.create_user(ana.user_name)

        assert "stays so" in next_of(text_of(console.get(page_of(ana))))

    def test_deleted_by_somebody_else(self, console: Client, ana: User, actor: Actor) -> None:
        deactivate_user(user=ana, actor=actor, state=User.State.DELETED)

        assert "stays so" in next_of(text_of(console.get(page_of(ana))))


class TestCost:
    def test_it_reads_only_and_little(
        self, console: Client, ana: User, actor: Actor, acme: Organization, make_pool: Any
    ) -> None:
        make_pool(seats=3)
        configure_directory(organization=acme, changes={"auto_assign": True}, actor=actor)
        for number in range(20):
            make_call(acme, minutes_ago=number, resource_id=ana.pk)
        before = (AuditEvent.objects.count(), ProvisioningLogEntry.objects.count())

        for address in (page_of(ana), SEARCH, f"{SEARCH}?q=a"):
            with CaptureQueriesContext(connection) as seen:
                assert console.get(address).status_code == 200
            assert len(seen) <= 10
            assert all(query["sql"].startswith("SELECT") for query in seen)
        assert (AuditEvent.objects.count(), ProvisioningLogEntry.objects.count()) == before

    def test_waiting_in_line_costs_no_more(
        self,
        console: Client,
        ana: User,
        actor: Actor,
        acme: Organization,
        make_pool: Any,
        make_user: Any,
    ) -> None:
        make_pool(seats=1)
        assign_license(user=make_user("ben"), source=Source.ADMIN, actor=actor)
        waiting = assign_licenses(
            organization=acme, users=[ana.pk], source=Source.ADMIN, actor=actor
        )
        assert waiting.waiting == 1

        with CaptureQueriesContext(connection) as seen:
            page = text_of(console.get(page_of(ana)))

        assert "No. 1 in line." in page
        assert len(seen) <= 10


class TestLinks:
    def test_it_is_reached_from_the_directory_a_call_and_the_person(
        self, console: Client, ana: User
    ) -> None:
        call = ProvisioningLogEntry.objects.get()

        assert SEARCH in text_of(console.get("/console/directory/"))
        log = reverse("admin:provisioning_provisioninglogentry_change", args=[call.public_id])
        assert page_of(ana) in text_of(console.get(log))
        person = reverse("admin:accounts_user_change", args=[ana.pk])
        assert page_of(ana) in text_of(console.get(person))

    def test_a_call_about_a_group_leads_to_nobody(
        self, console: Client, directory: Directory
    ) -> None:
        directory.create_group("Sales")
        call = ProvisioningLogEntry.objects.get()

        log = reverse("admin:provisioning_provisioninglogentry_change", args=[call.public_id])

        assert SEARCH not in text_of(console.get(log)).partition("<main")[2]

    def test_whoever_may_not_see_the_directory_has_no_link(
        self, client: Client, sign_in: Any, make_user: Any, ana: User
    ) -> None:
        sign_in(client, make_user("h", role=Role.SUB_ADMIN, abilities=[Ability.PEOPLE]))

        person = reverse("admin:accounts_user_change", args=[ana.pk])

        assert SEARCH not in text_of(client.get(person))
