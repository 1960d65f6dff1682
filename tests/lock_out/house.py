"""An organization, everything that it and its directory can switch, and who tries its doors.

They try them as browsers do: a password with its second factor, a passkey, a connected profile, a
recovery code, each identity provider.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import time_machine
from django.core.cache import cache
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone

from accounts import totp
from accounts.errors import AccountsError
from accounts.jobs import apply_policy_changes
from accounts.models import (
    Authenticator,
    Domain,
    Organization,
    Passkey,
    PolicyChange,
    Session,
    User,
)
from accounts.roles import Role
from accounts.services import (
    add_domain,
    change_role,
    change_user,
    choose_default_door,
    deactivate_user,
    end_everybodys_sessions,
    invite,
    make_activation_link,
    make_recovery_codes,
    mark_domain_verified,
    off_board,
    reactivate_user,
    remove_authenticator,
    remove_domain,
    remove_passkey,
    reset_second_factor,
    revoke_invitation,
    route_domain,
    schedule_policies,
    set_password,
    set_policies,
    update_organization,
    use_recovery_code,
)
from audit.actors import Actor
from profiles.models import ProfileBinding
from profiles.services import unbind_profile
from sandbox.saml_messages import idp_metadata
from sso.errors import SsoError
from sso.models import ConnectionVersion, IdentityClaim, StagedChange, StandbyKey
from sso.services import (
    activate_connection,
    apply_staged_change,
    change_connection,
    confirm_identity,
    create_connection,
    deactivate_connection,
    delete_draft,
    import_metadata,
    make_next_key,
    require_sso,
    retire_key,
    stage_change,
    stage_key,
    stage_roll_back,
    stop_requiring_sso,
)
from sso.services.keys import fingerprint_of
from tests.accounts.doorways import ACME, signed_in
from tests.factories import PASSWORD, sign_in
from tests.factors import ORIGIN, Device, app_code, secret_typed, sign_in_with
from tests.profiles.conftest import come_back, state_of
from tests.profiles.provider import Provider
from tests.sso.conftest import Journey, signing_identity
from tests.sso.test_testing import run

# By what each of them comes in. "none" was given the role and never came.
PASSWORDED, KNOWN, KEYED, PROFILED, NEVER_IN = "pia", "sam", "kai", "lin", "nil"
DIRECTORY = Actor.directory("", "Okta")
GUIDES = "/console/guides/"
NOBODY = {"allow": [{"attribute": "department", "values": ["nobody's"]}]}

Way = Callable[[Client, User], object]


@dataclass
class House:
    """An organization with full admins of every kind, and everything that can be switched."""

    organization: Organization
    people: dict[str, User]
    staff: User
    okta: Journey
    entra: Journey
    provider: Provider
    device: Device
    codes: list[str] = field(default_factory=list)
    # Whom the identity provider encrypts its answers for, if it does.
    encrypt_for: str | None = None
    # The way in that opened last, and to whom: it mostly still does, so it is tried first.
    opened: tuple[Way, User] | None = None

    @property
    def actor(self) -> Actor:
        return Actor.from_user(next(iter(self.full_admins())))

    def full_admins(self) -> list[User]:
        here = User.objects.in_organization(self.organization).full_admins()
        return list(here.select_related("organization").order_by("created_at", "pk"))

    def person(self, name: str) -> User:
        return User.objects.select_related("organization").get(pk=self.people[name].pk)

    # ------------------------------------------------------------------ doors

    def gets_in(self) -> bool:
        """Whether a full admin who tries every door comes in; nothing of it stays."""
        tries = sorted(self.tries(), key=lambda each: each != self.opened)
        self.opened = next((each for each in tries if self.opens(*each)), None)
        return self.opened is not None

    def tries(self) -> list[tuple[Way, User]]:
        ways = [self.by_password, self.by_code, self.by_sso, self.by_passkey, self.by_profile]
        return [(way, admin) for way in ways for admin in self.full_admins()]

    def opens(self, way: Way, admin: User) -> bool:
        client = Client()
        cache.clear()
        with transaction.atomic():
            way(client, admin)
            # What stops people stands before every page of the console; this one is the cheapest.
            came_in = signed_in(client) == admin and client.get(GUIDES).status_code == 200
            transaction.set_rollback(True)
        return came_in

    def by_password(self, client: Client, admin: User) -> None:
        response = client.post(ACME, {"name": admin.user_name, "password": PASSWORD})
        self._second_step(client, admin, response)

    def by_profile(self, client: Client, admin: User) -> None:
        self.provider.member["sub"] = f"member-of-{admin.pk}"
        response = client.post(f"{ACME}profile/")
        if response.status_code == 303:
            response = come_back(client, state_of(response))
            self._second_step(client, admin, response)

    def _second_step(self, client: Client, admin: User, response: Any) -> None:
        if not response.headers.get("Location", "").startswith("/login/second-factor/"):
            return
        if Authenticator.objects.filter(user=admin).exists():
            client.post("/login/second-factor/", {"code": app_code(admin)})
            return
        page = client.get("/login/second-factor/").content.decode()
        if shown := re.search(r"<code>([A-Z2-7 ]{32,})</code>", page):
            code = totp.code_at(secret_typed(shown[1]), totp.current_step())
            client.post("/login/second-factor/", {"code": code})

    def by_passkey(self, client: Client, admin: User) -> None:
        owner = admin.pk.bytes
        for number, identifier in enumerate(self.device.keys):
            if self.device.owners[identifier] == owner:
                # Passkeys need a host with a name.
                with override_settings(PORTAL_BASE_URL=ORIGIN):
                    sign_in_with(client, self.device, which=number)

    def by_code(self, client: Client, admin: User) -> None:
        for code in self.codes[:1]:
            client.post("/o/acme/recover/", {"name": admin.user_name, "code": code})

    def by_sso(self, client: Client, admin: User) -> None:
        """At one that doesn't know them somebody new may come in, in the same browser."""
        for journey in (self.okta, self.entra):
            self.by_connection(journey, client, admin)
            if signed_in(client) == admin:
                return

    def by_connection(self, journey: Journey, client: Client, admin: User) -> None:
        journey.connection.refresh_from_db()
        if journey.connection.is_active:
            there = Journey(journey.connection, journey.idp, client)
            there.sign_in(self.known_as(admin), **self._sent(journey))

    def known_as(self, person: User) -> str:
        """What identity providers call them, whatever the portal does."""
        return next(name for name, each in self.people.items() if each.pk == person.pk)

    def _sent(self, journey: Journey) -> dict[str, Any]:
        is_encrypted = journey is self.okta and self.encrypt_for
        return {"encrypt_for": self.encrypt_for} if is_encrypted else {}

    # ------------------------------------------------------------------ single sign-on

    def require(self) -> None:
        for admin in self.full_admins():
            client = Client()
            self.by_sso(client, admin)
            if signed_in(client) == admin:
                require_sso(organization=self.organization, admin=admin)
                return

    def stop(self) -> None:
        stop_requiring_sso(organization=self.organization, actor=self.actor)

    def close_okta(self) -> None:
        deactivate_connection(connection=self.okta.connection, actor=self.actor)

    def close_entra(self) -> None:
        deactivate_connection(connection=self.entra.connection, actor=self.actor)

    def open_okta(self) -> None:
        activate_connection(
            connection=self.okta.connection, actor=self.actor, untested_because="tests"
        )

    def open_entra(self) -> None:
        activate_connection(
            connection=self.entra.connection, actor=self.actor, untested_because="tests"
        )

    def break_okta(self) -> None:
        """People are known by something that the provider doesn't send."""
        self._change(self.okta, subject_attribute="uid")

    def mend_okta(self) -> None:
        self._change(self.okta, subject_attribute="", access_rules={})

    def let_nobody_through_okta(self) -> None:
        self._change(self.okta, access_rules=NOBODY)

    def block_everybody_at_entra(self) -> None:
        """Nobody's department is known, so an allow list lets nobody in."""
        self._change(self.entra, access_rules=NOBODY)

    def map_attributes(self) -> None:
        self._change(self.okta, attribute_map={"email": "mailbox"})

    def short_sessions(self) -> None:
        self._change(self.okta, session_hours=1)

    def _change(self, journey: Journey, **changes: Any) -> None:
        change_connection(connection=journey.connection, changes=changes, actor=self.actor)

    def trust_a_stranger(self) -> None:
        entity_id = self.entra.connection.idp_entity_id
        stranger = replace(signing_identity("stranger"), entity_id=entity_id)
        xml = idp_metadata(stranger, sso_url="https://idp.acme.example/sso")
        import_metadata(connection=self.entra.connection, xml=xml, actor=self.actor)

    def apply_a_staged_break(self) -> None:
        staged = stage_change(
            connection=self.okta.connection,
            content={"subject_attribute": "uid"},
            source=StagedChange.Source.METADATA,
            actor=self.actor,
        )
        if staged is not None:
            apply_staged_change(staged=staged, actor=self.actor)

    def apply_what_was_tested(self) -> None:
        staged = stage_change(
            connection=self.okta.connection,
            content={"include_acs_url": not self.okta.connection.include_acs_url},
            source=StagedChange.Source.METADATA,
            actor=self.actor,
        )
        assert staged is not None
        self._test(self.okta, change=staged)
        apply_staged_change(staged=staged, actor=self.actor)

    def roll_back_okta(self) -> None:
        first = ConnectionVersion.objects.filter(connection=self.okta.connection).earliest("number")
        if (staged := stage_roll_back(version=first, actor=self.actor)) is not None:
            apply_staged_change(staged=staged, actor=self.actor)

    def test_entra(self) -> None:
        if self.entra.connection.is_active:
            self._test(self.entra)

    def test_okta(self) -> None:
        self._test(self.okta)

    def _test(self, journey: Journey, **query: Any) -> None:
        for admin in self.full_admins():
            console = sign_in(Client(), admin)
            run(console, journey, self.known_as(admin), **query, **self._sent(journey))

    def use_okta(self) -> None:
        for admin in self.full_admins():
            self.by_connection(self.okta, Client(), admin)

    def use_entra(self) -> None:
        for admin in self.full_admins():
            self.by_connection(self.entra, Client(), admin)

    # Keys

    def next_key(self) -> None:
        make_next_key(connection=self.okta.connection, actor=self.actor)

    def encrypt(self) -> None:
        """The provider reads our metadata and encrypts for the key that signs."""
        self.encrypt_for = self.okta.connection.sp_certificate

    def promote_key(self) -> None:
        change = stage_key(connection=self.okta.connection, actor=self.actor)
        self._test(self.okta, change=change)
        apply_staged_change(staged=change, actor=self.actor)

    def retire_key(self) -> None:
        if (standby := StandbyKey.objects.filter(connection=self.okta.connection).first()) is None:
            return
        retire_key(
            connection=self.okta.connection,
            fingerprint=fingerprint_of(standby.certificate),
            actor=self.actor,
        )

    # Drafts, domains, routing

    def make_and_delete_a_draft(self) -> None:
        draft = create_connection(
            organization=self.organization, name="Draft", preset="okta", actor=self.actor
        )
        delete_draft(connection=draft, actor=self.actor)

    def lead_elsewhere(self) -> None:
        domain = add_domain(organization=self.organization, name="acme.test", actor=self.actor)
        mark_domain_verified(domain=domain, actor=self.actor)
        route_domain(domain=domain, door=self.entra.connection.pk, actor=self.actor)

    def lead_to_entra(self) -> None:
        choose_default_door(
            organization=self.organization, door=self.entra.connection.pk, actor=self.actor
        )

    def remove_domains(self) -> None:
        for domain in Domain.objects.in_organization(self.organization):
            remove_domain(domain=domain, actor=self.actor)

    def confirm_somebody_else(self) -> None:
        """Whom Okta calls otherwise, with Sam's address, is said to be Sam."""
        admin = self.full_admins()[0]
        if not self.okta.connection.is_active:
            return
        there = Journey(self.okta.connection, self.okta.idp, Client())
        there.sign_in("somebody", attributes={"mail": [admin.email]}, **self._sent(self.okta))
        for claim in IdentityClaim.objects.filter(decided_at=None, user=admin):
            confirm_identity(claim=claim, actor=self.actor)

    # ------------------------------------------------------------------ recovery codes

    def make_codes(self) -> None:
        self.codes = make_recovery_codes(organization=self.organization, actor=self.actor)

    def use_codes_up(self) -> None:
        for _number in range(25):
            if not self.codes:
                return
            used = use_recovery_code(
                organization=self.organization,
                name=self.full_admins()[0].user_name,
                code=self.codes.pop(),
            )
            if used.codes:
                self.codes = list(used.codes)
                return

    # ------------------------------------------------------------------ policies

    def forbid_profiles(self) -> None:
        self._set_policies(binding_policy="off")

    def allow_profiles(self) -> None:
        self._set_policies(binding_policy="optional")

    def demand_profiles(self) -> None:
        self._set_policies(binding_policy="required", binding_grace_days=0)

    def forbid_profiles_later(self) -> None:
        self._change_by_the_job(binding_policy="off")

    def demand_profiles_later(self) -> None:
        self._change_by_the_job(binding_policy="required", session_hours=1)

    def no_newcomers(self) -> None:
        self._set_policies(jit_enabled=False)

    def _set_policies(self, **changes: Any) -> None:
        set_policies(organization=self.organization, changes=changes, actor=self.actor)

    def _change_by_the_job(self, **changes: Any) -> None:
        due_at = timezone.now() + timedelta(hours=1)
        schedule_policies(
            organization=self.organization, changes=changes, due_at=due_at, actor=self.actor
        )
        with time_machine.travel(due_at + timedelta(minutes=1)):
            apply_policy_changes.call()
        assert not PolicyChange.objects.waiting().exists()

    def suspend_and_resume(self) -> None:
        by = Actor.from_user(self.staff)
        for status in ("suspended", "active"):
            update_organization(organization=self.organization, values={"status": status}, actor=by)

    def sign_everybody_out(self) -> None:
        end_everybodys_sessions(organization=self.organization, actor=self.actor)

    def link_and_invitation(self) -> None:
        make_activation_link(organization=self.organization, actor=self.actor)
        newcomer = self.person(NEVER_IN)
        if newcomer.state == User.State.ACTIVE:
            invite(user=newcomer, actor=self.actor)
            revoke_invitation(user=newcomer, actor=self.actor)


