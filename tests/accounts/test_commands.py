"""The command line: what it prints, what it refuses, and its page in the reference."""

import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.utils import timezone

from accounts.management.base import PortalCommand
from accounts.models import (
    ActivationLink,
    Authenticator,
    Invitation,
    Organization,
    Session,
    SetupLink,
    User,
)
from accounts.retention import INVITATIONS_KEPT_DAYS, SETUP_LINKS_KEPT_DAYS
from accounts.roles import Role
from accounts.services import invite, make_activation_link, make_setup_link
from audit.actions import Action
from audit.models import AuditEvent
from tests.factories import PASSWORD
from tests.factors import with_app

PAGE = Path("docs/reference/commands.md").read_text()


def run(*args, stdin="", monkeypatch=None):
    if monkeypatch:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def run_json(*args, **kwargs):
    return json.loads(run(*args, "--json", **kwargs))


# Organizations


def test_create_organization_prints_a_line_or_an_object(db):
    assert run("create_organization", "acme", "--name", "Acme") == "Added Acme (acme).\n"
    answer = run_json("create_organization", "globex", "--name", "Globex")

    globex = Organization.objects.get(slug="globex")
    assert answer == {"id": str(globex.pk), "slug": "globex", "name": "Globex"}


def test_a_second_organization_of_the_same_name_is_refused_readably(acme):
    with pytest.raises(CommandError, match=r"An organization is called acme already\.") as refused:
        run("create_organization", "acme", "--name", "Other")

    assert refused.value.returncode == 1
    assert Organization.objects.count() == 1


def test_what_a_command_did_is_recorded_under_its_name(db):
    run("create_organization", "acme", "--name", "Acme")

    event = AuditEvent.objects.get()
    assert (event.action, event.actor_name) == (Action.ORGANIZATION_CREATED, "create_organization")
    assert event.source == "command"
    assert len(event.request_id) == 32


# People


def test_create_user_with_a_role_and_a_password(acme, monkeypatch):
    answer = run_json(
        *("create_user", "acme", "mara", "--email", "Mara@acme.example"),
        *("--first-name", "Mara", "--last-name", "Lindqvist"),
        *("--role", "full_admin", "--password-stdin"),
        stdin=f"{PASSWORD}\nnot this line\n",
        monkeypatch=monkeypatch,
    )

    mara = User.objects.active().get()
    assert answer == {
        "id": str(mara.pk),
        "organization": "acme",
        "user_name": "mara",
        "email": "mara@acme.example",
        "role": "full_admin",
    }
    assert mara.display_name == "Mara Lindqvist"
    assert mara.source == User.Source.COMMAND
    assert mara.check_password(PASSWORD)


def test_without_a_password_the_account_has_none(acme):
    line = run("create_user", "acme", "ana", "--email", "ana@acme.example")

    assert line == "Added ana to acme (Learner).\n"
    assert not User.objects.active().get().has_usable_password()


@pytest.mark.parametrize(
    ("args", "stdin", "words"),
    [
        (["nowhere", "ana", "--email", "a@b.example"], "", "no organization called nowhere"),
        (["acme", "taken", "--email", "a@b.example"], "", "called taken already"),
        (["acme", "ana", "--email", "no address"], "", "email: Enter a valid"),
        (["acme", "ana", "--email", "a@b.example", "--password-stdin"], "", "no password on"),
        (["acme", "ana", "--email", "a@b.example", "--password-stdin"], "short\n", "too short"),
        (["acme", "ana", "--email", "a@b.example", "--role", "staff"], "", "invalid choice"),
    ],
)
def test_what_cannot_be_created_is_refused_readably(
    acme, make_user, monkeypatch, args, stdin, words
):
    make_user("taken")

    with pytest.raises(CommandError, match=words):
        run("create_user", *args, stdin=stdin, monkeypatch=monkeypatch)

    assert User.objects.present().count() == 1
    assert not AuditEvent.objects.exists()


def test_create_staff_makes_somebody_without_an_organization(db, monkeypatch):
    answer = run_json(
        *("create_staff", "ops", "--email", "ops@portal.example", "--password-stdin"),
        stdin=f"{PASSWORD}\n",
        monkeypatch=monkeypatch,
    )

    ops = User.objects.active().get()
    assert answer["id"] == str(ops.pk)
    assert answer["organization"] is None
    assert (ops.role, ops.is_superuser) == (Role.STAFF, True)
    with pytest.raises(CommandError, match="called ops already"):
        run("create_staff", "ops", "--email", "ops@portal.example")


@pytest.mark.parametrize(
    ("command", "ours"), [("createsuperuser", "create_staff"), ("changepassword", "set_password")]
)
def test_commands_of_django_that_want_a_global_name_point_to_ours(db, command, ours):
    with pytest.raises(CommandError, match=ours):
        run(command)


def test_set_password_reaches_the_person_of_the_named_organization_alone(
    client, acme, globex, make_user, make_staff, sign_in, monkeypatch
):
    mine, theirs = make_user("mara"), make_user("mara", organization=globex)
    staff = make_staff("mara")
    sign_in(client, mine)

    answer = run_json(
        *("set_password", "MARA", "--organization", "acme", "--password-stdin"),
        stdin=f"{PASSWORD}\n",
        monkeypatch=monkeypatch,
    )

    assert answer == {
        "id": str(mine.pk),
        "organization": "acme",
        "user_name": "mara",
        "sessions_ended": 1,
    }
    passwords = {user.pk: user.check_password(PASSWORD) for user in User.objects.present().all()}
    assert passwords == {mine.pk: True, theirs.pk: False, staff.pk: False}


