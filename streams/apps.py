from django.apps import AppConfig


class StreamsConfig(AppConfig):
    name = "streams"
    verbose_name = "Streams"

    def ready(self) -> None:
        # Imported, its checks are registered; signalhub.checks refuses to start with their errors.
        from streams import checks  # noqa: F401
