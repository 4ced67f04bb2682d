from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = "Scripts"

    def ready(self) -> None:
        from registry import checks

        checks.refuse_to_start()
