"""What the console says where Django's admin has sentences of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote
from django.core.exceptions import BadRequest, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


class PlainWords(_ModelAdmin):
    # What is added here has a next step on its own page.
    opens_what_was_added = False
    # What an empty list says: why it is empty and what fills it.
    empty_text: str | Promise = ""
    # What to do about it where there is no *Add*: the name of an address, and the link's words.
    empty_link: tuple[str, str | Promise] | None = None
    # The how-to page about what is listed.
    guide = ""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        is_action = request.method == "POST" and "index" in request.POST
        if is_action and not request.POST.getlist(ACTION_CHECKBOX_NAME):
            self.message_user(request, _("Choose rows of the list first."), messages.WARNING)
            return HttpResponseRedirect(request.get_full_path())
        context = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_action_choices(
        self, request: HttpRequest, default_choices: Any = None
    ) -> list[tuple[str, str]]:
        return super().get_action_choices(request, [("", _("Choose…"))])

    def response_action(
        self, request: HttpRequest, queryset: models.QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        if not any(request.POST.getlist("action")):
            self.message_user(request, _("Choose what to do with them."), messages.WARNING)
            return None
        self._refuse_what_is_no_key(request)
        return super().response_action(request, queryset, *args, **kwargs)

    def _refuse_what_is_no_key(self, request: HttpRequest) -> None:
        """Stock admin hands what was posted to the database as it is, which ends in a 500."""
        column = self.opts.pk
        assert column is not None  # every table of ours has one
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                column.run_validators(column.to_python(key))
        except ValidationError as error:
            raise BadRequest from error

    def response_add(
        self, request: HttpRequest, obj: models.Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        self.message_user(request, _("Added %(name)s.") % {"name": obj}, messages.SUCCESS)
        if "_continue" in request.POST or self.opens_what_was_added:
            return HttpResponseRedirect(self._page_of(obj))
        return self.response_post_save_add(request, obj)

    def response_change(self, request: HttpRequest, obj: models.Model) -> HttpResponse:
        self.message_user(request, _("Saved %(name)s.") % {"name": obj}, messages.SUCCESS)
        if "_continue" in request.POST:
            return HttpResponseRedirect(request.get_full_path())
        return self.response_post_save_change(request, obj)

    def _page_of(self, obj: models.Model) -> str:
        name = f"{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(f"{self.admin_site.name}:{name}", args=[quote(obj.pk)])

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        self.message_user(request, _("Deleted %(name)s.") % {"name": obj_display}, messages.SUCCESS)
        return HttpResponseRedirect(
            reverse(
                f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist"
            )
        )


def name_empty_choice(field: Any) -> None:
    """A dash says neither that a choice is wanted nor that none is one."""
    word = _("Choose…") if getattr(field, "required", False) else _("None")
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label:
            field.empty_label = word
    elif isinstance(field, forms.ChoiceField):
        choices: list[Any] = list(cast("Iterable[Any]", field.choices))
        if choices and choices[0][0] == "":
            field.choices = [("", word), *choices[1:]]
