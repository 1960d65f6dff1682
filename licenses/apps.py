from django.apps import AppConfig


class LicensesConfig(AppConfig):
    name = "licenses"
    verbose_name = "Licenses"

    def ready(self) -> None:
        from licenses import own_data, receipts, receivers  # noqa: F401 - they register themselves
