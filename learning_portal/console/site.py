"""The console: Django's admin, for one organization at a time."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.sign_in import lacks_second_factor
from accounts.tenant_admin import Section, TenantAdmin
from learning_portal.console.menu import MenuEntry


class ConsoleSite(admin.AdminSite):
    site_title = site_header = "Learning portal"
    index_title = _("Overview")
    enable_nav_sidebar = False
    empty_value_display = "—"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def has_permission(self, request: HttpRequest) -> bool:
        """An administrator whose session began with one proof has to bring a second one first."""
        user = request.user
        return (
            isinstance(user, User)
            and user.is_active
            and user.is_staff
            and not lacks_second_factor(request.session, user)
        )

    # ------------------------------------------------------------------ addresses

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from learning_portal.console.urls import pages as own_pages
        from provisioning.console.urls import pages as directory_pages
        from sso.console.urls import pages as connection_pages

        # Stock admin resolves any row of any model under `r/`, whosever it is.
        stock = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        return [
            *own_pages(self.admin_view),
            *directory_pages(self.admin_view),
            *connection_pages(self.admin_view),
            *stock,
        ]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        from learning_portal.console.home import overview

        return super().index(request, {**overview(request), **(extra_context or {})})

    def app_index(  # type: ignore[override]  # a redirect where Django renders a page
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Our menu is by task; the pages of an app are no place of their own."""
        return redirect("admin:index")

    # ------------------------------------------------------------------ doors

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one sign-in page, and it is not the admin's."""
        if self.has_permission(request):
            return redirect("admin:index")
        target = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        # The page it leads to judges the target; here it is only passed on.
        query = urlencode({REDIRECT_FIELD_NAME: target})
        user = request.user
        if isinstance(user, User) and user.is_staff and lacks_second_factor(request.session, user):
            return HttpResponseRedirect(f"{reverse('accounts:factor')}?{query}")
        if user.is_authenticated:
            # Signing in again would lead straight back here.
            raise PermissionDenied
        return HttpResponseRedirect(f"{reverse('accounts:login')}?{query}")

    @method_decorator(never_cache)
    def logout(  # type: ignore[override]  # a redirect where Django renders a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("accounts:logout", preserve_request=True)

    def password_change(  # type: ignore[override]  # a redirect where Django renders a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One's own password is changed in *My account*, which limits how often it is guessed."""
        return redirect("account_password")

    def password_change_done(  # type: ignore[override]  # likewise
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account")

    # ------------------------------------------------------------------ every page

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """No query: the menu is decided by role, and the organization came with the session."""
        return {
            **super().each_context(request),
            "organization": getattr(request.user, "organization", None),
        }

    def get_log_entries(self, request: HttpRequest) -> Any:
        """Django's own log stays empty: services write audit events."""
        from django.contrib.admin.models import LogEntry

        return LogEntry.objects.none()

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        from learning_portal.console.menu_pages import menu_pages

        pages = menu_pages(request.user) if isinstance(request.user, User) else ()
        entries = sorted([*pages, *self._lists(request)], key=lambda entry: entry.order)
        home = reverse("admin:index")
        return [
            {
                "name": section.label,
                "app_label": section.value,
                "app_url": home,
                "has_module_perms": True,
                "models": [entry.as_model(request.path) for entry in found],
            }
            for section in Section
            if (found := [entry for entry in entries if entry.section is section])
        ]

    def _lists(self, request: HttpRequest) -> list[MenuEntry]:
        entries = []
        for model, model_admin in self._registry.items():
            if not isinstance(model_admin, TenantAdmin) or model_admin.section is None:
                continue
            if not model_admin.has_module_permission(request):
                continue
            address = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            may_add = model_admin.has_add_permission(request)
            entries.append(
                MenuEntry(
                    section=model_admin.section,
                    order=model_admin.menu_order,
                    label=str(model_admin.menu_label)
                    or capfirst(str(model._meta.verbose_name_plural)),
                    icon=model_admin.icon,
                    url=reverse(f"{address}_changelist"),
                    object_name=str(model._meta.object_name),
                    add_url=reverse(f"{address}_add") if may_add else None,
                    is_view_only=not model_admin.has_change_permission(request),
                )
            )
        return entries
