"""*Invitations* in the console: many at once, the activation link, and the verbs of *People*."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import (
    ActivationLink,
    Domain,
    Invitation,
    Organization,
    Passkey,
    User,
)
from accounts.roles import Ability, Role
from accounts.services import invite, make_activation_link
from audit.actions import Action
from audit.models import AuditEvent
from jobs.models import Progress
from licenses.policies import Source
from licenses.services import assign_license
from licenses.standing import persons_license
from sso.models import SamlConnection
from tests.accounts.doorways import text
from tests.factories import PASSWORD

PAGE, ACTIVATION = "/console/invitations/", "/console/invitations/activation/"
MARA = "mara@acme.example"


def act(console, verb, *people):
    ids = ",".join(str(person.pk) for person in people)
    return console.post(f"/console/accounts/user/bulk/{verb}/", {"ids": ids, "back": "/console/"})


# ---------------------------------------------------------------- many at once


def test_people_are_counted_before_anything_happens(console, make_user):
    make_user("ana", email="ana@acme.example")

    page = text(console.post(PAGE, {"people": f"{MARA}\nana@acme.example\nnonsense\n{MARA}"}))

    assert "Invite 1 person" in page
    assert "nonsense" in page
    assert "Named more than once" in page
    assert not DBTaskResult.objects.exists()
    assert not User.objects.filter(email=MARA).exists()


def test_who_goes_back_finds_what_they_pasted(console):
    pasted = f"{MARA}, Mara, Lind\nnonsense"

    check = console.post(PAGE, {"people": pasted})
    back = text(console.post(PAGE, {"people": check.context["text"], "edit": "1"}))

    assert "mara@acme.example, Mara, Lind" in text(check)
    assert f"{MARA}, Mara, Lind" in back
    assert "nonsense</textarea>" in back
    assert not DBTaskResult.objects.exists()


def test_a_worker_invites_them_while_a_page_says_how_far_it_is(console, acme, admin):
    response = console.post(PAGE, {"people": f"{MARA}, Mara, Lind", "invite": "1"})

    task = DBTaskResult.objects.get()
    assert response.url == f"{PAGE}{task.pk}/"
    assert task.args_kwargs["args"] == [str(acme.pk), str(admin.pk), [[MARA, "Mara", "Lind"]]]
    waiting = console.get(response.url)
    assert waiting.headers["Refresh"] == "2"
    assert 'max="1"' in text(waiting)
    Progress.objects.create(task_id=task.pk, done=1, total=1, updated_at=timezone.now())
    assert 'value="1"' in text(console.get(response.url))

    DBTaskResult.objects.update(status="SUCCESSFUL", return_value={"invited": 1, "known": 0})
    done = console.get(response.url)
    assert "Refresh" not in done.headers
    assert "People were invited" in text(done)
    DBTaskResult.objects.update(status="FAILED", return_value=None)
    assert "Paste the same people once more" in text(console.get(response.url))


def test_nobody_new_and_too_many_are_said_so(console, make_user, monkeypatch):
    make_user("ana", email="ana@acme.example")
    assert "Nobody of these is new" in text(
        console.post(PAGE, {"people": "ana@acme.example", "invite": "1"})
    )

    monkeypatch.setattr("accounts.services.inviting.AT_ONCE", 1)
    page = text(console.post(PAGE, {"people": f"{MARA} ben@acme.example", "invite": "1"}))
    assert "people at a time are the most" in page
    assert not DBTaskResult.objects.exists()


def test_the_day_s_mails_are_used_up(console, monkeypatch):
    monkeypatch.setattr("accounts.services.invitations.INVITATIONS_A_DAY", 0)

    page = text(console.post(PAGE, {"people": MARA, "invite": "1"}))

    assert "may send 0 invitations within a day" in page


def test_nothing_pasted_is_said_so(console):
    assert "Paste at least one address." in text(console.post(PAGE, {"people": " "}))


def test_the_page_counts_who_has_not_come(console, make_user, actor):
    for name in ("a", "b", "c"):
        invite(user=make_user(name, state="invited"), actor=actor)
    Invitation.objects.filter(user__user_name="a").update(expires_at=timezone.now())
    Invitation.objects.filter(user__user_name="b").update(opened_at=timezone.now())

    assert console.get(PAGE).context["numbers"] == {"live": 2, "opened": 1, "expired": 1}


def test_only_who_looks_after_people_invites(client, make_user, sign_in):
    helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.LICENSES])
    sign_in(client, helper)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"people": MARA, "invite": "1"}).status_code == 403
    assert client.post(ACTIVATION, {"make": "1"}).status_code == 403

    User.objects.filter(pk=helper.pk).update(abilities=[Ability.PEOPLE])
    assert client.get(PAGE).status_code == 200
    assert "Invite people" in text(client.get("/console/accounts/user/"))


def test_another_organization_s_run_is_none_of_ours(console, globex, make_admin, sign_in):
    theirs = sign_in(Client(), make_admin("gina", organization=globex))
    page = theirs.post(PAGE, {"people": "zoe@globex.example", "invite": "1"}).url

    assert theirs.get(page).status_code == 200
    assert console.get(page).status_code == 404


def test_no_other_task_is_shown_as_one(console, make_user, actor):
    invite(user=make_user("ana"), actor=actor)
    task = DBTaskResult.objects.get()

    assert console.get(f"{PAGE}{task.pk}/").status_code == 404


def test_staff_come_from_the_organization_s_name(client, acme, make_staff, sign_in):
    sign_in(client, make_staff())

    assert client.get(PAGE).status_code == 404
    assert client.get(f"{PAGE}?organization=acme").status_code == 200
    response = client.post(f"{PAGE}?organization=acme", {"people": MARA, "invite": "1"})
    assert response.url.endswith("?organization=acme")


# ---------------------------------------------------------------- the activation link


def test_the_activation_link_is_made_copied_replaced_and_switched_off(console, acme):
    assert "Make an activation link" in text(console.get(PAGE))

    console.post(ACTIVATION, {"make": "1"})
    first = ActivationLink.objects.get()
    assert f"http://127.0.0.1:8000/join/{first.token}/" in text(console.get(PAGE))
    console.post(ACTIVATION, {"make": "1"})
    page = text(console.get(PAGE))
    assert first.token not in page
    console.post(ACTIVATION, {"off": "1"})
    console.post(ACTIVATION, {"off": "1"})

    assert "/join/" not in text(console.get(PAGE))
    assert AuditEvent.objects.filter(action=Action.ACTIVATION_CLOSED).count() == 1


def test_the_page_says_who_may_join(console, acme):
    assert "Nobody new" in text(console.get(PAGE))
    Domain.objects.create(
        organization=acme, name="acme.example", token="x", verified_at=timezone.now()
    )
    assert "Somebody new may make an account with an address of" in text(console.get(PAGE))
    Organization.objects.update(jit_enabled=False)
    assert "Nobody new" in text(console.get(PAGE))


def test_another_organization_s_link_stays(console, globex, actor):
    theirs = make_activation_link(organization=globex, actor=actor)

    console.post(f"{ACTIVATION}?organization=globex", {"off": "1"})

    theirs.refresh_from_db()
    assert theirs.closed_at is None
    assert theirs.token not in text(console.get(PAGE))


# ---------------------------------------------------------------- verbs


def test_invitations_are_sent_again_to_one_and_to_many(console, make_user, actor):
    people = [make_user(name, state="invited") for name in ("a", "b")]
    invite(user=people[0], actor=actor)

    act(console, "resend_invitation", *people, make_user("ana"))

    assert Invitation.objects.pending().count() == 2
    assert Invitation.objects.filter(user=people[0]).count() == 2


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "The mail goes out within minutes"),
        ({"sent_at": timezone.now()}, "not opened yet"),
        ({"sent_at": timezone.now(), "opened_at": timezone.now()}, "Opened"),
        ({"expires_at": timezone.now()}, "Not used; ended"),
        ({"revoked_at": timezone.now()}, "Revoked"),
    ],
)
def test_a_person_s_page_says_what_has_become_of_their_invitation(
    console, make_user, actor, values, says
):
    ana = make_user("ana", state="invited")
    invite(user=ana, actor=actor)
    Invitation.objects.update(**values)

    page = text(console.get(f"/console/accounts/user/{ana.pk}/change/"))

    facts = page.partition("<dt>Invitation</dt>")[2].partition("</div>")[0]
    assert says in facts
    assert ("Good until" in facts) == (not {"expires_at", "revoked_at"} & set(values))


def test_whoever_came_has_no_invitation_to_speak_of(console, make_user, actor):
    ana = make_user("ana")

    assert "<dt>Invitation</dt>" not in text(
        console.get(f"/console/accounts/user/{ana.pk}/change/")
    )


def test_invitations_are_revoked(console, make_user, actor):
    a, b = (make_user(name, state="invited") for name in ("a", "b"))
    invite(user=a, actor=actor)

    page = text(console.get(f"/console/accounts/user/{a.pk}/do/revoke_invitation/"))
    assert "The link in the mail opens nothing any more." in page
    act(console, "revoke_invitation", a, b)

    assert not Invitation.objects.pending().exists()


@pytest.mark.parametrize("verb", ["resend_invitation", "revoke_invitation", "invite_other_way"])
def test_nobody_else_s_people_are_reached(console, globex, make_user, actor, verb):
    zoe = make_user("zoe", organization=globex, state="invited")
    tim = make_user("tim", organization=globex)
    invitation = invite(user=zoe, actor=actor)

    act(console, verb, zoe, tim)

    invitation.refresh_from_db()
    assert invitation.revoked_at is None
    assert Invitation.objects.count() == 1


def test_an_organization_without_single_sign_on_invites_its_people_to_another_way_in(
    console, acme, make_user, make_pool, actor
):
    make_pool(seats=1)
    ana = make_user("ana", source=User.Source.SSO)
    seat = assign_license(user=ana, source=Source.ADMIN, actor=actor)
    member = make_user("ben", password=PASSWORD)
    nobody = make_user("cleo", email="")

    page = text(console.get(f"/console/accounts/user/{ana.pk}/do/invite_other_way/"))
    assert "It is the same account: license, history, groups and LinkedIn connection stay." in page
    act(console, "invite_other_way", ana, member, nobody)

    assert [each.user for each in Invitation.objects.all()] == [ana]
    assert persons_license(ana).row == seat


@pytest.mark.parametrize("state", ["active", "inactive"])
def test_whom_a_connection_lets_in_needs_no_other_way(console, acme, make_user, state):
    SamlConnection.objects.create(
        organization=acme,
        name="Okta",
        state=state,
        idp_entity_id="https://idp.example",
        idp_sso_redirect_url="https://idp.example/sso",
        idp_certificates="PEM",
        sp_private_key="sealed",
        sp_certificate="PEM",
    )
    ana = make_user("ana", source=User.Source.SSO)

    act(console, "invite_other_way", ana)

    assert Invitation.objects.exists() == (state == "inactive")


def test_whoever_has_a_passkey_needs_no_other_way(console, make_user):
    ana = make_user("ana")
    Passkey.objects.create(user=ana, name="Phone", credential_id="x", public_key=b"x")

    act(console, "invite_other_way", ana)

    assert not Invitation.objects.exists()


def test_a_sub_admin_invites_nobody_above(client, make_user, sign_in):
    helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.PEOPLE])
    boss = make_user("boss", role=Role.FULL_ADMIN)

    act(sign_in(client, helper), "invite_other_way", boss)

    assert not Invitation.objects.exists()


def test_the_page_is_cheap(console, make_user, actor, django_assert_max_num_queries):
    invite(user=make_user("a", state="invited"), actor=actor)
    make_activation_link(organization=make_user("b").organization, actor=actor)

    with django_assert_max_num_queries(8):
        assert console.get(PAGE).status_code == 200
