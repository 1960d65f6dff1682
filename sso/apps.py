from django.apps import AppConfig


class SsoConfig(AppConfig):
    name = "sso"
    verbose_name = "Access"

    def ready(self) -> None:
        from sso import doors, leaving, own_data, receipts, receivers, ways_in  # noqa: F401 - they register themselves
