"""The secrets of producers, derived and not stored.

A secret follows from the platform's SECRET_KEY, the producer's id and a random seed, so a copy of
the database signs nothing, and the secret can be computed again when it is needed. The first
producer may bring its own in HMAC_PRODUCER_SECRET. Rotating SECRET_KEY changes every derived
secret; the keys in SECRET_KEY_FALLBACKS keep the old ones valid meanwhile.
"""

from __future__ import annotations

import base64
import secrets

from django.conf import settings
from django.utils.crypto import salted_hmac

from ingest.models import Producer

PREFIX = "shp_"
ENVIRONMENT_SEED = "environment"  # not hexadecimal, so no random seed can be this one


def new_seed() -> str:
    """Return a seed that no producer has."""
    return secrets.token_hex(16)


def current_secret(producer: Producer) -> str:
    """Return the secret a producer should sign with; empty if its environment holds none."""
    if producer.secret_seed == ENVIRONMENT_SEED:
        return settings.HMAC_PRODUCER_SECRET
    return _derive(producer, producer.secret_seed, key=settings.SECRET_KEY)


def valid_secrets(producer: Producer) -> list[bytes]:
    """Return every secret that verifies now: the current one, the previous, never an empty one."""
    found = []
    for seed in (producer.secret_seed, producer.previous_secret_seed):
        if seed == ENVIRONMENT_SEED:
            found.append(settings.HMAC_PRODUCER_SECRET)
        elif seed:
            keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
            found += [_derive(producer, seed, key=key) for key in keys]
    return [secret.encode() for secret in found if secret]


def _derive(producer: Producer, seed: str, *, key: str | bytes) -> str:
    message = f"{producer.producer_id}:{seed}"
    mac = salted_hmac("ingest.producer_secrets", message, secret=key, algorithm="sha256")
    return PREFIX + base64.urlsafe_b64encode(mac.digest()).decode().rstrip("=")
