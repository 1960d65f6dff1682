from django.apps import AppConfig


class SsoConfig(AppConfig):
    name = "sso"
    verbose_name = "Access"

    def ready(self) -> None:
        from sso import (  # noqa: F401 - they register themselves
            doors,
            failing,
            leaving,
            own_data,
            receipts,
            receivers,
            ways_in,
        )