def test_set_password_without_an_organization_is_for_staff(make_user, make_staff, monkeypatch):
    make_user("ops")
    staff = make_staff("ops")

    run("set_password", "ops", "--password-stdin", stdin=PASSWORD, monkeypatch=monkeypatch)

    assert User.objects.present().get(pk=staff.pk).check_password(PASSWORD)


def test_reset_second_factor_reaches_the_person_of_the_named_organization_alone(
    acme, globex, make_user, make_staff
):
    mine, theirs = with_app(make_user("mara")), with_app(make_user("mara", organization=globex))
    staff = with_app(make_staff("mara"))

    answer = run_json("reset_second_factor", "MARA", "--organization", "acme")
    again = run_json("reset_second_factor", "mara", "--organization", "acme")

    assert answer == {
        "id": str(mine.pk),
        "organization": "acme",
        "user_name": "mara",
        "changed": True,
    }
    assert not again["changed"]
    left = set(Authenticator.objects.values_list("user", flat=True))
    assert left == {theirs.pk, staff.pk}
    run("reset_second_factor", "mara")
    assert set(Authenticator.objects.values_list("user", flat=True)) == {theirs.pk}


@pytest.mark.parametrize(
    ("args", "stdin", "words"),
    [
        (["nobody", "--organization", "acme", "--password-stdin"], PASSWORD, "Nobody in acme"),
        (["mara", "--password-stdin"], PASSWORD, "Nobody in platform staff"),
        (["mara", "--organization", "acme"], "", "on standard input"),
        (["mara", "--organization", "acme", "--password-stdin"], "short", "too short"),
    ],
)
def test_a_password_that_cannot_be_set_is_refused_readably(
    acme, make_user, monkeypatch, args, stdin, words
):
    make_user("mara")

    with pytest.raises(CommandError, match=words):
        run("set_password", *args, stdin=stdin, monkeypatch=monkeypatch)

    assert not AuditEvent.objects.exists()


# Sessions


def test_forget_sessions_drops_what_is_over_and_nothing_else(client, make_user, sign_in):
    sign_in(client, make_user("ana"))
    over = Session.objects.get()
    sign_in(type(client)(), make_user("ben"))
    Session.objects.filter(pk=over.pk).update(expire_date=timezone.now())

    assert run_json("forget_sessions") == {"sessions": 1, "setup_links": 0, "invitations": 0}
    assert Session.objects.get().user.user_name == "ben"


def test_forget_sessions_drops_set_up_links_long_after_their_end(acme, system_actor):
    now = timezone.now()
    long_ago = now - timedelta(days=SETUP_LINKS_KEPT_DAYS)
    lately = long_ago + timedelta(hours=1)
    for name, ends in {
        "over for long": {"expires_at": long_ago},
        "revoked for long": {"expires_at": now, "revoked_at": long_ago},
        "over": {"expires_at": lately},
        "revoked": {"expires_at": now, "revoked_at": lately},
        "open": {"expires_at": now + timedelta(days=7)},
    }.items():
        made = make_setup_link(
            organization=acme,
            name=name,
            scope=SetupLink.Scope.DIRECTORY,
            actor=system_actor,
            maker_role=Role.FULL_ADMIN,
        )
        SetupLink.objects.filter(pk=made.link.pk).update(**ends)

    assert run_json("forget_sessions") == {"sessions": 0, "setup_links": 2, "invitations": 0}
    assert set(SetupLink.objects.values_list("name", flat=True)) == {"over", "revoked", "open"}


def test_forget_sessions_drops_invitations_long_after_their_end(acme, make_user, system_actor):
    now = timezone.now()
    long_ago = now - timedelta(days=INVITATIONS_KEPT_DAYS)
    for name, ends in {
        "ended for long": {"expires_at": long_ago},
        "accepted for long": {"accepted_at": long_ago},
        "revoked for long": {"revoked_at": long_ago},
        "ended": {"expires_at": now},
        "accepted": {"accepted_at": now},
        "open": {},
    }.items():
        made = invite(user=make_user(name.replace(" ", "-"), state="invited"), actor=system_actor)
        Invitation.objects.filter(pk=made.pk).update(made_by=name, **ends)
    make_activation_link(organization=acme, actor=system_actor)
    ActivationLink.objects.update(closed_at=long_ago)
    make_activation_link(organization=acme, actor=system_actor)

    assert run_json("forget_sessions") == {"sessions": 0, "setup_links": 0, "invitations": 4}
    left = set(Invitation.objects.values_list("made_by", flat=True))
    assert left == {"ended", "accepted", "open"}
    assert ActivationLink.objects.get().closed_at is None


# The page


def our_commands():
    ours = {config.name for config in apps.get_app_configs() if config.name in LOCAL_APPS}
    return {
        name: load_command_class(app, name)
        for name, app in get_commands().items()
        if app in ours and name not in {"createsuperuser", "changepassword"}
    }


LOCAL_APPS = {"accounts", "audit", "learning_portal", "licenses", "profiles", "provisioning", "sso"}


def own_options(command):
    parser = command.create_parser("manage.py", "x")
    common = PortalCommand().create_parser("manage.py", "x")
    known = {option for action in common._actions for option in action.option_strings}
    return {option for action in parser._actions for option in action.option_strings} - known


def test_the_page_and_the_code_have_the_same_commands():
    assert set(re.findall(r"^## (\w+)$", PAGE, re.M)) == set(our_commands())


@pytest.mark.parametrize("name", sorted(our_commands()))
def test_the_page_names_every_option(name):
    section = PAGE.split(f"## {name}\n")[1].split("\n## ")[0]
    usage = section.strip().splitlines()[0]

    assert set(re.findall(r"--[a-z-]+", usage)) == own_options(our_commands()[name])


@pytest.mark.parametrize("name", sorted(our_commands()))
def test_every_command_speaks_json(name):
    assert isinstance(our_commands()[name], PortalCommand)
