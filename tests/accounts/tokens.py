"""Tokens made by hand, as an attacker makes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any

from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import User
from tests.factories import PASSWORD

ME = "/api/v2/auth/keys"  # an address that asks for nothing but somebody signed in


def part(value: Any) -> str:
    """Return a part of a token; a text is taken as the JSON itself."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def payload_of(token: str) -> dict[str, Any]:
    """Return what a token says, unverified."""
    middle = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


def signed(header: Any, payload: Any, *, key: str | None = None, algorithm: str = "sha256") -> str:
    """Return a token whose HMAC is right for the key."""
    body = f"{part(header)}.{part(payload)}"
    secret = (settings.JWT_SIGNING_KEY if key is None else key).encode()
    mac = hmac.new(secret, body.encode(), getattr(hashlib, algorithm)).digest()
    return f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def forged(token: str, **claims: Any) -> str:
    """Return a token with right signature and other claims: whoever has the key could make it."""
    payload = {**payload_of(token), **claims}
    kept = {name: value for name, value in payload.items() if value is not ...}
    return signed({"alg": "HS256", "typ": "JWT"}, kept)


def fresh_claims() -> dict[str, Any]:
    """Return claims that only the database could object to."""
    now = int(time.time())
    return {"iat": now, "exp": now + 60, "jti": uuid.uuid4().hex}


def sign_in(user: User, **more: str) -> dict[str, Any]:
    """Return the pair that somebody is given for their password."""
    reply = APIClient().post(
        "/api/v2/auth/token",
        {"username": user.username, "password": PASSWORD, **more},
        format="json",
    )
    assert reply.status_code == 200, reply.json()
    found: dict[str, Any] = reply.json()
    return found


def ask(token: str, path: str = ME) -> Any:
    """Ask for something with a token."""
    return APIClient().get(path, headers={"Authorization": f"Bearer {token}"})


def send(path: str, **body: str) -> Any:
    """Send something as nobody."""
    return APIClient().post(path, body, format="json")
