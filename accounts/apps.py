from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        # Imported, its checks are registered.
        from accounts import checks  # noqa: F401
