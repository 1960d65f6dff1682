"""The console: Django's admin, for one organization at a time."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest


class ConsoleSite(admin.AdminSite):
    site_title = site_header = "Learning portal"
    index_title = "Overview"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_authenticated and user.is_active and user.is_staff
