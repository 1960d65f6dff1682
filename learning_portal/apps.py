from importlib import import_module

from django.apps import AppConfig, apps
from django.contrib.admin.apps import SimpleAdminConfig


class PortalConfig(AppConfig):
    """The package above all apps. As an app of its own it brings commands that reach several."""

    name = "learning_portal"
    verbose_name = "Learning portal"
    default = True


class ConsoleConfig(SimpleAdminConfig):
    """Django's admin with our site in place of the stock one: the console."""

    default_site = "learning_portal.console.site.ConsoleSite"

    def ready(self) -> None:
        super().ready()
        from django.contrib import admin

        admin.autodiscover()
        # Django's permission groups decide nothing here: abilities do.
        admin.site.unregister(apps.get_model("auth", "Group"))
        # Raw results hold arguments; *Background work* shows what came of a job.
        admin.site.unregister(apps.get_model("django_tasks_database", "DBTaskResult"))
        # Pages that put several apps' pieces beside each other register here, after the apps.
        import_module("learning_portal.console.people")
