from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts import checks, own_data, receipts, receivers, ways_in  # noqa: F401 - they register themselves
