"""What must be configured before signals are accepted from outside."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

EXAMPLE_SECRET = "your-secret-key-here-change-in-production"


@checks.register("ingest")
def check_signatures(
    app_configs: Sequence[AppConfig] | None = None, **options: object
) -> list[checks.CheckMessage]:
    """Report how signals would be accepted in production without proof of who sent them."""
    if not settings.PRODUCTION:
        return []
    found: list[checks.CheckMessage] = []
    if not settings.HMAC_PRODUCER_ENABLED:
        found.append(
            checks.Error(
                "Signatures of producers are switched off in production.",
                hint="Set HMAC_PRODUCER_ENABLED=true, or leave it unset.",
                id="ingest.E001",
            )
        )
    if settings.HMAC_PRODUCER_SECRET == EXAMPLE_SECRET:
        found.append(
            checks.Error(
                "HMAC_PRODUCER_SECRET is the example of the documentation.",
                hint="Set a random secret, or none: producers are then given their own.",
                id="ingest.E002",
            )
        )
    return found
