"""The part of the process that talks to the outside: one event loop, and no database.

A receiver that hangs costs a coroutine here, not a thread and not a connection to the database;
that is why sending and keeping books are apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any

import structlog
from django.conf import settings

from streams.deliveries.claims import Claim
from streams.deliveries.outcomes import Outcome
from streams.deliveries.parcels import ChatParcel, MailParcel, Parcel
from streams.deliveries.policy import target_policy
from streams.deliveries.senders.chats import ChatSender
from streams.deliveries.senders.mails import send_mail
from streams.deliveries.senders.webhooks import WebhookSender

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """An attempt has ended."""

    claim: Claim
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Told:
    """PostgreSQL said that a stream has outputs; None: that there is something else to send."""

    stream_id: int | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What people wrote to the bot."""

    updates: list[dict[str, Any]]


Event = Done | Told | Heard


class Courier:
    """Sends what it is handed and puts what came of it into the inbox."""

    def __init__(self, inbox: SimpleQueue[Event]) -> None:
        self._inbox = inbox
        self._loop = asyncio.new_event_loop()
        self._names = ThreadPoolExecutor(settings.DELIVERY_SLOTS, thread_name_prefix="names")
        self._mails = ThreadPoolExecutor(
            settings.DELIVERY_SLOTS_PER_HOST, thread_name_prefix="mails"
        )
        # Looking up a name blocks a thread; with one for each attempt none waits for another.
        self._loop.set_default_executor(self._names)
        self._webhooks = WebhookSender(
            policy=target_policy(), seconds=settings.DELIVERY_ANSWER_SECONDS
        )
        self._chats = ChatSender(
            api_url=settings.TELEGRAM_API_URL,
            token=settings.TELEGRAM_BOT_TOKEN,
            seconds=settings.DELIVERY_ANSWER_SECONDS,
        )
        self._thread = Thread(target=self._loop.run_forever, name="courier", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def send(self, claim: Claim, parcel: Parcel) -> None:
        """Send a parcel once; what came of it follows through the inbox, whatever it is."""
        self._begin(self._carry(claim, parcel))

    def listen(self, *, offset: int) -> None:
        """Ask what people wrote to the bot."""
        self._begin(self._hear(offset))

    def stop(self) -> None:
        """Leave what is under way; whoever it was taken for is sent it again."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._mails.shutdown(wait=False, cancel_futures=True)
        self._names.shutdown(wait=False, cancel_futures=True)
        self._loop.close()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _carry(self, claim: Claim, parcel: Parcel) -> None:
        try:
            outcome = await self._send(parcel)
        except Exception as error:
            # Whatever it is, it is one attempt's: the row has to come back, the others go on.
            log.exception("delivery_broke", delivery=str(claim.delivery_id))
            outcome = Outcome(delivered=False, error=f"Not sent: {type(error).__name__}.")
        self._inbox.put(Done(claim, outcome))

    async def _send(self, parcel: Parcel) -> Outcome:
        if isinstance(parcel, MailParcel):
            return await self._loop.run_in_executor(self._mails, send_mail, parcel)
        if isinstance(parcel, ChatParcel):
            return await self._chats.send(parcel)
        return await self._webhooks.send(parcel)

    async def _hear(self, offset: int) -> None:
        updates: list[dict[str, Any]] = []
        try:
            updates = await self._chats.updates(offset=offset)
        finally:
            self._inbox.put(Heard(updates))

    async def _close(self) -> None:
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._webhooks.client.aclose()
        await self._chats.client.aclose()
