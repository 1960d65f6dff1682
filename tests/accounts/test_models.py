"""What people and organizations know of themselves."""

import uuid

import pytest
import time_machine

from accounts.backends import AccountBackend
from accounts.checks import mail_leaves, plain_http_stays_on_this_machine
from accounts.clients import describe_client
from accounts.doors import Door, doors_of, have_come_in, register, register_use
from accounts.ids import new_id
from accounts.models import DirectoryGroup, DirectoryGroupMembership, Organization, Session, User
from accounts.names import name_key

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("fields", "display_name", "initials"),
    [
        ({"first_name": "Mara", "last_name": "Lindqvist"}, "Mara Lindqvist", "ML"),
        ({"first_name": "Mara", "last_name": ""}, "Mara", "M"),
        ({"first_name": "", "last_name": ""}, "mara", "M"),
    ],
)
def test_a_person_has_a_name_whatever_is_known(make_user, fields, display_name, initials):
    user = make_user("mara", **fields)

    assert (user.display_name, user.initials) == (display_name, initials)
    assert str(user) == user.get_full_name() == display_name
    assert user.get_short_name() == (fields["first_name"] or display_name)


@pytest.mark.parametrize("state", User.State)
def test_only_active_people_of_active_organizations_are_active(make_user, acme, state):
    user = make_user("ana", state=state)

    assert user.is_active is (state == User.State.ACTIVE)
    acme.status = Organization.Status.SUSPENDED
    user.organization = acme
    assert not user.is_active


def test_the_backend_loads_nobody_who_may_not_act(make_user, make_staff):
    backend = AccountBackend()
    ana, ops, gone = make_user("ana"), make_staff("ops"), make_user("gone", state="deactivated")

    assert backend.get_user(ana.pk) == ana
    assert backend.get_user(ops.pk) == ops
    assert backend.get_user(gone.pk) is None
    assert backend.get_user(uuid.uuid4()) is None


def test_the_backend_signs_nobody_in_by_name_or_password(make_user):
    from django.contrib.auth import authenticate

    make_user("ana", password="correct horse battery staple")

    assert authenticate(username="ana", password="correct horse battery staple") is None


def test_people_are_found_by_name_however_it_is_written(make_user, acme, globex):
    ana = make_user("Ana")
    make_user("ana", organization=globex)

    assert User.objects.in_organization(acme).named("ＡＮＡ").get() == ana


@pytest.mark.parametrize(
    ("name", "key"), [("Straße", "strasse"), ("ＡＮＡ", "ana"), ("ﬁn", "fin"), ("İ", "i̇")]
)
def test_names_are_compared_folded(name, key):
    assert name_key(name) == key


def test_groups_name_themselves_and_hold_people_once(make_user, acme):
    from django.db import IntegrityError, transaction

    ana = make_user("ana")
    group = DirectoryGroup.objects.create(organization=acme, display_name="Buyers")
    membership = DirectoryGroupMembership.objects.create(group=group, user=ana)

    assert str(group) == "Buyers"
    assert str(ana.pk) in str(membership)
    with pytest.raises(IntegrityError), transaction.atomic():
        DirectoryGroupMembership.objects.create(group=group, user=ana)
    assert list(DirectoryGroup.objects.in_organization(acme)) == [group]


def test_ids_are_of_version_7_and_in_order_of_time():
    ids = []
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False) as clock:
        for _ in range(5):
            ids.append(new_id())
            clock.shift(1)

    assert ids == sorted(ids)
    assert {(each.version, each.variant) for each in ids} == {(7, uuid.RFC_4122)}
    assert len({new_id() for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("base", "errors"),
    [
        ("http://127.0.0.1:8000", []),
        ("http://localhost:8000", []),
        ("http://[::1]:8000", []),
        ("https://learning.example", []),
        ("http://learning.example", ["accounts.E001"]),
        ("http://127.0.0.1.evil.example", ["accounts.E001"]),
    ],
)
def test_plain_http_is_for_this_machine_alone(settings, base, errors):
    settings.PORTAL_BASE_URL = base
    settings.PORTAL_IS_HTTPS = base.startswith("https:")

    assert [error.id for error in plain_http_stays_on_this_machine(None)] == errors


@pytest.mark.parametrize(
    ("base", "backend", "errors"),
    [
        ("https://learning.example", "console", ["accounts.E003"]),
        ("https://learning.example", "filebased", ["accounts.E003"]),
        ("https://learning.example", "smtp", []),
        ("http://127.0.0.1:8000", "console", []),
    ],
)
def test_mail_with_links_is_not_printed_where_others_come(settings, base, backend, errors):
    settings.PORTAL_BASE_URL = base
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"

    assert [error.id for error in mail_leaves(None)] == errors


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{MAC}Chrome/140.0.0.0 Safari/537.36", "Chrome on macOS"),
        (f"{MAC}Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge on macOS"),
        (f"{MAC}Version/18.1 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", None),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) CriOS/140", "Chrome on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "Unknown browser"),
        ("Firefox/140.0", "Firefox"),
        ("Windows", "Windows"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_called_what_people_call_it(user_agent, words):
    assert describe_client(user_agent) == (words or "Firefox on Windows")


def test_doors_come_from_every_app_that_registers_and_each_once(acme, no_doors):
    okta, entra = Door("Okta", "/a", "okta.example"), Door("Entra", "/b", "entra.example")

    def first(organization):
        return [okta]

    def second(organization):
        return [entra] if organization == acme else []

    for source in (first, second, first):
        assert register(source) is source

    assert doors_of(acme) == [okta, entra]


def test_whose_way_in_a_door_is_says_any_app_that_registers_and_each_once(
    acme, make_user, monkeypatch
):
    monkeypatch.setattr("accounts.doors._uses", [])
    people = User.objects.in_organization(acme)
    asked = []

    def nobody_s(who):
        asked.append(who)
        return False

    def everybody_s(who):
        return who is people

    for source in (nobody_s, nobody_s):
        assert register_use(source) is source
    assert not have_come_in(people)
    assert asked == [people]

    register_use(everybody_s)
    assert have_come_in(people)


def test_times_are_shown_in_the_organizations_zone(client, make_user, acme, sign_in):
    acme.time_zone = "Pacific/Auckland"
    acme.save()
    sign_in(client, make_user("ana", organization=acme))

    assert "Auckland" in client.get("/account/").content.decode()


def test_strangers_and_staff_see_utc(client, make_staff, sign_in):
    sign_in(client, make_staff("ops"))

    assert "UTC" in client.get("/account/").content.decode()


def test_a_stored_session_can_be_read(client, make_user, sign_in):
    ana = make_user("ana")
    sign_in(client, ana)

    assert Session.objects.get().get_decoded()["_auth_user_id"] == str(ana.pk)
