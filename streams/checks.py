"""What must be configured before anything is delivered to the subscribers of products."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from common.networks import bad_networks
from streams.watermark_policy import POLICIES, SECRET_MIN_LENGTH

PRICE_RETENTION_DAYS_MIN = 2


@checks.register("streams")
def check_watermark(
    app_configs: Sequence[AppConfig] | None = None, **options: object
) -> list[checks.CheckMessage]:
    """Report settings under which no output could be marked, or none would be."""
    if not settings.WATERMARK_ENFORCEMENT_ENABLED:
        return [_not_marked()] if settings.PRODUCTION else []
    found: list[checks.CheckMessage] = []
    if settings.WATERMARK_ENFORCEMENT_POLICY not in POLICIES:
        found.append(
            checks.Error(
                f"WATERMARK_ENFORCEMENT_POLICY is {settings.WATERMARK_ENFORCEMENT_POLICY!r}.",
                hint=f"Write {' or '.join(POLICIES)}.",
                id="streams.E001",
            )
        )
    if settings.PRODUCTION and len(settings.WATERMARK_SECRET) < SECRET_MIN_LENGTH:
        found.append(
            checks.Error(
                f"WATERMARK_SECRET has fewer than {SECRET_MIN_LENGTH} characters, so what "
                "subscribers are given cannot be marked.",
                hint="Draw one at random, set it or name its file in WATERMARK_SECRET_FILE, and "
                "keep a copy: leaks are found with it.",
                id="streams.E002",
            )
        )
    return found


@checks.register("streams")
def check_retention(
    app_configs: Sequence[AppConfig] | None = None, **options: object
) -> list[checks.CheckMessage]:
    """Report a retention under which prices would be gone before they are delivered."""
    if settings.PUBLIC_PRICE_RETENTION_DAYS >= PRICE_RETENTION_DAYS_MIN:
        return []
    return [
        checks.Error(
            f"PUBLIC_PRICE_RETENTION_DAYS is {settings.PUBLIC_PRICE_RETENTION_DAYS}: deliveries "
            "are tried for more than a day.",
            hint=f"Write {PRICE_RETENTION_DAYS_MIN} or more.",
            id="streams.E005",
        )
    ]


@checks.register("streams")
def check_delivery(
    app_configs: Sequence[AppConfig] | None = None, **options: object
) -> list[checks.CheckMessage]:
    """Report settings under which deliveries go where they must not, or link to nowhere."""
    found: list[checks.CheckMessage] = [
        checks.Error(
            f"DELIVERY_ALLOWED_NETWORKS has {text!r}, which is no network.",
            hint="Write networks such as 10.20.0.0/16, with commas between.",
            id="streams.E003",
        )
        for text in bad_networks(settings.DELIVERY_ALLOWED_NETWORKS)
    ]
    if settings.PRODUCTION and not settings.PUBLIC_URL.startswith("https://"):
        found.append(
            checks.Error(
                "PUBLIC_URL does not begin with https://: links in mails would lead past TLS.",
                hint="Write the address at which people reach this installation.",
                id="streams.E004",
            )
        )
    return found


def _not_marked() -> checks.CheckMessage:
    return checks.Warning(
        "Subscribers of products are given exact values: a leak cannot be traced to anybody.",
        hint="Set WATERMARK_ENFORCEMENT_ENABLED=true.",
        id="streams.W001",
    )
