"""Codes that link a chat of Telegram's to a destination."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from common.canonical import sha256
from common.errors import Conflict, NotFound
from streams.models import Destination, DestinationKind

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
CODE_LENGTH = 10


class NoBot(Conflict):
    """This installation has no Telegram bot; ask an operator to set one up."""

    code = "no_telegram_bot"


class NotAChat(Conflict):
    """Only a Telegram destination that waits for its chat has a code."""

    code = "not_waiting_for_a_chat"


class UnknownChatCode(NotFound):
    """This code is unknown, used or too old; make another on the page of the destination."""

    code = "unknown_chat_code"


def require_bot() -> None:
    """Raise NoBot unless messages can be sent to Telegram at all."""
    if not settings.TELEGRAM_BOT_TOKEN:
        raise NoBot()


@transaction.atomic
def new_chat_code(destination: Destination, *, acting_user: User, now: datetime) -> str:
    """Return a code that links the chat that it is written from; only its hash is kept.

    Raises
    ------
    NoBot, NotAChat
    """
    require_bot()
    if destination.kind != DestinationKind.TELEGRAM or destination.verified_at is not None:
        raise NotAChat()
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    destination.code_sha256 = sha256(code.encode())
    destination.code_expires_at = now + timedelta(seconds=settings.TELEGRAM_CODE_SECONDS)
    destination.save(update_fields=["code_sha256", "code_expires_at"])
    audit.record(
        "destination_code_made",
        destination,
        chain=audit.chain_of(destination.owner),
        acting_user=acting_user,
        now=now,
        after={"until": destination.code_expires_at.isoformat()},
    )
    return code


@transaction.atomic
def link_chat(code: str, *, chat_id: int, now: datetime) -> Destination:
    """Deliver to the chat from which a code was written, once.

    Raises
    ------
    UnknownChatCode
    """
    destination = (
        Destination.objects.select_for_update(of=("self",), no_key=True)
        .select_related("owner")
        .filter(
            kind=DestinationKind.TELEGRAM,
            code_sha256=sha256(code.encode()),
            code_expires_at__gt=now,
            verified_at=None,
        )
        .first()
    )
    if destination is None:
        raise UnknownChatCode()
    destination.address = str(chat_id)
    destination.verified_at = now
    destination.code_sha256, destination.code_expires_at = "", None
    try:
        with transaction.atomic():
            destination.save()
    except IntegrityError:
        # The same person's same chat is linked already.
        raise UnknownChatCode() from None
    audit.record(
        "destination_verified",
        destination,
        chain=audit.chain_of(destination.owner),
        acting_user=None,
        now=now,
        after={"kind": destination.kind},
    )
    return destination
