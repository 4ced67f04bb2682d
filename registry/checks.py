"""What must be configured before scripts can be stored safely."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from registry import s3

WELL_KNOWN = "minioadmin"


@checks.register("registry")
def check_object_store(
    app_configs: Sequence[AppConfig] | None = None, **options: object
) -> list[checks.CheckMessage]:
    """Report storage credentials that production must not start with."""
    if not settings.PRODUCTION:
        return []
    credentials = {"S3_ACCESS_KEY": settings.S3_ACCESS_KEY, "S3_SECRET_KEY": settings.S3_SECRET_KEY}
    missing = [name for name, value in credentials.items() if not value]
    known = [name for name, value in credentials.items() if value == WELL_KNOWN]
    found: list[checks.CheckMessage] = []
    if missing:
        found.append(
            checks.Error(
                f"The object store has no credentials: {' and '.join(missing)} not set.",
                hint="Set them, or NAME_FILE with the path of a file that holds the value.",
                id="registry.E001",
            )
        )
    if known:
        found.append(
            checks.Error(
                f"{' and '.join(known)} is {WELL_KNOWN!r}, which everybody knows.",
                hint="Give this installation a key of its own in the object store.",
                id="registry.E002",
            )
        )
    return found + _check_marketplace()


def _check_marketplace() -> list[checks.CheckMessage]:
    if not settings.MARKETPLACE_URL:
        return []
    found: list[checks.CheckMessage] = []
    if not settings.MARKETPLACE_URL.startswith("https://"):
        found.append(
            checks.Error(
                "MARKETPLACE_URL is not https: keys and scripts would travel in the open.",
                hint="Give the marketplace's https address.",
                id="registry.E004",
            )
        )
    if not settings.MARKETPLACE_API_KEY:
        found.append(
            checks.Error(
                "MARKETPLACE_URL is set and MARKETPLACE_API_KEY is not.",
                hint="Set it, or MARKETPLACE_API_KEY_FILE.",
                id="registry.E005",
            )
        )
    return found


@checks.register("registry")
def check_addressing(
    app_configs: Sequence[AppConfig] | None = None, **options: object
) -> list[checks.CheckMessage]:
    """Report a way of naming buckets that no store knows."""
    if settings.S3_ADDRESSING in s3.ADDRESSINGS:
        return []
    return [
        checks.Error(
            f"S3_ADDRESSING is {settings.S3_ADDRESSING!r}.",
            hint=f"One of {', '.join(s3.ADDRESSINGS)}; most stores of one's own need path.",
            id="registry.E003",
        )
    ]
