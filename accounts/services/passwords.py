"""Passwords: that one was set is on the record, never what it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User


@contextmanager
def audited_password(user: User, *, acting_user: User, now: datetime) -> Iterator[None]:
    """Record that a user's password is another one after the block than before it."""
    before = user.password
    with transaction.atomic():
        yield
        stored = User.objects.get(pk=user.pk)
        if stored.password != before:
            audit.record(
                "user_password_changed",
                stored,
                chain=audit.chain_of(stored),
                acting_user=acting_user,
                now=now,
                before={"named": stored.username, "password": "set"},
                after={"named": stored.username, "password": "set anew"},
            )
