"""Whether row-level security binds the role as whom we connect: superusers walk past it."""

from __future__ import annotations

from typing import Any

_UNBOUND = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
ADVICE = (
    "Row-level security does not bind the database role of DATABASE_URL: it is a superuser, or has "
    "BYPASSRLS. Give SignalHub a role of its own: CREATE ROLE … LOGIN, and make it the owner of "
    "the database."
)


def is_unbound(connection: Any) -> bool:
    """Tell whether the role of a psycopg connection sees every row whatever the policies say."""
    row = connection.execute(_UNBOUND).fetchone()
    return bool(row and row[0])
