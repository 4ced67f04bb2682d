"""The secrets of producers: encrypted where they are stored, two valid at once."""

from __future__ import annotations

import secrets

from django.conf import settings

from common.encryption import decrypt, encrypt
from ingest.models import Producer

PREFIX = "shp_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a random secret, recognisable by its prefix."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def first_secret() -> str:
    """Return what a new producer signs with: the very first what HMAC_PRODUCER_SECRET says."""
    if settings.HMAC_PRODUCER_SECRET and not Producer.objects.exists():
        return settings.HMAC_PRODUCER_SECRET
    return new_secret()


def sealed(producer: Producer, secret: str) -> str:
    """Return a secret as it is stored with a producer, and with no other."""
    return encrypt(secret, context=_context(producer))


def current_secret(producer: Producer) -> str:
    """Return the secret a producer should sign with."""
    return decrypt(producer.secret_encrypted, context=_context(producer))


def valid_secrets(producer: Producer) -> list[bytes]:
    """Return every secret that verifies now: the current one, then the previous."""
    stored = (producer.secret_encrypted, producer.previous_secret_encrypted)
    return [decrypt(token, context=_context(producer)).encode() for token in stored if token]


def _context(producer: Producer) -> str:
    return f"producer:{producer.producer_id}"
