"""The secrets of producers: encrypted where they are stored, two valid at once."""

from __future__ import annotations

import secrets

from django.conf import settings

from common.encryption import Undecryptable, decrypt, encrypt, is_current
from common.errors import InvalidInput
from common.webhook_signing import new_webhook_secret, webhook_key
from ingest.models import Dialect, Producer

PREFIX = "shp_"
SECRET_BYTES = 32
OWN_MIN_BYTES = 32  # as long as what HMAC-SHA256 makes of it
OWN_MAX_BYTES = 256


class WeakSecret(InvalidInput):
    """A secret is 32 to 256 visible characters without spaces, from a random source."""

    code = "weak_secret"


def new_secret(dialect: str = Dialect.SIGNED) -> str:
    """Return a random secret, recognisable by its prefix."""
    if dialect == Dialect.STANDARD_WEBHOOKS:
        return new_webhook_secret()
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def first_secret(dialect: str = Dialect.SIGNED) -> str:
    """Return what a new producer signs with: the very first what HMAC_PRODUCER_SECRET says."""
    bootstrap = settings.HMAC_PRODUCER_SECRET
    if bootstrap and dialect == Dialect.SIGNED and not Producer.objects.exists():
        return bootstrap
    return new_secret(dialect)


def require_strong(secret: str, dialect: str) -> None:
    """Accept a secret that a producer brings along.

    Raises
    ------
    WeakSecret
        It is too short to be random, too long, or holds what gets lost in copying.
    InvalidWebhookSecret
    """
    if dialect == Dialect.STANDARD_WEBHOOKS:
        webhook_key(secret)
        return
    # The characters of which a secret is made say whether somebody typed "aaaa…".
    visible = secret.isascii() and secret.isprintable() and " " not in secret
    if not visible or not OWN_MIN_BYTES <= len(secret) <= OWN_MAX_BYTES or len(set(secret)) < 8:
        raise WeakSecret(field="secret")


def sealed(producer: Producer, secret: str) -> str:
    """Return a secret as it is stored with a producer, and with no other."""
    return encrypt(secret, context=_context(producer))


def current_secret(producer: Producer) -> str:
    """Return the secret a producer should sign with."""
    return decrypt(producer.secret_encrypted, context=_context(producer))


def is_readable(producer: Producer) -> bool:
    """Tell whether the current secret can be decrypted with the keys of this installation."""
    try:
        current_secret(producer)
    except Undecryptable:
        return False
    return True


def valid_secrets(producer: Producer) -> list[bytes]:
    """Return every secret that verifies now, as the key it is: the current one, then the previous.

    Raises
    ------
    Undecryptable
    """
    known = readable_secrets(producer)
    if producer.dialect == Dialect.STANDARD_WEBHOOKS:
        return [webhook_key(secret) for secret in known]
    return [secret.encode() for secret in known]


def readable_secrets(producer: Producer) -> list[str]:
    """Return the same as their owner knows them.

    Raises
    ------
    Undecryptable
    """
    stored = (producer.secret_encrypted, producer.previous_secret_encrypted)
    return [decrypt(token, context=_context(producer)) for token in stored if token]


def resealed(producer: Producer, token: str) -> str:
    """Return a stored secret under the first of ENCRYPTION_KEYS; as it is, if it is so already.

    Raises
    ------
    Undecryptable
    """
    secret = decrypt(token, context=_context(producer)) if token else ""
    return token if not token or is_current(token) else sealed(producer, secret)


def _context(producer: Producer) -> str:
    return f"producer:{producer.producer_id}"
