from django.contrib.admin.apps import SimpleAdminConfig


class ConsoleConfig(SimpleAdminConfig):
    """Django's admin with our site in place of the stock one: the console."""

    default_site = "learning_portal.console.site.ConsoleSite"

    def ready(self) -> None:
        super().ready()
        self.module.autodiscover()
