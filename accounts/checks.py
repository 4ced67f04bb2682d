"""What must be true of the database before tenants can share it."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.core import checks
from django.db import connections

from common.scoped_postgresql import roles


@checks.register(checks.Tags.database)
def check_database_role(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **options: object,
) -> list[checks.CheckMessage]:
    """Report a role that row-level security does not bind; production does not connect as it."""
    found: list[checks.CheckMessage] = []
    for alias in databases or ():
        connections[alias].ensure_connection()
        if roles.is_unbound(connections[alias].connection):
            found.append(checks.Error(roles.ADVICE, id="accounts.E001"))
    return found
