"""Sign webhooks in the form of Standard Webhooks, and make and read the secrets for it.

The signed content is the id, the timestamp and the body with full stops between them. What keeps
two requests from having one content is that neither of the first two can hold a full stop.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from common.errors import InvalidInput

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

SECRET_PREFIX = "whsec_"
KEY_BYTES = 32
KEY_MIN_BYTES = 24  # the specification's bounds
KEY_MAX_BYTES = 64
SYMMETRIC = "v1,"


class InvalidWebhookSecret(InvalidInput):
    """The secret of a standard webhook is whsec_ and then 24 to 64 bytes in base64."""

    code = "invalid_webhook_secret"


def signed_content(body: bytes, *, webhook_id: str, timestamp: str) -> bytes:
    """Return the bytes that are signed."""
    return f"{webhook_id}.{timestamp}.".encode() + body


def sign_webhook(body: bytes, *, webhook_id: str, timestamp: str, key: bytes) -> str:
    """Return the value of webhook-signature for a request."""
    content = signed_content(body, webhook_id=webhook_id, timestamp=timestamp)
    mac = hmac.digest(key, content, hashlib.sha256)
    return SYMMETRIC + base64.b64encode(mac).decode()


def new_webhook_secret() -> str:
    """Return a secret that nobody has."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def webhook_key(secret: str) -> bytes:
    """Return the key that a secret spells; the padding may be left out, as senders do.

    Raises
    ------
    InvalidWebhookSecret
    """
    spelled = secret.removeprefix(SECRET_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(spelled + "=" * (-len(spelled) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidWebhookSecret(field="secret") from None
    if not secret.startswith(SECRET_PREFIX) or not KEY_MIN_BYTES <= len(key) <= KEY_MAX_BYTES:
        raise InvalidWebhookSecret(field="secret")
    return key
