"""The secrets with which a destination's webhooks are signed; kept sealed, two while one goes."""

from __future__ import annotations

from datetime import datetime

from common.encryption import decrypt, encrypt
from common.webhook_signing import new_webhook_secret, sign_webhook, webhook_key
from streams.models import Destination


def draw_secret(destination: Destination) -> str:
    """Give a destination a new secret and return it: this is the one time that it is shown."""
    secret = new_webhook_secret()
    destination.secret = encrypt(secret, context=destination.secret_context)
    return secret


def signatures(
    destination: Destination, body: bytes, *, message_id: str, timestamp: str, now: datetime
) -> str:
    """Return the value of webhook-signature: one for each secret that is good now."""
    sealed = [destination.secret]
    if destination.previous_until is not None and destination.previous_until > now:
        sealed.append(destination.previous_secret)
    keys = [webhook_key(decrypt(one, context=destination.secret_context)) for one in sealed if one]
    return " ".join(
        sign_webhook(body, webhook_id=message_id, timestamp=timestamp, key=key) for key in keys
    )
