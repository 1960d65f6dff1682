from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    name = "provisioning"
    verbose_name = "Directory sync"

    def ready(self) -> None:
        from provisioning import own_data, receipts, receivers  # noqa: F401 - they register themselves
