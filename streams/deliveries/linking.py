"""Link a chat to a destination: its owner writes a one-time code to the bot.

One process at a time asks what was written, and only while somebody is expected to write.
"""

from __future__ import annotations

import re
from datetime import datetime
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import connection

from common.errors import SignalHubError
from streams.deliveries.courier import Courier
from streams.deliveries.services.chats import link_chat
from streams.models import Destination, DestinationKind

ASK_SECONDS = 2.0
LOCK_NAME = "streams_telegram_updates"
WRITTEN = re.compile(r"(?:/start\s+)?([A-Z0-9]{10})")


class Telephone:
    """Asks the bot's messages for codes."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._asked_at = float("-inf")
        self._offset = 0

    def listen(self, *, now: datetime) -> None:
        """Ask once, when somebody is expected to write and nobody else asks."""
        if not settings.TELEGRAM_BOT_TOKEN or monotonic() - self._asked_at < ASK_SECONDS:
            return
        self._asked_at = monotonic()
        if _somebody_is_expected(now) and _is_ours_to_ask():
            self._courier.listen(offset=self._offset)

    def hear(self, updates: list[dict[str, Any]], *, now: datetime) -> None:
        """Link whoever wrote a code that is good; pass over everything else."""
        for update in updates:
            number = update.get("update_id")
            if isinstance(number, int):
                self._offset = max(self._offset, number + 1)
            written = _written(update)
            if written is not None:
                _link(*written, now=now)


def _link(chat_id: int, code: str, *, now: datetime) -> None:
    try:
        link_chat(code, chat_id=chat_id, now=now)
    except SignalHubError:
        return  # somebody guesses, or is late: whoever waits sees on their page that nothing came


def _written(update: dict[str, Any]) -> tuple[int, str] | None:
    message = update.get("message")
    if not isinstance(message, dict):
        return None
    chat, text = message.get("chat"), message.get("text")
    if not isinstance(chat, dict) or not isinstance(text, str):
        return None
    chat_id, found = chat.get("id"), WRITTEN.fullmatch(text.strip())
    return (chat_id, found[1]) if isinstance(chat_id, int) and found else None


def _somebody_is_expected(now: datetime) -> bool:
    return Destination.objects.filter(
        kind=DestinationKind.TELEGRAM, verified_at=None, code_expires_at__gt=now
    ).exists()


def _is_ours_to_ask() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [LOCK_NAME])
        (is_ours,) = cursor.fetchone()
    return bool(is_ours)
