"""A connection's versions and the changes that wait: services, pages, the other tenant."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from html import unescape

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.roles import Ability, Role
from audit.actions import Action
from audit.models import AuditEvent
from sandbox.saml_messages import idp_metadata
from sso.content import CONTENT_FIELDS, content_of, digest_of, trust_content
from sso.errors import ChangeDecided, InvalidOption, OtherIdentityProvider
from sso.models import ConnectionVersion, SamlConnection, StagedChange
from sso.saml import read_metadata
from sso.services import (
    apply_staged_change,
    change_connection,
    create_connection,
    deactivate_connection,
    dismiss_staged_change,
    import_metadata,
    stage_change,
    stage_roll_back,
)
from tests.at_once import at_once, refusals
from tests.sso.conftest import signing_identity

pytestmark = pytest.mark.django_db

CONSOLE = StagedChange.Source.CONSOLE
METADATA = StagedChange.Source.METADATA


@pytest.fixture
def okta(at_acme):
    return at_acme.connection


def next_key(okta):
    """The same provider with another key."""
    return replace(signing_identity("https://next-key.example"), entity_id=okta.idp_entity_id)


def new_keys(okta):
    """What the provider says of itself once it has changed its key for another."""
    xml = idp_metadata(next_key(okta), sso_url="https://idp.acme.example/sso")
    return trust_content(read_metadata(xml).trust)


def page(connection, *parts):
    return "/console/sso/samlconnection/" + "/".join(
        str(each) for each in (connection.pk, *parts, "")
    )


def stage(okta, content=None, *, source=CONSOLE, actor):
    content = {"clock_skew_seconds": 120} if content is None else content
    return stage_change(connection=okta, content=content, source=source, actor=actor)


class TestVersions:
    def test_each_change_of_a_connection_is_a_version(self, okta, actor):
        change_connection(connection=okta, changes={"clock_skew_seconds": 90}, actor=actor)
        deactivate_connection(connection=okta, actor=actor)

        kept = ConnectionVersion.objects.filter(connection=okta).order_by("number")
        assert [row.number for row in kept] == [1, 2, 3, 4, 5]
        assert [row.action for row in kept] == [
            Action.CONNECTION_CREATED,
            Action.METADATA_IMPORTED,
            Action.CONNECTION_ACTIVATED,
            Action.CONNECTION_CHANGED,
            Action.CONNECTION_DEACTIVATED,
        ]
        assert kept[3].content["clock_skew_seconds"] == 90
        assert kept[3].actor_name == actor.name

    def test_the_last_version_is_the_connection_as_it_is(self, okta, actor, make_pool):
        change_connection(
            connection=okta, changes={"pool": make_pool(), "auto_assign": True}, actor=actor
        )

        last = ConnectionVersion.objects.filter(connection=okta).first()
        assert last.number == okta.version
        assert last.content == content_of(SamlConnection.objects.get(pk=okta.pk))

    def test_a_change_that_fails_leaves_no_version(self, okta, actor):
        with pytest.raises(InvalidOption):
            change_connection(connection=okta, changes={"clock_skew_seconds": 900}, actor=actor)

        assert ConnectionVersion.objects.filter(connection=okta).count() == 3

    def test_versions_hold_no_key_of_ours(self, okta):
        assert not {field for field in CONTENT_FIELDS if field.startswith("sp_")}

    def test_a_digest_names_the_content_and_not_the_name(self, okta):
        content = content_of(okta)

        assert digest_of(content | {"name": "Other"}) == digest_of(content)
        assert digest_of(content | {"clock_skew_seconds": 61}) != digest_of(content)


class TestStaging:
    def test_what_is_staged_changes_nothing(self, okta, actor):
        staged = stage(okta, actor=actor)

        okta.refresh_from_db()
        assert okta.clock_skew_seconds == 60
        assert staged.result.clock_skew_seconds == 120
        assert AuditEvent.objects.filter(action=Action.CHANGE_STAGED).count() == 1

    def test_only_what_differs_is_kept(self, okta, actor):
        staged = stage(okta, content_of(okta) | {"clock_skew_seconds": 5}, actor=actor)

        assert staged.changes == {"clock_skew_seconds": 5}

    def test_nothing_new_is_nothing_to_stage(self, okta, actor):
        assert stage(okta, content_of(okta), actor=actor) is None
        assert not StagedChange.objects.exists()

    def test_the_same_again_is_the_same_row(self, okta, actor):
        assert stage(okta, actor=actor).pk == stage(okta, actor=actor).pk
        assert AuditEvent.objects.filter(action=Action.CHANGE_STAGED).count() == 1

    def test_a_later_one_of_the_same_source_takes_its_place(self, okta, actor):
        first = stage(okta, actor=actor)
        other_source = stage(okta, new_keys(okta), source=METADATA, actor=actor)
        second = stage(okta, {"clock_skew_seconds": 7}, actor=actor)

        first.refresh_from_db()
        assert first.outcome == "replaced"
        assert set(StagedChange.objects.open()) == {second, other_source}

    def test_when_nothing_differs_any_more_nothing_waits(self, okta, actor):
        stage(okta, actor=actor)
        stage(okta, content_of(okta), actor=actor)

        assert not StagedChange.objects.open().exists()

    def test_the_database_lets_one_of_a_source_wait(self, okta, actor):
        staged = stage(okta, actor=actor)
        staged.pk = None

        with pytest.raises(IntegrityError), transaction.atomic():
            staged.save(force_insert=True)

    @pytest.mark.parametrize(
        "content", [{"clock_skew_seconds": 301}, {"idp_certificates": ""}, {"preset": "none"}]
    )
    def test_what_could_not_be_applied_is_not_staged(self, okta, actor, content):
        with pytest.raises(InvalidOption):
            stage(okta, content, actor=actor)

    def test_another_provider_is_not_staged_while_people_sign_in(self, okta, actor):
        with pytest.raises(OtherIdentityProvider):
            stage(okta, {"idp_entity_id": "https://other.example"}, actor=actor)

        deactivate_connection(connection=okta, actor=actor)
        assert stage(okta, {"idp_entity_id": "https://other.example"}, actor=actor)

    def test_a_pool_of_another_organization_is_not_staged(self, okta, actor, globex, make_pool):
        with pytest.raises(InvalidOption):
            stage(okta, {"pool": str(make_pool(organization=globex).pk)}, actor=actor)


class TestDeciding:
    def test_applied_it_counts_from_the_next_answer_on(self, at_acme, actor):
        staged = stage(at_acme.connection, new_keys(at_acme.connection), actor=actor)
        assert at_acme.sign_in("ana").status_code == 302

        apply_staged_change(staged=staged, actor=actor)

        assert at_acme.sign_in("ana").status_code == 403
        at_acme.idp = next_key(at_acme.connection)
        assert at_acme.sign_in("ana").status_code == 302

    def test_what_was_changed_meanwhile_stays_changed(self, okta, actor):
        staged = stage(okta, actor=actor)
        change_connection(connection=okta, changes={"name": "Our Okta"}, actor=actor)

        row = apply_staged_change(staged=staged, actor=actor)

        row.refresh_from_db()
        assert (row.name, row.clock_skew_seconds) == ("Our Okta", 120)

    def test_it_is_on_record_with_what_it_changed(self, okta, actor, make_pool):
        pool = make_pool(name="Engineering")
        apply_staged_change(
            staged=stage(okta, new_keys(okta) | {"pool": str(pool.pk)}, actor=actor), actor=actor
        )

        event = AuditEvent.objects.get(action=Action.CHANGE_APPLIED)
        assert event.changes["certificates"] == [1, 1]
        assert event.changes["pool"] == ["None", "Engineering"]
        assert "CERTIFICATE" not in str(event.changes)

    def test_it_is_decided_once(self, okta, actor):
        staged = stage(okta, actor=actor)
        dismiss_staged_change(staged=staged, actor=actor)

        with pytest.raises(ChangeDecided):
            apply_staged_change(staged=staged, actor=actor)
        with pytest.raises(ChangeDecided):
            dismiss_staged_change(staged=staged, actor=actor)
        okta.refresh_from_db()
        assert okta.clock_skew_seconds == 60

    def test_metadata_given_by_hand_overtakes_what_waits(self, at_acme, actor):
        okta = at_acme.connection
        stage(okta, new_keys(okta), source=METADATA, actor=actor)
        stage(okta, actor=actor)

        xml = idp_metadata(at_acme.idp, sso_url="https://idp.acme.example/sso")
        import_metadata(connection=okta, xml=xml, actor=actor)

        assert [each.source for each in StagedChange.objects.open()] == ["console"]

    def test_an_active_connection_is_not_applied_another_provider(self, okta, actor):
        deactivate_connection(connection=okta, actor=actor)
        staged = stage(okta, {"idp_entity_id": "https://other.example"}, actor=actor)
        SamlConnection.objects.update(state="active")

        with pytest.raises(OtherIdentityProvider):
            apply_staged_change(staged=staged, actor=actor)

        staged.refresh_from_db()
        assert staged.is_open


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_does(okta, actor):
    staged = stage(okta, actor=actor)

    def decide(act):
        act(staged=StagedChange.objects.get(pk=staged.pk), actor=actor)

    answers = at_once(
        *[partial(decide, act) for act in (apply_staged_change, dismiss_staged_change) * 4]
    )

    assert refusals(answers) == ["ChangeDecided"] * 7
    staged.refresh_from_db()
    okta.refresh_from_db()
    is_applied = staged.outcome == StagedChange.Outcome.APPLIED
    assert okta.clock_skew_seconds == (120 if is_applied else 60)


class TestRollingBack:
    def test_an_earlier_version_comes_back_as_a_change_of_its_own(self, at_acme, actor):
        okta = at_acme.connection
        good = ConnectionVersion.objects.get(connection=okta, number=okta.version)
        apply_staged_change(staged=stage(okta, new_keys(okta), actor=actor), actor=actor)
        assert at_acme.sign_in("ana").status_code == 403

        staged = stage_roll_back(version=good, actor=actor)
        assert at_acme.sign_in("ana").status_code == 403
        apply_staged_change(staged=staged, actor=actor)

        assert at_acme.sign_in("ana").status_code == 302
        newest = ConnectionVersion.objects.filter(connection=okta).first()
        assert newest.number == good.number + 2
        assert newest.content == good.content

    def test_to_itself_there_is_no_way_back(self, okta, actor):
        latest = ConnectionVersion.objects.filter(connection=okta).first()

        assert stage_roll_back(version=latest, actor=actor) is None

    def test_a_field_that_an_old_version_does_not_know_stays(self, okta, actor):
        old = ConnectionVersion.objects.filter(connection=okta).first()
        del old.content["clock_skew_seconds"]
        change_connection(
            connection=okta, changes={"clock_skew_seconds": 9, "name": "X"}, actor=actor
        )

        assert stage_roll_back(version=old, actor=actor).changes == {"name": "Okta"}


class TestPages:
    def test_versions_are_listed_newest_first(self, console, okta, actor):
        change_connection(connection=okta, changes={"name": "Our Okta"}, actor=actor)

        shown = text_of(console.get(page(okta, "versions")))

        assert shown.index("Version 4") < shown.index("Version 1")
        assert "Connection changed" in shown
        assert actor.name in shown

    def test_the_version_in_use_leads_back_to_the_others(self, console, okta):
        shown = console.get(page(okta, "versions", okta.version)).content.decode()

        assert "This is the connection as it is now." in shown
        assert f'<a class="btn" href="{page(okta, "versions")}">Back</a>' in shown

    def test_a_version_says_what_it_changed_and_what_going_back_would(self, console, okta, actor):
        apply_staged_change(staged=stage(okta, new_keys(okta), actor=actor), actor=actor)
        change_connection(connection=okta, changes={"clock_skew_seconds": 90}, actor=actor)

        shown = text_of(console.get(page(okta, "versions", 4)))
        assert "Comes" in shown
        assert "Goes" in shown
        assert "Clock skew" in shown

        shown = text_of(console.get(page(okta, "versions", 5)))
        assert "This is the connection as it is now" in shown
        assert "Prepare going back" not in shown

    def test_going_back_is_prepared_looked_at_and_applied(self, console, okta, actor):
        change_connection(connection=okta, changes={"clock_skew_seconds": 90}, actor=actor)

        response = console.post(page(okta, "versions", 3))
        staged = StagedChange.objects.get()
        assert response.url == page(okta, "changes", staged.pk)
        shown = text_of(console.get(response.url))
        assert "Back to an earlier version" in shown
        assert "A change waits for you" in text_of(console.get(page(okta, "change")))
        console.post(response.url, {"_apply": "1"})

        okta.refresh_from_db()
        assert okta.clock_skew_seconds == 60
        assert "A change waits for you" not in text_of(console.get(page(okta, "change")))
        assert "Applied" in text_of(console.get(response.url))

    def test_going_back_to_the_same_stages_nothing(self, console, okta):
        response = console.post(page(okta, "versions", 3), follow=True)

        assert "is like this version already" in text_of(response)
        assert not StagedChange.objects.exists()

    def test_going_back_to_another_provider_is_refused_while_active(self, console, okta, actor):
        version = ConnectionVersion.objects.get(connection=okta, number=3)
        version.content["idp_entity_id"] = "https://former.example"
        version.save()

        response = console.post(page(okta, "versions", 3), follow=True)

        assert "This is another identity provider" in text_of(response)

    def test_a_change_says_what_it_does_to_people(self, console, okta, actor):
        moved = {"idp_sso_redirect_url": "https://elsewhere.example/sso"}
        staged = stage(okta, new_keys(okta) | moved, source=METADATA, actor=actor)

        shown = text_of(console.get(page(okta, "changes", staged.pk)))

        assert "1 certificate is trusted no more" in shown
        assert "1 new certificate is trusted" in shown
        assert "People are sent to another address" in shown
        assert "https://elsewhere.example/sso" in shown

    def test_a_dismissed_change_is_gone(self, console, okta, actor):
        staged = stage(okta, actor=actor)

        console.post(page(okta, "changes", staged.pk), {"_dismiss": "1"})
        response = console.post(page(okta, "changes", staged.pk), {"_apply": "1"}, follow=True)

        assert "applied or dismissed in the meantime" in text_of(response)
        okta.refresh_from_db()
        assert okta.clock_skew_seconds == 60

    def test_each_page_costs_at_most_ten_statements(self, console, okta, actor):
        staged = stage(okta, new_keys(okta), actor=actor)
        change_connection(connection=okta, changes={"clock_skew_seconds": 90}, actor=actor)

        for parts in (("versions",), ("versions", 3), ("changes", staged.pk), ("change",)):
            with CaptureQueriesContext(connection) as asked:
                assert console.get(page(okta, *parts)).status_code == 200
            assert len(asked) <= 10, parts


class TestWhose:
    ADDRESSES = (("versions",), ("versions", 1), ("changes",))

    def _address(self, connection, parts, actor):
        if parts == ("changes",):
            return page(connection, "changes", stage(connection, actor=actor).pk)
        return page(connection, *parts)

    @pytest.mark.parametrize("parts", ADDRESSES, ids=str)
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_another_organization_s_are_not_there(
        self, client, sign_in, make_admin, globex, okta, system_actor, parts, method
    ):
        address = self._address(okta, parts, system_actor)
        sign_in(client, make_admin("their-admin", organization=globex))

        assert getattr(client, method)(address, {"_apply": "1"}).status_code in {404, 405}
        okta.refresh_from_db()
        assert okta.clock_skew_seconds == 60

    @pytest.mark.parametrize("parts", ADDRESSES, ids=str)
    def test_without_the_ability_there_is_nothing(
        self, client, sign_in, make_user, okta, system_actor, parts
    ):
        others = [each for each in Ability if each is not Ability.SSO]
        sign_in(client, make_user("helper", role=Role.SUB_ADMIN, abilities=others))

        assert client.get(self._address(okta, parts, system_actor)).status_code == 403

    def test_a_change_of_one_connection_is_not_another_s(self, console, okta, acme, actor):
        other = create_connection(organization=acme, name="Entra", preset="entra", actor=actor)

        assert console.get(page(other, "changes", stage(okta, actor=actor).pk)).status_code == 404
        assert console.get(page(okta, "changes", uuid.uuid4())).status_code == 404
        assert console.get(page(okta, "versions", 99)).status_code == 404

    def test_platform_staff_see_them(self, client, sign_in, make_staff, okta):
        assert sign_in(client, make_staff()).get(page(okta, "versions")).status_code == 200


def text_of(response):
    assert response.status_code == 200, response
    return unescape(response.content.decode())
