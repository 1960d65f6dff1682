"""Lists in the console from which something is done to people: choose, read what it does, confirm.

The list may be of people or of what belongs to them; what is done is done to people, see
`accounts.verbs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.console_pages import person_at
from accounts.models import User
from accounts.roles import Ability, may_grant
from accounts.sign_in import allowed_path
from accounts.tenant_admin import TenantAdmin, restrict
from accounts.verbs import Verb
from audit.actors import Actor


def as_action(verb: Verb) -> Callable[..., Any]:
    """The verb in a list's menu: choosing rows leads to the page that says what it will do."""

    def choose(model_admin: VerbAdmin, request: HttpRequest, rows: Any) -> HttpResponse:
        return model_admin.choose(request, verb, rows)

    choose.__name__ = verb.name  # what the form posts
    return admin.action(choose, permissions=[verb.ability.value], description=str(verb.label))


class VerbAdmin(TenantAdmin):
    """`actions` come from `verbs` by `as_action`."""

    verbs: Mapping[str, Verb] = {}

    # ------------------------------------------------------------------ whom it reaches

    def people_of(self, request: HttpRequest, rows: Any) -> Any:
        """Whom the rows chosen are about."""
        return self.everybody(request).filter(pk__in=rows.order_by().values("user"))

    def everybody(self, request: HttpRequest) -> Any:
        """Whom a verb may reach from here. Platform staff are nobody's people."""
        people = restrict(User.objects.present(), request, "organization")
        return people.exclude(organization=None).select_related("organization")

    def touched(self, request: HttpRequest, verb: Verb, people: Any) -> list[User]:
        """Of these people, those whom the verb does something to, by this administrator.

        Nobody changes a person whose role they could not give.
        """
        found = verb.applies_to(people).order_by("last_name", "first_name", "pk")
        return [person for person in found if self._reaches(request, verb, person)]

    def _reaches(self, request: HttpRequest, verb: Verb, person: User) -> bool:
        by = person_at(request)
        is_spared = verb.spares_oneself and person.pk == by.pk
        return may_grant(by.role, person.role) and not is_spared

    def verbs_for(self, request: HttpRequest, person: User) -> list[Verb]:
        """What this administrator may do to the person now, found in one statement."""
        able = [
            verb
            for verb in self.verbs.values()
            if self._is_able(request, verb.ability) and self._reaches(request, verb, person)
        ]
        everybody = self.everybody(request).order_by()
        applies = [Exists(verb.applies_to(everybody).filter(pk=OuterRef("pk"))) for verb in able]
        if not able:
            return []
        found = User.objects.filter(pk=person.pk).values_list(*applies).get()
        return [verb for verb, it_does in zip(able, found, strict=True) if it_does]

    def has_people_permission(self, request: HttpRequest) -> bool:
        return self._is_able(request, Ability.PEOPLE)

    def has_licenses_permission(self, request: HttpRequest) -> bool:
        return self._is_able(request, Ability.LICENSES)

    # ------------------------------------------------------------------ asking, doing

    def get_urls(self) -> list[URLPattern]:
        many = self.admin_site.admin_view(require_POST(self.act_on_many))
        return [path("bulk/<str:verb>/", many, name=self._bulk_name), *super().get_urls()]

    @property
    def _bulk_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_bulk"

    def choose(self, request: HttpRequest, verb: Verb, rows: Any) -> HttpResponse:
        """Rows were chosen from the list: ask. Nothing happens yet."""
        if not rows:
            self.message_user(request, _("Nobody was chosen."), messages.INFO)
            return HttpResponseRedirect(request.get_full_path())
        people = self.people_of(request, rows)
        action = reverse(f"admin:{self._bulk_name}", args=[verb.name])
        return self.ask(request, verb, people, action=action, back=request.get_full_path())

    def ask(
        self,
        request: HttpRequest,
        verb: Verb,
        people: Any,
        *,
        action: str,
        back: str,
        person: User | None = None,
    ) -> HttpResponse:
        """The page that says what the verb will do; `action` does it, `back` leaves it alone.

        `person` is the one whose page it is asked from.
        """
        chosen = list(people.order_by()[: verb.at_once + 1])
        if len(chosen) > verb.at_once:
            self.message_user(
                request,
                _("Choose at most %(count)d people at a time.") % {"count": verb.at_once},
                messages.ERROR,
            )
            return HttpResponseRedirect(back)
        keys = [each.pk for each in chosen]
        touched = self.touched(request, verb, self.everybody(request).filter(pk__in=keys))
        oneself = person_at(request)
        is_one = len(chosen) == 1
        return TemplateResponse(
            request,
            "accounts/console/confirm.html",
            {
                **self.admin_site.each_context(request),
                "title": verb.question % {"name": chosen[0]}
                if is_one
                else f"{verb.phrase(len(touched))}?",
                "opts": self.opts,
                "verb": verb,
                "consequences": verb.consequences(touched),
                "facts": verb.facts(touched),
                "way_out": verb.way_out(len(touched)),
                "button": verb.label if is_one else verb.phrase(len(touched)),
                "people": touched,
                "left_out": len(chosen) - len(touched),
                "is_self_left_out": oneself in chosen and oneself not in touched,
                "ids": ",".join(str(each.pk) for each in touched),
                "person": person,
                "action": action,
                "back": back,
            },
        )

    def act_on_many(self, request: HttpRequest, verb: str) -> HttpResponse:
        chosen = self.verb_called(request, verb)
        try:
            ids = [UUID(part) for part in request.POST.get("ids", "").split(",") if part]
        except ValueError as error:
            raise BadRequest from error
        if len(ids) > chosen.at_once:
            raise BadRequest
        people = self.everybody(request).filter(pk__in=ids)
        own = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return self.act(request, chosen, people, allowed_path(request.POST.get("back"), own))

    def verb_called(self, request: HttpRequest, name: str) -> Verb:
        verb = self.verbs.get(name)
        if verb is None:
            raise Http404
        if not self._is_able(request, verb.ability):
            raise PermissionDenied
        return verb

    def act(self, request: HttpRequest, verb: Verb, people: Any, back: str) -> HttpResponse:
        touched = self.touched(request, verb, people)
        if not touched:
            self.message_user(request, _("Nobody to do this to any more."), messages.INFO)
            return HttpResponseRedirect(back)
        done = verb.run(touched, Actor.from_user(person_at(request)))
        if done.message:
            self.message_user(request, done.message, messages.SUCCESS)
        for refusal in done.refusals:
            self.message_user(request, refusal, messages.ERROR)
        return HttpResponseRedirect(back)