Switch = Callable[[House], object]


def on(name: str, act: Callable[[House, User], object]) -> Switch:
    def switch(house: House) -> object:
        return act(house, house.person(name))

    switch.__name__ = f"{act.__name__} {name}"
    return switch


def on_each(act: Callable[[House, User], object]) -> list[Switch]:
    """The act as five switches, one for each of the house's people."""

    return [on(name, act) for name in (PASSWORDED, KNOWN, KEYED, PROFILED, NEVER_IN)]


def demote(house: House, person: User) -> None:
    change_role(user=person, role=Role.LEARNER, actor=house.actor)


def promote(house: House, person: User) -> None:
    change_role(user=person, role=Role.FULL_ADMIN, actor=house.actor)


def deactivate(house: House, person: User) -> None:
    deactivate_user(user=person, actor=house.actor)


def reactivate(house: House, person: User) -> None:
    reactivate_user(user=person, actor=house.actor)


def leave(house: House, person: User) -> None:
    off_board(user=person, actor=house.actor)


def deprovision(house: House, person: User) -> None:
    deactivate_user(user=person, actor=DIRECTORY, reason="directory")


def delete(house: House, person: User) -> None:
    deactivate_user(user=person, actor=DIRECTORY, reason="directory", state=User.State.DELETED)


