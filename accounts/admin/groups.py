"""*Groups*: people put together by hand, or by a directory."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, Subquery
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.columns import moment_column
from accounts.models import (
    DirectoryGroup,
    DirectoryGroupMembership,
    User,
)
from accounts.roles import Ability
from accounts.services import (
    change_members,
    create_group,
    find_people,
    rename_group,
)
from accounts.tenant_admin import Section, TenantAdmin
from audit.actors import Actor

# More members than this are looked up in People, not ticked off in a form.
LISTED_MEMBERS = 100


class GroupForm(forms.ModelForm[DirectoryGroup]):
    add_people = forms.CharField(
        label=_("Add people"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("User names or e-mail addresses, one a line."),
    )
    remove_people = forms.ModelMultipleChoiceField(
        label=_("Take out"),
        queryset=User.objects.get_queryset().none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = DirectoryGroup
        fields = ("display_name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "remove_people" not in self.fields:
            return
        members = User.objects.get_queryset().filter(memberships__group=self.instance)
        listed = members.values_list("pk", flat=True)[:LISTED_MEMBERS]
        choice = self.fields["remove_people"]
        assert isinstance(choice, forms.ModelMultipleChoiceField)
        choice.queryset = members.filter(pk__in=[*listed])


@admin.register(DirectoryGroup)
class DirectoryGroupAdmin(TenantAdmin):
    ability = Ability.PEOPLE
    section = Section.PEOPLE
    icon = "building"
    menu_order = 20
    empty_text = _("No group yet. Put people together by hand, or let your directory bring groups.")
    guide = "people"
    form = GroupForm
    list_display = ["display_name", "kept_by", "members_shown", "organization", "changed"]
    list_filter = [("organization", admin.RelatedOnlyFieldListFilter), "source"]
    search_fields = ["display_name"]
    ordering = ["display_name", "id"]
    list_select_related = ["organization"]

    def get_queryset(self, request):
        members = DirectoryGroupMembership.objects.filter(group=OuterRef("pk")).order_by()
        counted = members.values("group").annotate(number=Count("pk")).values("number")
        return super().get_queryset(request).annotate(member_count=Subquery(counted))

    def has_change_permission(self, request, obj=None):
        is_ours = obj is None or obj.source == DirectoryGroup.Source.CONSOLE
        return is_ours and super().has_change_permission(request, obj)

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            names = ["organization", "display_name", "add_people"]
        elif self.has_change_permission(request, obj):
            names = ["organization", "display_name", "members_shown", "add_people"]
            names += ["remove_people"] if obj.member_count else []
        else:
            names = ["organization", "display_name", "kept_by", "members_shown", "member_names"]
        return [(None, {"fields": self._hide_organization(request, names)})]

    def get_readonly_fields(self, request, obj=None):
        shown = ["kept_by", "members_shown", "member_names"]
        return [*super().get_readonly_fields(request, obj), *shown]

    changed = moment_column("updated_at", _("changed"))

    @admin.display(description=_("kept by"), ordering="source")
    def kept_by(self, obj: DirectoryGroup) -> SafeString:
        if obj.source == DirectoryGroup.Source.SCIM:
            return format_html('<span class="tag">IdP</span> {}', _("Your directory"))
        return format_html("{}", _("You"))

    @admin.display(description=_("members"))
    def members_shown(self, obj: Any) -> SafeString:
        people = reverse("admin:accounts_user_changelist")
        return format_html(
            '<a href="{}?group={}">{}</a>',
            people,
            obj.pk,
            obj.member_count or 0,
        )

    @admin.display(description=_("people"))
    def member_names(self, obj: DirectoryGroup) -> str:
        return ", ".join(str(user) for user in obj.members.all()[:LISTED_MEMBERS]) or "—"

    def save_model(self, request, obj, form, change):
        actor = Actor.from_user(request.user)
        name = form.cleaned_data["display_name"]
        if change:
            rename_group(group=obj, display_name=name, actor=actor)
        else:
            organization = self.organization_of(request, form)
            self.become(
                obj, create_group(organization=organization, display_name=name, actor=actor)
            )
        coming = find_people(
            organization=obj.organization, names=form.cleaned_data["add_people"].splitlines()
        )
        leaving = form.cleaned_data.get("remove_people") or []
        change_members(group=obj, add=coming, remove=leaving, actor=actor)
