"""Whatever is switched, in whatever order: afterwards a full admin still gets in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.errors import LastFullAdmin, LastFullAdminWhoGetsIn
from accounts.models import Organization, User
from accounts.roles import Role
from accounts.services import (
    change_role,
    deactivate_user,
    has_other_way_in,
    make_recovery_codes,
)
from audit.actors import Actor, ActorKind
from sandbox.saml_messages import idp_metadata
from sso.content import trust_content
from sso.errors import ConnectionEnforced, KeyInUse, LastWayIn, NoWayBackIn
from sso.models import (
    SamlConnection,
    SamlIdentity,
    SignInTest,
    SignInTrace,
    StagedChange,
    StandbyKey,
)
from sso.policies import keeps_the_way_in
from sso.saml import describe_certificate, read_metadata
from sso.services import (
    activate_connection,
    apply_staged_change,
    change_connection,
    change_or_stage,
    deactivate_connection,
    import_metadata,
    make_next_key,
    require_sso,
    retire_key,
    stage_change,
    stage_key,
    trust_or_stage,
)
from sso.services.guard import refuse_lock_out
from tests.accounts.doorways import signed_in
from tests.sso.conftest import Journey, signing_identity
from tests.sso.test_testing import run

OPTION = {"subject_attribute": "uid"}


def metadata_of(journey: Journey, *keys: str) -> bytes:
    """The same provider's metadata, with the certificates of these signers."""
    signers = [signing_identity(key) for key in keys]
    whole = idp_metadata(
        replace(signers[0], entity_id=journey.connection.idp_entity_id),
        sso_url="https://idp.acme.example/sso",
    )
    if len(signers) == 1:
        return whole
    descriptor = b"</md:KeyDescriptor>"
    other = idp_metadata(
        replace(signers[1], entity_id=journey.connection.idp_entity_id),
        sso_url="https://idp.acme.example/sso",
    )
    start = other.index(b"<md:KeyDescriptor")
    second = other[start : other.index(descriptor) + len(descriptor)]
    return whole.replace(descriptor, descriptor + second, 1)


@pytest.fixture
def required(acme: Organization, admin: User, actor: Actor, at_acme: Journey) -> Journey:
    make_recovery_codes(organization=acme, actor=actor)
    at_acme.sign_in("admin")
    require_sso(organization=acme, admin=admin)
    return at_acme


