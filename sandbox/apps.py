from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """Demo and tests only. The portal installs it for `seed_demo`; its pages run in a process of
    their own, under `sandbox.settings`."""

    name = "sandbox"
    verbose_name = "Sandbox"

    def ready(self) -> None:
        from sandbox import checks  # noqa: F401 - registers the system check
