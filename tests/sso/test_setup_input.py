"""*SSO settings* is one page with two buttons: neither loses what was filled in for the other."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sso.errors import InvalidOption, MetadataUnreachable
from sso.models import MetadataRefresh, SamlConnection, StagedChange
from sso.refresh import refresh
from tests.sso.setup_pages import IDP, carried, metadata, options, step

pytestmark = pytest.mark.django_db

ADDRESS = "https://idp.acme.example/metadata"
PASTED = {"how": "paste", "text": metadata().decode()}


@pytest.fixture
def send(console):
    """The page as a browser sends it, by one of its buttons."""

    def send(connection: SamlConnection, button: str, **filled_in):
        page = console.get(step(connection, "sso"))
        sent = options(page, **filled_in) | {"_with_options": "1"}
        del sent["_options"]
        return console.post(step(connection, "sso"), sent | {button: "1"})

    return send


@pytest.mark.parametrize("button", ["_read", "_options"])
def test_what_was_pasted_is_read_by_either_button(send, draft, button):
    shown = send(draft, button, **PASTED)

    assert shown.context["read"].trust.entity_id == IDP


@pytest.mark.parametrize("button", ["_read", "_options"])
def test_options_of_a_draft_are_saved_with_what_was_pasted(send, draft, button):
    send(draft, button, **PASTED, clock_skew_seconds="90")

    draft.refresh_from_db()
    assert (draft.clock_skew_seconds, draft.idp_entity_id) == (90, "")


def test_a_typed_address_is_read_by_saving(send, draft):
    response = send(draft, "_options", how="address", address=ADDRESS)

    assert response.url == step(draft, "sso") + "reading/"
    draft.refresh_from_db()
    assert draft.idp_metadata_url == ADDRESS


def test_a_chosen_file_is_read_by_saving(send, draft):
    upload = SimpleUploadedFile("idp.xml", metadata(), "text/xml")

    shown = send(draft, "_options", how="file", file=upload)

    assert "Not saved yet" in shown.content.decode()


def test_the_address_that_is_there_is_not_read_by_saving(send, console, draft):
    send(draft, "_options", how="address", address=ADDRESS)

    response = send(draft, "_options", how="address", address=ADDRESS, clock_skew_seconds="90")

    assert response.url == step(draft, "sso")
    draft.refresh_from_db()
    assert draft.clock_skew_seconds == 90


def test_values_by_hand_as_they_were_shown_are_not_read_again(send, console, at_acme):
    by_hand = console.get(f"{step(at_acme.connection, 'sso')}?how=hand").context["form"]
    # A browser ends lines with both.
    same = {field.name: str(field.value() or "").replace("\n", "\r\n") for field in by_hand}
    assert "\r\n" in same["certificates"]

    response = send(at_acme.connection, "_options", how="hand", **same)

    assert response.url == step(at_acme.connection, "attributes")


def test_a_mistake_in_an_option_keeps_what_was_pasted(send, draft):
    response = send(draft, "_read", **PASTED, clock_skew_seconds="301")

    page = response.content.decode()
    assert "Nothing is saved yet" in page
    assert "md:EntityDescriptor" in page
    draft.refresh_from_db()
    assert draft.version == 1


def test_a_file_beside_a_mistake_is_to_be_chosen_again(send, draft):
    upload = SimpleUploadedFile("idp.xml", metadata(), "text/xml")

    response = send(draft, "_read", how="file", file=upload, clock_skew_seconds="301")

    assert "Choose the file again, too." in response.content.decode()


def test_a_refused_option_is_said_beside_what_was_pasted(send, draft, monkeypatch):
    def refuse(**_kwargs):
        raise InvalidOption("clock_skew_seconds", "Not like this.")

    monkeypatch.setattr("sso.console.their_values.change_connection", refuse)

    response = send(draft, "_read", **PASTED, clock_skew_seconds="90")

    assert "Not like this." in response.content.decode()
    assert "Not saved yet" not in response.content.decode()


def test_options_of_a_connection_in_use_wait_until_its_provider_is_decided(send, at_acme):
    connection = at_acme.connection

    shown = send(connection, "_read", **PASTED, clock_skew_seconds="90")

    assert "The options you changed are not saved" in shown.content.decode()
    connection.refresh_from_db()
    assert connection.clock_skew_seconds == 60
    assert not StagedChange.objects.exists()


def test_options_of_a_connection_in_use_stay_in_a_page_that_refuses(send, at_acme):
    page = send(at_acme.connection, "_read", how="paste", text="<html>", clock_skew_seconds="90")

    assert page.context["options"]["clock_skew_seconds"].value() == "90"


def test_a_text_too_large_is_refused_and_never_cut_off(send, console, draft):
    page = send(draft, "_read", how="paste", text="x" * 1_000_001).content.decode()

    assert "The text is larger than 1 MB." in page
    assert "maxlength" not in str(console.get(f"{step(draft, 'sso')}?how=paste").context["form"])


# ------------------------------------------------------------------ what saving says


def test_saving_a_connection_in_use_says_that_it_counts(console, at_acme):
    address = step(at_acme.connection, "attributes")

    answer = console.post(address, {}, follow=True).content.decode()

    assert "Saved. People sign in with it like this from now on." in answer


def ticked(console, connection: SamlConnection, name: str) -> list[str]:
    page = console.get(step(connection, name))
    return [each.label for each in page.context["steps"] if each.is_done]


def test_a_step_with_defaults_wears_its_tick_once_somebody_went_past_it(send, console, draft):
    first = ["Basics", "Identity provider settings", "SSO settings"]
    assert ticked(console, draft, "access") == ["Basics"]
    console.post(step(draft, "sso"), carried(send(draft, "_read", **PASTED)))

    assert ticked(console, draft, "sso") == first
    assert ticked(console, draft, "access") == [*first, "Attributes"]


def test_a_connection_in_use_has_its_steps_behind_it(console, at_acme):
    assert {"Attributes", "Access rules", "Activate"} <= {
        *ticked(console, at_acme.connection, "basics")
    }


# ------------------------------------------------------------------ an address that never answered


def silent(monkeypatch, draft: SamlConnection) -> None:
    def fetch(url: str) -> bytes:
        raise MetadataUnreachable("The host answered 404.")

    monkeypatch.setattr("sso.refresh.fetch", fetch)
    refresh(draft.pk)


def test_an_address_that_never_answered_is_forgotten_once_a_file_is_used(
    send, console, draft, monkeypatch
):
    send(draft, "_read", how="address", address=ADDRESS)
    silent(monkeypatch, draft)
    shown = send(draft, "_read", **PASTED)

    console.post(step(draft, "sso"), carried(shown))

    draft.refresh_from_db()
    assert (draft.idp_metadata_url, draft.idp_entity_id) == ("", IDP)


def test_an_address_that_has_answered_before_stays(send, console, draft, monkeypatch):
    send(draft, "_read", how="address", address=ADDRESS)
    monkeypatch.setattr("sso.refresh.fetch", lambda url: metadata())
    refresh(draft.pk)
    MetadataRefresh.objects.update(next_at=draft.created_at)
    silent(monkeypatch, draft)
    shown = send(draft, "_read", **PASTED)

    console.post(step(draft, "sso"), carried(shown))

    draft.refresh_from_db()
    assert draft.idp_metadata_url == ADDRESS


def test_a_failing_address_is_said_beside_the_address_alone(send, console, draft, monkeypatch):
    send(draft, "_read", how="address", address=ADDRESS)
    silent(monkeypatch, draft)

    said = "The metadata address can’t be read"
    assert said in console.get(f"{step(draft, 'sso')}?how=address").content.decode()
    assert said not in console.get(f"{step(draft, 'sso')}?how=file").content.decode()


class TestAnotherWay:
    """Address, file, paste, by hand: choosing one loses nothing that was typed for another."""

    def test_options_and_what_was_typed_come_along(self, console, draft):
        page = options(console.get(step(draft, "sso")), how="address", address=ADDRESS)
        page |= {"_with_options": "1", "clock_skew_seconds": "90", "_switch": "paste"}
        del page["_options"]

        shown = console.post(step(draft, "sso"), page)

        assert shown.context["way"] == "paste"
        assert shown.context["options"]["clock_skew_seconds"].value() == "90"
        text = shown.content.decode()
        assert f'<input type="hidden" name="address" value="{ADDRESS}">' in text
        draft.refresh_from_db()
        assert (draft.clock_skew_seconds, draft.idp_metadata_url) == (60, ""), "nothing is saved"

        back = console.post(step(draft, "sso"), page | {"how": "paste", "_switch": "address"})

        assert back.context["form"]["address"].value() == ADDRESS
        assert 'type="hidden" name="address"' not in back.content.decode()

    def test_a_file_can_t_come_along_and_that_is_said(self, console, draft):
        upload = SimpleUploadedFile("idp.xml", metadata(), "text/xml")

        shown = console.post(step(draft, "sso"), {"how": "file", "file": upload, "_switch": "hand"})

        assert shown.context["way"] == "hand"
        assert "choose it again" in shown.content.decode()

    def test_a_way_that_is_none_changes_nothing(self, console, draft):
        shown = console.post(step(draft, "sso"), {"how": "paste", "text": "", "_switch": "mail"})

        assert "Paste the XML first." in shown.content.decode()

    def test_what_another_way_was_told_is_not_read(self, console, draft):
        pasted = PASTED | {"address": ADDRESS, "_read": "1"}

        assert console.post(step(draft, "sso"), pasted).context["read"].trust.entity_id == IDP
        draft.refresh_from_db()
        assert draft.idp_metadata_url == ""
