"""Spell what a delivery says for a webhook, a mail or a chat."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string

from common.webhook_signing import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from streams.deliveries import letters, links, secrets
from streams.deliveries.contents import Content
from streams.deliveries.letters import Letter
from streams.deliveries.parcels import ChatParcel, MailParcel, Parcel, WebhookParcel
from streams.deliveries.wording import quoted
from streams.frames import to_text
from streams.models import Delivery, DeliveryKind, Destination, DestinationKind

USER_AGENT = "SignalHub-Webhooks/1"
CHAT_MAX_CHARACTERS = 4000  # Telegram takes 4096


def parcel_of(
    delivery: Delivery, destination: Destination, content: Content, *, now: datetime
) -> Parcel:
    """Return what is handed over for sending."""
    if delivery.kind in (DeliveryKind.NOTICE, DeliveryKind.CONFIRMATION):
        return _mail_of_ours(delivery, destination)
    if destination.kind == DestinationKind.WEBHOOK:
        return _webhook(delivery, destination, content, now=now)
    letter = letters.letter_of(content, destination=destination.name)
    if destination.kind == DestinationKind.TELEGRAM:
        return ChatParcel(chat_id=destination.address, text=_cut(_chat(letter)))
    return _mail(delivery, destination, letter)


def body_of(content: Content) -> bytes:
    """Return the body of a webhook: the shape that Standard Webhooks asks for."""
    body = {"type": content.type, "timestamp": content.at.isoformat(), "data": content.data}
    return to_text(body).encode()


def _webhook(
    delivery: Delivery, destination: Destination, content: Content, *, now: datetime
) -> WebhookParcel:
    body, timestamp = body_of(content), str(int(now.timestamp()))
    signature = secrets.signatures(
        destination, body, message_id=delivery.message_id, timestamp=timestamp, now=now
    )
    return WebhookParcel(
        url=destination.address,
        body=body,
        headers={
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            ID_HEADER: delivery.message_id,
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: signature,
        },
    )


def _mail(delivery: Delivery, destination: Destination, letter: Letter) -> MailParcel:
    unsubscribe = links.unsubscribe_link(destination)
    return MailParcel(
        to=destination.address,
        subject=letter.subject,
        text=_text(letter, unsubscribe=unsubscribe),
        html=_html(letter, unsubscribe=unsubscribe),
        headers={
            **_headers(delivery),
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _mail_of_ours(delivery: Delivery, destination: Destination) -> MailParcel:
    if delivery.kind == DeliveryKind.CONFIRMATION:
        to, letter = destination.address, _question(destination)
    else:
        to, letter = destination.owner.email, _notice(delivery, destination)
    return MailParcel(
        to=to,
        subject=letter.subject,
        text=_text(letter),
        html=_html(letter),
        headers=_headers(delivery),
    )


def _question(destination: Destination) -> Letter:
    return Letter(
        subject="SignalHub: shall signals come to this address?",
        lines=[
            f"{quoted(destination.owner.username)} wants signals to be sent to this address.",
            "If you want that too, follow the link and say so. If not, do nothing: nothing more "
            "is sent.",
        ],
        link=links.confirmation_link(destination),
        link_words="Say yes",
    )


def _notice(delivery: Delivery, destination: Destination) -> Letter:
    return Letter(
        subject="SignalHub: a destination of yours is disabled",
        lines=[
            f"Nothing is sent to {quoted(destination.name)} any longer. {delivery.reason}",
            "What is put out meanwhile waits, and comes once you enable it again.",
        ],
        link=f"{settings.PUBLIC_URL}/deliveries/{destination.pk}/",
        link_words="Look at it",
    )


def _headers(delivery: Delivery) -> dict[str, str]:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return {
        # The same however often it is sent, so that a second copy is known as one.
        "Message-ID": f"<{delivery.message_id}@{host}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def _text(letter: Letter, *, unsubscribe: str = "") -> str:
    lines = [*letter.lines, *_link(letter)]
    if unsubscribe:
        lines += ["", "-- ", f"No more of these mails: {unsubscribe}"]
    return "\n".join(lines) + "\n"


def _html(letter: Letter, *, unsubscribe: str = "") -> str:
    return render_to_string("deliveries/mail.html", {"letter": letter, "unsubscribe": unsubscribe})


def _chat(letter: Letter) -> str:
    return "\n".join([letter.subject, *letter.lines, *_link(letter)])


def _link(letter: Letter) -> list[str]:
    return [f"{letter.link_words}: {letter.link}"] if letter.link else []


def _cut(text: str) -> str:
    if len(text) <= CHAT_MAX_CHARACTERS:
        return text
    return text[: CHAT_MAX_CHARACTERS - 30] + "\n… the rest is in the log."
