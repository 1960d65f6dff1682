from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = "Profiles"

    def ready(self) -> None:
        from profiles import (  # noqa: F401 - registered by being imported
            acceptance,
            checks,
            doors,
            own_data,
            receipts,
            receivers,
            sign_in,
            ways_in,
        )