def reset_factor(house: House, person: User) -> None:
    reset_second_factor(user=person, actor=house.actor)


def reset_factor_as_staff(house: House, person: User) -> None:
    """Of somebody who has a password: else the staff's own guide says what else to give them."""
    if person.has_usable_password():
        reset_second_factor(user=person, actor=Actor.from_user(house.staff))


def drop_app(house: House, person: User) -> None:
    remove_authenticator(user=person, actor=Actor.from_user(person))


def drop_passkeys(house: House, person: User) -> None:
    for passkey in Passkey.objects.filter(user=person).select_related("user__organization"):
        remove_passkey(passkey=passkey, actor=Actor.from_user(person))


def disconnect(house: House, person: User) -> None:
    unbind_profile(user=person, actor=house.actor, reason=ProfileBinding.EndReason.ADMIN)


def disconnect_oneself(house: House, person: User) -> None:
    if person.is_active:
        browser = sign_in(Client(), person, door=Session.Door.LINKEDIN)
        browser.post("/connect/disconnect/")


def choose_password(house: House, person: User) -> None:
    set_password(user=person, password=PASSWORD, actor=Actor.from_user(person))


def move(house: House, person: User) -> None:
    """Another address, another user name, another external id: all that a first sign-in goes by."""
    values = {"email": f"{person.pk}@new.example", "user_name": f"new {person.pk}"}
    change_user(user=person, values=values | {"external_id": None}, actor=house.actor)


