from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = "Scripts"

    def ready(self) -> None:
        # Imported, its checks are registered; signalhub.checks refuses to start with their errors.
        from registry import checks  # noqa: F401