class TestWhereItIsRequired:
    @pytest.mark.parametrize("by", ["a person", "the command line"])
    def test_the_last_connection_stays_open(
        self, required: Journey, actor: Actor, system_actor: Actor, by: str
    ) -> None:
        who = actor if by == "a person" else system_actor
        with pytest.raises(LastWayIn):
            deactivate_connection(connection=required.connection, actor=who)

        required.connection.refresh_from_db()
        assert required.connection.is_active

    def test_another_connection_counts_once_a_full_admin_has_used_it(
        self, required: Journey, make_journey: Any, acme: Organization, actor: Actor
    ) -> None:
        other = make_journey(acme, name="Entra ID")
        with pytest.raises(LastWayIn):
            deactivate_connection(connection=required.connection, actor=actor)
        required.connection.identities.update(connection=other.connection)
        other.sign_in("admin")

        deactivate_connection(connection=required.connection, actor=actor)

        with pytest.raises(LastWayIn):
            deactivate_connection(connection=other.connection, actor=actor)

    @pytest.mark.parametrize(
        "changes",
        [
            {"subject_attribute": "uid"},
            {"attribute_map": {"email": "mailbox"}},
            {"name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"},
            {"requested_authn_context": "urn:x"},
            {"sign_requests": False},
            {"include_acs_url": False},
            {"clock_skew_seconds": 0},
            {"idp_initiated": True},
            {"request_binding": "post"},
            {"name": "Other", "subject_attribute": "uid"},
        ],
    )
    def test_nothing_that_lets_people_in_changes_untested(
        self, required: Journey, actor: Actor, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(ConnectionEnforced):
            change_connection(connection=required.connection, changes=changes, actor=actor)

    @pytest.mark.parametrize(
        "changes",
        [
            {"name": "Other"},
            {"preset": "okta"},
            {"auto_assign": True},
            {"session_hours": 4},
        ],
    )
    def test_what_lets_nobody_in_or_out_changes_freely(
        self, required: Journey, actor: Actor, changes: dict[str, Any]
    ) -> None:
        assert change_connection(connection=required.connection, changes=changes, actor=actor)

    def test_a_certificate_comes_beside_the_others_and_none_goes_by_hand(
        self, required: Journey, actor: Actor
    ) -> None:
        here = required.idp.entity_id
        import_metadata(
            connection=required.connection, xml=metadata_of(required, here, "next"), actor=actor
        )
        assert len(required.connection.certificates) == 2

        with pytest.raises(ConnectionEnforced):
            import_metadata(
                connection=required.connection, xml=metadata_of(required, "next"), actor=actor
            )

    def test_a_connection_that_is_no_way_in_is_changed_freely(
        self, required: Journey, make_journey: Any, acme: Organization, actor: Actor
    ) -> None:
        other = make_journey(acme, name="Entra ID")
        deactivate_connection(connection=other.connection, actor=actor)

        assert change_connection(connection=other.connection, changes=OPTION, actor=actor)

    def test_another_organization_s_requirement_is_not_ours(
        self, required: Journey, at_globex: Journey, system_actor: Actor
    ) -> None:
        assert change_connection(
            connection=at_globex.connection, changes=OPTION, actor=system_actor
        )
        deactivate_connection(connection=at_globex.connection, actor=system_actor)


class TestTested:
    """A change with which a full admin would have come in is applied."""

    @pytest.fixture
    def change(self, required: Journey, actor: Actor) -> StagedChange:
        """The provider signs with another key from now on."""
        xml = metadata_of(required, "next")
        required.idp = replace(
            signing_identity("next"), entity_id=required.connection.idp_entity_id
        )
        staged = stage_change(
            connection=required.connection,
            content=trust_content(read_metadata(xml).trust),
            source=StagedChange.Source.METADATA,
            actor=actor,
        )
        assert staged is not None
        return staged

    def test_untested_it_waits(self, required: Journey, change: StagedChange, actor: Any) -> None:
        with pytest.raises(ConnectionEnforced):
            apply_staged_change(staged=change, actor=actor)

        change.refresh_from_db()
        assert change.is_open

    def test_tested_by_a_full_admin_it_is_applied_and_signs_people_in(
        self, required: Journey, change: StagedChange, actor: Actor
    ) -> None:
        run(required.client, required, change=change)

        apply_staged_change(staged=change, actor=actor)

        later = Journey(required.connection, required.idp, Client())
        later.sign_in("admin")
        assert signed_in(later.client) is not None

    def test_a_test_of_something_else_is_none(
        self, required: Journey, change: StagedChange, actor: Actor
    ) -> None:
        test = run(required.client, required, change=change)
        SignInTest.objects.filter(pk=test.pk).update(content_digest="0" * 64)

        with pytest.raises(ConnectionEnforced):
            apply_staged_change(staged=change, actor=actor)

    def test_a_test_in_which_somebody_else_came_in_is_none(
        self, required: Journey, change: StagedChange, actor: Actor
    ) -> None:
        run(required.client, required, "ana@acme.example", change=change)

        with pytest.raises(ConnectionEnforced):
            apply_staged_change(staged=change, actor=actor)

    def test_a_test_of_somebody_who_is_no_full_admin_any_more_is_none(
        self,
        required: Journey,
        change: StagedChange,
        admin: User,
        make_admin: Any,
        system_actor: Actor,
    ) -> None:
        run(required.client, required, change=change)
        other = make_admin("other")
        change_role(user=admin, role=Role.LEARNER, actor=system_actor)

        with pytest.raises(ConnectionEnforced):
            apply_staged_change(staged=change, actor=Actor.from_user(other))

    def test_a_field_that_no_test_covers_is_never_proved(
        self, required: Journey, actor: Actor
    ) -> None:
        row, before = required.connection, SamlConnection.objects.get()
        row.created_at += timedelta(days=1)

        with pytest.raises(ConnectionEnforced):
            refuse_lock_out(before, row, ["created_at"], actor=actor)

    @pytest.mark.parametrize("names_pool", [True, False])
    def test_what_would_wait_from_the_console_waits_with_its_pool(
        self, required: Journey, actor: Actor, make_pool: Callable[..., Any], names_pool: bool
    ) -> None:
        pool = make_pool(seats=3)
        chosen = {"pool": pool} if names_pool else {}

        staged = change_or_stage(
            connection=required.connection, changes=OPTION | chosen, actor=actor
        )

        assert staged is not None
        assert staged.changes == OPTION | ({"pool": str(pool.pk)} if names_pool else {})

    def test_metadata_for_a_connection_in_use_waits(self, required: Journey, actor: Actor) -> None:
        metadata = read_metadata(metadata_of(required, "next.example"))

        staged = trust_or_stage(connection=required.connection, metadata=metadata, actor=actor)

        assert staged is not None
        assert "idp_certificates" in staged.changes

    def test_the_console_lets_an_untested_change_wait_and_leads_to_it(
        self, required: Journey
    ) -> None:
        address = f"/console/sso/samlconnection/{required.connection.pk}/change/"
        form = required.client.get(address).context["adminform"].form
        data = {
            name: form[name].value() or ""
            for name in form.fields
            if name not in {"metadata_file", "metadata_text"}
        }
        data = {name: value for name, value in data.items() if value not in (False, None)}
        data["attribute_map"] = "{}"

        response = required.client.post(address, data | {"subject_attribute": "uid"})

        staged = StagedChange.objects.open().get()
        assert staged.changes == {"subject_attribute": "uid"}
        assert f"/changes/{staged.pk}/" in response.url
        required.connection.refresh_from_db()
        assert required.connection.subject_attribute == ""

    def test_the_page_that_deactivates_says_no_in_words(self, required: Journey) -> None:
        address = f"/console/sso/samlconnection/{required.connection.pk}/deactivate/"
        response = required.client.post(address, {"typed_name": "Okta"}, follow=True)

        assert response.status_code == 200
        assert "Stop requiring it under Sign-in rules first" in response.content.decode()


class TestOurKeys:
    @pytest.fixture
    def standby(self, required: Journey, actor: Actor) -> StandbyKey:
        return make_next_key(connection=required.connection, actor=actor)

    def test_the_next_key_signs_once_a_full_admin_would_have_come_in_with_it(
        self, required: Journey, standby: StandbyKey, actor: Actor
    ) -> None:
        change = stage_key(connection=required.connection, actor=actor)
        with pytest.raises(ConnectionEnforced):
            apply_staged_change(staged=change, actor=actor)
        run(required.client, required, change=change)

        apply_staged_change(staged=change, actor=actor)

        required.connection.refresh_from_db()
        assert required.connection.sp_certificate == standby.certificate

    @pytest.mark.parametrize(
        ("days", "is_used_since", "is_kept"),
        [
            (1, True, True),
            (8, True, False),
            (8, False, True),
            (None, True, False),
            (None, False, True),
        ],
    )
    def test_a_key_that_opens_answers_is_not_retired(
        self,
        required: Journey,
        standby: StandbyKey,
        actor: Actor,
        days: int | None,
        is_used_since: bool,
        is_kept: bool,
    ) -> None:
        """Nor one that may: a full admin comes in without it first."""
        now = timezone.now()
        opened_at = None if days is None else now - timedelta(days=days)
        StandbyKey.objects.update(opened_at=opened_at, created_at=now - timedelta(days=30))
        SignInTrace.objects.update(created_at=now - timedelta(days=31))
        SamlIdentity.objects.update(last_used_at=now - timedelta(days=31))
        if is_used_since:
            Journey(required.connection, required.idp, Client()).sign_in("admin")
        fingerprint = describe_certificate(standby.certificate).sha256_fingerprint

        with pytest.raises(KeyInUse) if is_kept else nullcontext():
            retire_key(connection=required.connection, fingerprint=fingerprint, actor=actor)

        assert StandbyKey.objects.exists() is is_kept


class TestWhereItIsNot:
    @pytest.fixture
    def only_sso(self, acme: Organization, make_user: Any, at_acme: Journey) -> User:
        """The only full admin has no password."""
        return make_user("boss", role=Role.FULL_ADMIN)

    def test_the_last_way_in_is_not_closed_or_changed_by_hand(
        self, only_sso: User, at_acme: Journey, acme: Organization
    ) -> None:
        boss = Actor.from_user(only_sso)
        assert not has_other_way_in(acme)
        with pytest.raises(NoWayBackIn):
            deactivate_connection(connection=at_acme.connection, actor=boss)
        with pytest.raises(NoWayBackIn):
            change_connection(connection=at_acme.connection, changes=OPTION, actor=boss)

        outsider = Actor(ActorKind.DIRECTORY, "", "Somebody with a link")
        with pytest.raises(NoWayBackIn):
            change_connection(connection=at_acme.connection, changes=OPTION, actor=outsider)

        make_recovery_codes(organization=acme, actor=boss)

        assert has_other_way_in(acme)
        change_connection(connection=at_acme.connection, changes=OPTION, actor=boss)
        deactivate_connection(connection=at_acme.connection, actor=boss)

    @pytest.fixture
    def second(self, only_sso: User, at_acme: Journey, make_journey: Any) -> Journey:
        """Another connection, which knows the only full admin as well."""
        made: Journey = make_journey(at_acme.connection.organization, name="Entra ID")
        at_acme.sign_in("boss")
        SamlIdentity.objects.create(
            connection=made.connection, user=only_sso, name_id="boss", last_used_at=timezone.now()
        )
        return made

    def test_a_connection_that_was_changed_since_it_was_used_is_no_other_way_in(
        self, only_sso: User, at_acme: Journey, second: Journey
    ) -> None:
        """While it is off it is changed freely, and a full admin may activate it untested."""
        boss, there = Actor.from_user(only_sso), second.connection
        deactivate_connection(connection=there, actor=boss)
        import_metadata(connection=there, xml=metadata_of(second, "stranger"), actor=boss)
        activate_connection(connection=there, actor=boss, untested_because="it will do")

        with pytest.raises(NoWayBackIn):
            deactivate_connection(connection=at_acme.connection, actor=boss)

    @pytest.mark.parametrize("proof", ["a use", "a sign-in", "a test"])
    def test_another_connection_is_one_once_a_full_admin_has_come_in(
        self, only_sso: User, at_acme: Journey, second: Journey, proof: str
    ) -> None:
        boss, there = Actor.from_user(only_sso), second.connection
        SamlIdentity.objects.filter(connection=there).update(
            last_used_at=there.updated_at - timedelta(minutes=1)
        )
        with pytest.raises(NoWayBackIn):
            deactivate_connection(connection=at_acme.connection, actor=boss)

        match proof:
            case "a use":
                SamlIdentity.objects.filter(connection=there).update(last_used_at=timezone.now())
            case "a sign-in":
                second.sign_in("boss")
            case "a test":
                assert run(at_acme.client, second, "boss").admin_came_in

        deactivate_connection(connection=at_acme.connection, actor=boss)

    @pytest.mark.parametrize("has_codes", [True, False])
    def test_a_key_that_the_only_way_in_needs_is_not_retired(
        self, only_sso: User, at_acme: Journey, acme: Organization, has_codes: bool
    ) -> None:
        boss = Actor.from_user(only_sso)
        standby = make_next_key(connection=at_acme.connection, actor=boss)
        StandbyKey.objects.update(opened_at=timezone.now())
        if has_codes:
            make_recovery_codes(organization=acme, actor=boss)
        fingerprint = describe_certificate(standby.certificate).sha256_fingerprint

        with nullcontext() if has_codes else pytest.raises(KeyInUse):
            retire_key(connection=at_acme.connection, fingerprint=fingerprint, actor=boss)

        assert StandbyKey.objects.exists() is not has_codes

    def test_a_key_of_a_connection_that_opens_nothing_is_retired(
        self, only_sso: User, at_acme: Journey, acme: Organization
    ) -> None:
        boss = Actor.from_user(only_sso)
        standby = make_next_key(connection=at_acme.connection, actor=boss)
        StandbyKey.objects.update(opened_at=timezone.now())
        make_recovery_codes(organization=acme, actor=boss)
        deactivate_connection(connection=at_acme.connection, actor=boss)
        fingerprint = describe_certificate(standby.certificate).sha256_fingerprint

        retire_key(connection=at_acme.connection, fingerprint=fingerprint, actor=boss)

        assert not StandbyKey.objects.exists()

    def test_the_last_full_admin_who_gets_in_is_not_demoted(
        self, acme: Organization, make_user: Any, admin: User, actor: Actor
    ) -> None:
        make_user("boss", role=Role.FULL_ADMIN)

        with pytest.raises(LastFullAdminWhoGetsIn):
            change_role(user=admin, role=Role.LEARNER, actor=actor)
        with pytest.raises(LastFullAdminWhoGetsIn):
            deactivate_user(user=admin, actor=actor)

    def test_nor_is_an_open_connection_enough_that_nobody_who_stays_has_used(
        self, at_acme: Journey, make_user: Any, admin: User, actor: Actor
    ) -> None:
        make_user("boss", role=Role.FULL_ADMIN)
        with pytest.raises(LastFullAdminWhoGetsIn):
            change_role(user=admin, role=Role.LEARNER, actor=actor)
        at_acme.sign_in("boss")

        change_role(user=admin, role=Role.LEARNER, actor=actor)

    def test_a_use_at_another_organization_or_of_who_goes_is_none(
        self, at_acme: Journey, at_globex: Journey, globex: Organization, make_user: Any
    ) -> None:
        first, _second = (make_user(name, role=Role.FULL_ADMIN) for name in ("first", "second"))
        make_user("boss", organization=globex, role=Role.FULL_ADMIN)
        at_acme.sign_in("first")
        at_globex.sign_in("boss")

        with pytest.raises(LastFullAdminWhoGetsIn):
            deactivate_user(user=first, actor=Actor.from_user(first))

    def test_where_single_sign_on_is_required_a_password_is_no_way_in(
        self, acme: Organization, admin: User
    ) -> None:
        assert has_other_way_in(acme)
        acme.sso_required_at = timezone.now()

        assert not has_other_way_in(acme)

    def test_a_directory_takes_all_but_the_last(
        self, acme: Organization, make_user: Any, admin: User
    ) -> None:
        boss = make_user("boss", role=Role.FULL_ADMIN)
        directory = Actor.directory("", "Okta")
        with pytest.raises(LastFullAdminWhoGetsIn):
            deactivate_user(user=admin, actor=directory)

        deactivate_user(user=boss, actor=directory)
        with pytest.raises(LastFullAdmin):
            deactivate_user(user=admin, actor=directory)

    def test_where_nobody_gets_in_yet_a_directory_has_none_to_lose(
        self, acme: Organization, make_user: Any
    ) -> None:
        first, _second = (make_user(name, role=Role.FULL_ADMIN) for name in ("first", "second"))

        deactivate_user(user=first, actor=Actor.directory("", "Okta"))


CERTIFICATE_CASES = [
    ({"a"}, {"a", "b"}, False, True),
    ({"a"}, {"b"}, False, False),
    ({"a", "b"}, {"a"}, False, False),
    ({"a", "b"}, {"b", "c"}, True, True),
    ({"a"}, {"b"}, True, False),
]


@pytest.mark.parametrize(("before", "after", "by_itself", "keeps"), CERTIFICATE_CASES)
def test_certificates(before: set[str], after: set[str], by_itself: bool, keeps: bool) -> None:
    changes = {"idp_certificates": (frozenset(before), frozenset(after))}

    assert keeps_the_way_in(changes, by_itself=by_itself) is keeps