OF_PEOPLE = [
    *(demote, promote, deactivate, reactivate, leave, deprovision, delete, reset_factor),
    *(reset_factor_as_staff, drop_app, drop_passkeys, disconnect, disconnect_oneself, move),
]
OF_THE_HOUSE = [
    *(House.require, House.stop, House.close_okta, House.close_entra, House.open_okta),
    *(House.open_entra, House.break_okta, House.mend_okta, House.let_nobody_through_okta),
    *(House.block_everybody_at_entra, House.map_attributes, House.short_sessions),
    *(House.trust_a_stranger, House.apply_a_staged_break, House.apply_what_was_tested),
    *(House.roll_back_okta, House.test_entra, House.test_okta, House.use_okta, House.use_entra),
    *(House.next_key, House.encrypt, House.promote_key, House.retire_key),
    *(House.make_and_delete_a_draft, House.lead_elsewhere, House.lead_to_entra),
    *(House.remove_domains, House.confirm_somebody_else, House.use_codes_up),
    *(House.forbid_profiles, House.allow_profiles, House.demand_profiles),
    *(House.forbid_profiles_later, House.demand_profiles_later, House.no_newcomers),
    *(House.suspend_and_resume, House.sign_everybody_out, House.link_and_invitation),
]
# Each of these makes a way in for good, so walks in which it is rare find more.
GENEROUS: list[Switch] = [House.make_codes, *on_each(choose_password)]
SWITCHES = [*OF_THE_HOUSE, *[each for act in OF_PEOPLE for each in on_each(act)]]
# What makes and takes ways in of those with a password and with single sign-on alone.
OF_TWO: list[Switch] = [
    *(House.require, House.stop, House.close_okta, House.close_entra, House.open_okta),
    *(House.break_okta, House.trust_a_stranger, House.make_codes, House.use_codes_up),
    *(on(PASSWORDED, demote), on(PASSWORDED, promote), on(PASSWORDED, choose_password)),
    *(on(KNOWN, deactivate), on(KNOWN, reactivate), House.no_newcomers),
]
# The ones of them that take ways in away, which are tried in every order.
DANGEROUS: list[Switch] = [
    *(House.require, House.close_okta, House.trust_a_stranger, House.use_codes_up),
    on(PASSWORDED, demote),
]
DANGEROUS_WITHOUT_CODES: list[Switch] = [
    *(House.close_okta, House.break_okta, on(PASSWORDED, demote), on(KNOWN, deactivate)),
]


def switch(house: House, act: Switch) -> str:
    """Do it, or be told why not; answers which."""
    house.organization.refresh_from_db()
    house.okta.connection.refresh_from_db()
    house.entra.connection.refresh_from_db()
    cache.clear()
    try:
        with transaction.atomic():
            act(house)
    except (SsoError, AccountsError) as refusal:
        return type(refusal).__name__
    return "done"
