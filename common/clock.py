"""Instants. Every datetime in the platform is aware and in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from common.errors import InvalidInput


class NaiveInstant(InvalidInput):
    """An instant needs a time zone, for example 2026-01-05T16:00:00Z."""

    code = "naive_instant"


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def parse_instant(text: str, *, field: str = "timestamp") -> datetime:
    """Read an ISO 8601 instant that names its zone.

    Raises
    ------
    NaiveInstant
        ``text`` is not ISO 8601, has no zone, or lies outside of the years 1 to 9999 in UTC.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise NaiveInstant(
            f"{field}: {text!r} is not an ISO 8601 instant such as 2026-01-05T16:00:00Z.",
            field=field,
        ) from None
    if instant.tzinfo is None:
        raise NaiveInstant(
            f"{field}: {text!r} needs a time zone, for example {text}Z.", field=field
        )
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise NaiveInstant(
            f"{field}: {text!r} is outside of the years 1 to 9999 in UTC.", field=field
        ) from None
