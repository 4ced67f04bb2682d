"""Time-based one-time codes (RFC 6238): HMAC-SHA1, six digits, a new one every 30 seconds.

What every authenticator app speaks. It knows no table: that a code works once is decided where the
last step is kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime
from urllib.parse import quote

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20  # as long as the digest, as RFC 4226 has it
DRIFT_STEPS = 1  # clocks of telephones are a little wrong
CODE = re.compile(r"[0-9]{6}\Z")


def new_secret() -> str:
    """Return a new secret in base32, as people type it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, step: int, *, digits: int = DIGITS) -> str:
    """Return the code of one step."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(at: datetime) -> int:
    """Return the step that an instant lies in."""
    return int(at.timestamp()) // STEP_SECONDS


def matching_step(secret: str, code: str, *, at: datetime) -> int | None:
    """Return the newest step near an instant whose code this is; None: it is none of them."""
    if CODE.match(code) is None:
        return None
    now = step_of(at)
    found = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step), code):
            found = step
    return found


def address_of(secret: str, *, account: str, issuer: str) -> str:
    """Return the otpauth address that authenticator apps read from a QR code."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}"
