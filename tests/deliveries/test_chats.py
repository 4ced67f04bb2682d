"""Telegram: linked by a code, told to wait, and disabled when the bot is not wanted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from streams.deliveries.courier import Heard
from streams.deliveries.linking import Telephone
from streams.deliveries.services.chats import NoBot, NotAChat, new_chat_code
from streams.deliveries.services.destinations import add_destination
from streams.deliveries.services.followings import follow_stream
from streams.models import Destination, DestinationKind, Stream
from tests.deliveries.conftest import UNTIL_ANSWER_SECONDS, Clockwork, log_of
from tests.deliveries.stand_ins import BotApi, bot_api
from tests.streams.conftest import Publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def telegram(settings: Settings) -> Iterator[BotApi]:
    with bot_api() as api:
        settings.TELEGRAM_API_URL, settings.TELEGRAM_BOT_TOKEN = api.url, "123:secret"
        yield api


@pytest.fixture
def chat(telegram: BotApi, sam: User, entitled: Any, stream: Stream, now: datetime) -> Destination:
    destination, secret = add_destination(
        sam, kind=DestinationKind.TELEGRAM, name="Phone", acting_user=sam, now=now
    )
    assert secret == ""
    follow_stream(destination, stream.key, acting_user=sam, now=now)
    return destination


@pytest.fixture
def linked(chat: Destination, now: datetime) -> Destination:
    Destination.objects.update(address="77", verified_at=now)
    chat.refresh_from_db()
    return chat


def written(number: int, text: str, chat_id: int = 77) -> dict[str, Any]:
    return {"update_id": number, "message": {"chat": {"id": chat_id}, "text": text}}


def listen(sender: Clockwork) -> list[dict[str, Any]]:
    telephone = Telephone(sender.courier)
    telephone.listen(now=sender.now)
    heard = sender.inbox.get(timeout=UNTIL_ANSWER_SECONDS)
    assert isinstance(heard, Heard)
    telephone.hear(heard.updates, now=sender.now)
    return heard.updates


def test_a_chat_is_linked_by_writing_the_code_to_the_bot_once(
    chat: Destination, telegram: BotApi, sender: Clockwork, publish: Publish, sam: User
) -> None:
    code = new_chat_code(chat, acting_user=sam, now=sender.now)
    publish(1)
    sender.run()
    assert telegram.texts == []
    telegram.updates = [
        {"update_id": 1, "edited_message": {}},
        written(2, "hello"),
        written(3, "AAAAAAAAAA", chat_id=66),
        written(4, f"/start {code}"),
        written(5, code, chat_id=99),
    ]

    listen(sender)
    sender.run()

    chat.refresh_from_db()
    assert (chat.address, chat.is_open) == ("77", True)
    assert telegram.calls[-1][0] == "/bot123:secret/sendMessage"
    assert telegram.calls[-1][1]["chat_id"] == "77"
    assert "“Momentum” by ada on IBM: 1 (buy)" in telegram.texts[0]
    with pytest.raises(NotAChat):
        new_chat_code(chat, acting_user=sam, now=sender.now)


def test_a_code_that_is_too_old_links_nothing(
    chat: Destination, telegram: BotApi, sender: Clockwork, sam: User
) -> None:
    code = new_chat_code(chat, acting_user=sam, now=sender.now)
    telegram.updates = [written(1, code)]
    Destination.objects.update(code_expires_at=sender.now)

    Telephone(sender.courier).hear(telegram.updates, now=sender.now)

    chat.refresh_from_db()
    assert chat.verified_at is None


def test_a_bot_that_is_to_wait_waits(
    linked: Destination, telegram: BotApi, sender: Clockwork, publish: Publish
) -> None:
    telegram.answers = [
        (429, {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 40}})
    ]
    publish(1)
    sender.run()

    sender.later(seconds=39)
    assert len(telegram.texts) == 1
    sender.later(seconds=2)
    assert len(telegram.texts) == 2
    assert log_of(linked)[0].state == "delivered"


def test_a_bot_that_is_blocked_is_sent_nothing_more_and_the_reason_is_kept(
    linked: Destination, telegram: BotApi, sender: Clockwork, publish: Publish
) -> None:
    telegram.answers = [
        (403, {"ok": False, "description": "Forbidden: bot was blocked by the user"})
    ]
    publish(1)
    sender.run()
    publish(1)
    sender.run()

    linked.refresh_from_db()
    assert linked.disabled_reason == "Telegram says: Forbidden: bot was blocked by the user"
    assert len(telegram.texts) == 1


def test_the_bots_token_stands_in_no_log_and_no_error(
    linked: Destination,
    telegram: BotApi,
    sender: Clockwork,
    publish: Publish,
    caplog: pytest.LogCaptureFixture,
) -> None:
    telegram.close()
    with caplog.at_level("INFO"):
        publish(1)
        sender.run()

    (delivery,) = log_of(linked)
    assert delivery.error.startswith("Telegram could not be reached")
    assert "secret" not in caplog.text + delivery.error


def test_without_a_bot_nobody_adds_a_chat(settings: Settings, sam: User, now: datetime) -> None:
    settings.TELEGRAM_BOT_TOKEN = ""

    with pytest.raises(NoBot):
        add_destination(sam, kind=DestinationKind.TELEGRAM, name="Phone", acting_user=sam, now=now)
