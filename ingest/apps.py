from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "ingest"
    verbose_name = "Ingest"

    def ready(self) -> None:
        # Imported, its checks are registered; signalhub.checks refuses to start with their errors.
        from ingest import checks  # noqa: F401
