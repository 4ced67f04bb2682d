"""What must be configured before scripts can be stored safely."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

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
    return found


def refuse_to_start() -> None:
    """Raise when a check fails: servers that are no management command run no checks."""
    found = check_object_store()
    if found:
        raise ImproperlyConfigured(" ".join(f"({problem.id}) {problem.msg}" for problem in found))
