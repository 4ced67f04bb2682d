"""What is handed over for sending: all that it takes, so that sending asks no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class WebhookParcel:
    """A signed request to a receiver."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class MailParcel:
    """A mail to one address."""

    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ChatParcel:
    """A message to a chat of Telegram's."""

    chat_id: str
    text: str


Parcel = WebhookParcel | MailParcel | ChatParcel
