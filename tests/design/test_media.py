"""Which scripts and sheets a console page sends."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.widgets import (
    AutocompleteSelect,
    ForeignKeyRawIdWidget,
    RelatedFieldWidgetWrapper,
)
from django.template import Context, Template

from accounts.models import User
from audit.models import AuditEvent

ORGANIZATION = User._meta.get_field("organization").remote_field


def scripts_and_sheets(media: forms.Media, **context: object) -> str:
    return Template("{% load console %}{% our_media %}").render(
        Context({"media": media, **context})
    )


def page_of(widget: forms.Widget, *, prepopulated: dict[str, list[str]] | None = None) -> str:
    form_class = type("Form", (forms.Form,), {"field": forms.CharField(widget=widget)})
    form = AdminForm(form_class(), [], prepopulated or {})
    stock = admin.ModelAdmin(AuditEvent, admin.site).media
    return scripts_and_sheets(stock + form.media, adminform=form)


def test_a_plain_form_sends_no_jquery():
    html = page_of(forms.TextInput())

    assert "core.js" in html
    assert "jquery" not in html
    assert "xregexp" not in html


@pytest.mark.parametrize("right", ["can_add_related", "can_change_related", "can_view_related"])
def test_a_field_that_opens_a_pop_up_brings_jquery(right):
    widget = RelatedFieldWidgetWrapper(forms.Select(), ORGANIZATION, admin.site)
    for name in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
        setattr(widget, name, name == right)

    html = page_of(widget)

    assert "RelatedObjectLookups.js" in html
    assert html.index("jquery") < html.index("RelatedObjectLookups.js")


def test_a_field_whose_pop_ups_are_off_brings_none():
    widget = RelatedFieldWidgetWrapper(forms.Select(), ORGANIZATION, admin.site)
    widget.can_add_related = widget.can_change_related = False
    widget.can_delete_related = widget.can_view_related = False

    assert "jquery" not in page_of(widget)


def test_a_key_that_is_looked_up_brings_jquery():
    assert "RelatedObjectLookups.js" in page_of(ForeignKeyRawIdWidget(ORGANIZATION, admin.site))


def test_a_pop_up_brings_jquery():
    stock = admin.ModelAdmin(AuditEvent, admin.site).media

    assert "jquery" in scripts_and_sheets(stock, is_popup=True)


def test_a_script_beyond_the_usual_ones_finds_jquery():
    stock = admin.ModelAdmin(AuditEvent, admin.site).media

    assert "jquery" in scripts_and_sheets(stock + forms.Media(js=["accounts/own.js"]))


def test_fields_that_fill_each_other_in_bring_what_they_need():
    field = SimpleNamespace(field="field")
    form = SimpleNamespace(prepopulated_fields=[field], form=None)
    stock = admin.ModelAdmin(AuditEvent, admin.site).media

    html = scripts_and_sheets(stock, adminform=form)

    assert all(name in html for name in ("urlify.js", "prepopulate.js", "xregexp", "jquery"))


def test_the_sheets_of_the_autocomplete_box_are_exchanged_for_ours():
    html = page_of(AutocompleteSelect(User._meta.get_field("organization"), admin.site))

    assert html.count("stylesheet") == 1
    assert "/static/console/select2.css" in html
    assert "select2.full" in html
