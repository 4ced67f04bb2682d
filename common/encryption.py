"""Secrets that must be read again, kept so that a copy of the database tells none of them.

AES-256-GCM under a key that follows from one of ENCRYPTION_KEYS. The first of them encrypts, all
of them decrypt: a key is replaced by putting the new one first, encrypting everything anew, and
then leaving the old one out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from common.errors import Unavailable

FORM = "v1"
NONCE_BYTES = 12
NAME_BYTES = 4  # of the key that encrypted, so that the right one is tried


class Undecryptable(Unavailable):
    """A stored secret cannot be read with this installation's ENCRYPTION_KEYS; ask an operator."""

    code = "secret_undecryptable"


def encrypt(text: str, *, context: str) -> str:
    """Return a text as a token that ``decrypt`` reads, in the same context only.

    ``context`` says whose secret it is, such as ``producer:north``: a token that is moved to
    another row does not decrypt there.
    """
    key = _keys()[0]
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), context.encode())
    return f"{FORM}." + base64.urlsafe_b64encode(_name_of(key) + nonce + sealed).decode()


def decrypt(token: str, *, context: str) -> str:
    """Return the text of a token.

    Raises
    ------
    Undecryptable
        It was changed, is of another context, or its key is not among ENCRYPTION_KEYS.
    """
    form, _, encoded = token.partition(".")
    try:
        packed = base64.b64decode(encoded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Undecryptable() from None
    name, nonce = packed[:NAME_BYTES], packed[NAME_BYTES : NAME_BYTES + NONCE_BYTES]
    for key in _keys():
        if form == FORM and _name_of(key) == name:
            try:
                sealed = packed[NAME_BYTES + NONCE_BYTES :]
                return AESGCM(key).decrypt(nonce, sealed, context.encode()).decode()
            except (InvalidTag, ValueError):
                break
    raise Undecryptable()


def is_current(token: str) -> bool:
    """Tell whether a token was encrypted with the first of the keys."""
    encoded = token.partition(".")[2]
    return base64.urlsafe_b64decode(encoded)[:NAME_BYTES] == _name_of(_keys()[0])


def _keys() -> list[bytes]:
    # The keys are long random texts, not passwords: one hash makes 32 bytes of whatever length.
    return [
        hashlib.sha256(b"encryption:" + key.encode()).digest() for key in settings.ENCRYPTION_KEYS
    ]


def _name_of(key: bytes) -> bytes:
    return hashlib.sha256(b"name:" + key).digest()[:NAME_BYTES]
