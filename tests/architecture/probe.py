"""Tries one console page as the administrator of another organization, in every way there is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from django import forms
from django.apps import apps
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import (
    FieldError,
    PermissionDenied,
    SuspiciousOperation,
    ValidationError,
)
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.test import RequestFactory
from django.urls import resolve, reverse

from accounts.models import Organization, User
from accounts.sessions import SessionStore
from tests.architecture.rows import mark_of

# A forbidden lookup is a SuspiciousOperation too.
REFUSED = (PermissionDenied, Http404, SuspiciousOperation)


class Probe:
    """`person` administers one organization; `foreign` is a row of another one, `mark` its mark."""

    def __init__(
        self,
        page: ModelAdmin[Any],
        *,
        person: User,
        own: models.Model,
        foreign: models.Model,
        globex: Organization,
    ) -> None:
        self.page = page
        self.person = person
        self.own = own
        self.foreign = foreign
        self.mark = mark_of(globex)
        self.globex = globex

    # ------------------------------------------------------------------ asking

    def request(self, data: Any = None, *, post: bool = False) -> Any:
        opts = self.page.opts
        path = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        factory = RequestFactory()
        request = factory.post(path, data or {}) if post else factory.get(path, data or {})
        request.user = self.person
        request.session = SessionStore()
        request.resolver_match = resolve(path)
        request._dont_enforce_csrf_checks = True
        request._messages = CookieStorage(request)
        return request

    def answer(self, view: Any, request: HttpRequest, *args: Any) -> str:
        """What the browser gets, in one comparable text: status, target, messages, page."""
        try:
            response: HttpResponse = view(request, *args)
        except REFUSED as refusal:
            return f"refused: {type(refusal).__name__}"
        if hasattr(response, "render"):
            response.render()
        told = [str(message) for message in get_messages(request)]
        body = response.content.decode()
        return json.dumps([response.status_code, response.headers.get("Location"), told, body])

    def id_of(self, row: models.Model) -> str:
        return str(getattr(row, "public_id", row.pk))

    # ------------------------------------------------------------------ what leaks

    def leaks(self) -> list[str]:
        """Every way in which this page lets the other organization show, or be touched."""
        return [
            *self.list_leaks(),
            *self.object_leaks(),
            *self.filter_leaks(),
            *self.form_leaks(),
            *self.action_leaks(),
            *self.autocomplete_leaks(),
        ]

    def list_leaks(self) -> Iterator[str]:
        for query in ({}, {"q": self.mark}, {"o": "1"}, {"all": ""}):
            request = self.request(data=query)
            if not self.page.has_view_permission(request):
                return
            cl = self.page.get_changelist_instance(request)
            if any(row.pk == self.foreign.pk for row in cl.result_list):
                yield f"the list shows the row ({query})"
            if not query and self.mark in self.answer(self.page.changelist_view, request):
                yield "the list's page names something of the other organization"
        if self.mark in self.answer(self.page.changelist_view, self.request(data={"_popup": "1"})):
            yield "the pop-up list names something of the other organization"

    def object_leaks(self) -> Iterator[str]:
        unknown = str(uuid.uuid4()) if not self.id_of(self.foreign).isdigit() else "999999999"
        for view in (self.page.change_view, self.page.history_view, self.page.delete_view):
            for post in (False, True):
                for data in ({}, {"_to_field": self.page.opts.pk.name, "_popup": "1"}):
                    answers = [
                        self.answer(view, self.request(data=data, post=post), key).replace(
                            key, "ID"
                        )
                        for key in (self.id_of(self.foreign), unknown)
                    ]
                    if answers[0] != answers[1]:
                        yield f"{view.__name__} tells a foreign row from an unknown one"

    def filter_leaks(self) -> Iterator[str]:
        request = self.request()
        if not self.page.has_view_permission(request):
            return
        cl = self.page.get_changelist_instance(request)
        for spec in cl.filter_specs:
            if any(self.mark in str(choice["display"]) for choice in spec.choices(cl)):
                yield f"the filter {spec.title} names something of the other organization"
        for lookup in self.probing_lookups():
            asked = self.request(data=QueryDict(lookup).dict())
            if "refused" not in self.answer(self.page.changelist_view, asked):
                yield f"the address may probe {lookup}"

    def probing_lookups(self) -> Iterator[str]:
        """Local columns letter by letter, and columns of whatever the row points at."""
        for field in self.page.model._meta.fields:
            if isinstance(field, models.CharField | models.TextField):
                yield f"{field.name}__startswith=a"
            if isinstance(field, models.ForeignKey):
                yield from (
                    f"{field.name}__{column.name}__startswith=a"
                    for column in field.related_model._meta.fields
                    if isinstance(column, models.CharField)
                )

    def form_leaks(self) -> Iterator[str]:
        for row in (None, self.own):
            request = self.request()
            if row is None and not self.page.has_add_permission(request):
                continue
            if row is not None and not self.page.has_change_permission(request, row):
                continue
            own = self.page.get_object(request, self.id_of(row)) if row is not None else None
            form_class = self.page.get_form(request, own, change=own is not None)
            form = form_class(instance=own) if own is not None else form_class()
            yield from self._choices(form.fields)
            for formset, _inline in self.page.get_formsets_with_inlines(request, own):
                yield from self._choices(formset.form.base_fields)

    def _choices(self, fields: dict[str, forms.Field]) -> Iterator[str]:
        from tests.architecture.rows import make_row

        for name, field in fields.items():
            if not isinstance(field, forms.ModelChoiceField):
                continue
            other = make_row(field.queryset.model, self.globex)
            try:
                several = isinstance(field, forms.ModelMultipleChoiceField)
                field.clean([other.pk] if several else other.pk)
            except ValidationError:
                pass
            else:
                yield f"the form takes a foreign key in {name}"
            if self.mark in str(field.widget.render(name, None)):
                yield f"the form offers foreign rows in {name}"

    def action_leaks(self) -> Iterator[str]:
        before = self.everything_of_globex()
        for name in self.page.get_actions(self.request()):
            for extra in ({}, {"confirmed": "yes", "post": "yes"}, {"select_across": "1"}):
                data = {
                    "action": name,
                    "index": "0",
                    ACTION_CHECKBOX_NAME: [str(self.foreign.pk)],
                    **extra,
                }
                request = self.request(data=data, post=True)
                if self.mark in self.answer(self.page.changelist_view, request):
                    yield f"the action {name} names something of the other organization"
        if self.everything_of_globex() != before:
            yield "an action changed something of the other organization"

    def autocomplete_leaks(self) -> Iterator[str]:
        """Every field anywhere that points at this page's model."""
        if not self.page.search_fields:
            return
        for source in apps.get_models():
            for field in [*source._meta.fields, *source._meta.many_to_many]:
                if field.related_model is not self.page.model:
                    continue
                request = self.request(
                    data={
                        "term": self.mark,
                        "app_label": source._meta.app_label,
                        "model_name": source._meta.model_name,
                        "field_name": field.name,
                    }
                )
                view = AutocompleteJsonView.as_view(admin_site=self.page.admin_site)
                if self.mark in self.answer(view, request):
                    yield f"autocomplete through {source._meta.label}.{field.name} finds it"

    def everything_of_globex(self) -> dict[str, list[Any]]:
        """All rows of all models that know the organization or one of its people."""
        found = {}
        for model in apps.get_models():
            for lookup in ("organization", "user__organization"):
                try:
                    rows = model._default_manager.filter(**{lookup: self.globex})
                except FieldError:
                    continue
                found[model._meta.label] = sorted(map(str, rows.values_list()))
                break
        return found
