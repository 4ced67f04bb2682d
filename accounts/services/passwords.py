"""Passwords: that one was set is on the record, never what it is; what was signed in ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.services import sessions, tokens
from common.errors import InvalidInput


class PasswordNotAccepted(InvalidInput):
    """Choose another password: at least 12 characters, not a common one, not like your name."""

    code = "password_not_accepted"


@transaction.atomic
def change_password(
    user: User, password: str, *, acting_user: User, now: datetime, keep_session: str = ""
) -> None:
    """Give somebody another password, and end every session and token but the session named.

    Raises
    ------
    PasswordNotAccepted
        It breaks a rule, which the message says.
    """
    try:
        validate_password(password, user)
    except ValidationError as refused:
        raise PasswordNotAccepted(" ".join(refused.messages), field="new_password") from None
    with audited_password(user, acting_user=acting_user, now=now, keep_session=keep_session):
        user.set_password(password)
        user.save(update_fields=["password"])


@contextmanager
def audited_password(
    user: User, *, acting_user: User | None, now: datetime, keep_session: str = ""
) -> Iterator[None]:
    """Record that a user's password is another one after the block than before it.

    ``acting_user`` is None when somebody at the machine's own console did it.
    """
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
            tokens.end_families(stored, reason="password changed", acting_user=acting_user, now=now)
            sessions.drop_sessions(stored, keep=keep_session)
