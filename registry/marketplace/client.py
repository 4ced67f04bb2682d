"""What another marketplace can be asked, and what its answers have to look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.conf import settings

from common import schemas
from common.clock import NaiveInstant, parse_instant
from common.errors import Conflict
from registry.marketplace.transport import MarketplaceConfig, MarketplaceDown, Transport

_TEXT = {"type": "string", "minLength": 1, "maxLength": 4000}
_VERIFICATION = {
    "type": "object",
    "required": ["is_valid", "product_id", "user_id"],
    "properties": {
        "is_valid": {"type": "boolean"},
        "product_id": {"type": "string"},
        "user_id": {"type": "string"},
        "subscription_id": {"type": ["string", "null"], "maxLength": 80},
        "expires_at": {"type": ["string", "null"]},
    },
}
_ACCESS = {
    "type": "object",
    "required": ["presigned_url", "metadata", "version"],
    "properties": {
        "presigned_url": _TEXT,
        "version": {"type": "string", "minLength": 1, "maxLength": 40},
        "metadata": {
            "type": "object",
            "required": ["sha256"],
            "properties": {"sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        },
    },
}
_HAS_ACCESS = {
    "type": "object",
    "required": ["has_access"],
    "properties": {"has_access": {"type": "boolean"}},
}
_WATERMARKED = {
    "type": "object",
    "required": ["watermarked_payload", "watermark_hash"],
    "properties": {"watermarked_payload": {"type": "object"}, "watermark_hash": _TEXT},
}
_ANYTHING = {"type": "object"}


class NotConfigured(Conflict):
    """No other marketplace is configured here; an operator sets MARKETPLACE_URL."""

    code = "no_marketplace_configured"


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What the marketplace says of a token."""

    is_valid: bool
    subscription_id: str | None
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RemoteScript:
    """Where a version's bytes are for a minute, and what they are."""

    presigned_url: str
    version: str
    sha256: str
    metadata: dict[str, Any]


class RemoteMarketplace:
    """Another marketplace, in the words of its contract."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def verify_execution_token(self, token: str, *, product_id: str, user_id: str) -> Verification:
        """Ask whether a token is good for a user and product; that does not use it up."""
        body = {"execution_token": token, "product_id": product_id, "user_id": user_id}
        found = self._ask(
            "POST", "/api/v1/integration/verify-execution-token", _VERIFICATION, body=body
        )
        # An answer about another user or product is no answer to what was asked.
        same = (found["product_id"], found["user_id"]) == (product_id, user_id)
        return Verification(
            is_valid=found["is_valid"] and same,
            subscription_id=found.get("subscription_id"),
            expires_at=_instant(found.get("expires_at")),
        )

    def access_script(
        self, token: str, *, product_id: str, version: str | None = None
    ) -> RemoteScript:
        """Exchange a token for an address of the script; it is used up, so it is asked once."""
        body = {
            "execution_token": token,
            "product_id": product_id,
            "version": version,
            "script_type": "signal",
        }
        found = self._ask(
            "POST", "/api/v1/scripts/access", _ACCESS, body=body, changes_nothing=False
        )
        return RemoteScript(
            presigned_url=found["presigned_url"],
            version=found["version"],
            sha256=found["metadata"]["sha256"],
            metadata=found["metadata"],
        )

    def fetch_script(self, script: RemoteScript) -> bytes:
        """Return the bytes at a presigned address; whether they are the right ones is not asked."""
        limit = settings.SCRIPT_SOURCE_MAX_BYTES
        return self.transport.fetch(script.presigned_url, limit=limit)

    def product_signals(self, product_id: str) -> dict[str, Any]:
        """Return which signals a product has."""
        return self._ask("GET", f"/api/v1/products/{_part(product_id)}/signals", _ANYTHING)

    def product_definition(self, product_id: str) -> dict[str, Any]:
        """Return how a product is described."""
        return self._ask("GET", f"/api/v1/products/{_part(product_id)}/definition", _ANYTHING)

    def product_versions(self, product_id: str) -> dict[str, Any]:
        """Return which versions a product has."""
        return self._ask("GET", f"/api/v1/products/{_part(product_id)}/versions", _ANYTHING)

    def subscriptions_of(self, user_id: str, *, include_inactive: bool = False) -> dict[str, Any]:
        """Return what a user subscribed to."""
        query = {"include_inactive": "true" if include_inactive else "false"}
        path = f"/api/v1/users/{_part(user_id)}/subscriptions"
        return self._ask("GET", path, _ANYTHING, query=query)

    def has_feature(self, user_id: str, feature: str) -> bool:
        """Ask whether a user has a feature."""
        query = {"user_id": user_id, "feature": feature}
        found = self._ask("GET", "/api/v1/entitlements/check", _HAS_ACCESS, query=query)
        return bool(found["has_access"])

    def watermark(
        self, signal_id: str, subscription_id: str, payload: Mapping[str, Any]
    ) -> tuple[dict[str, Any], str]:
        """Return a payload with a subscription's mark, and the mark's hash."""
        body = {
            "signal_id": signal_id,
            "subscription_id": subscription_id,
            "payload": dict(payload),
            "algorithm": "hmac_sha256",
        }
        found = self._ask("POST", "/api/v1/webhooks/drm/watermark", _WATERMARKED, body=body)
        return found["watermarked_payload"], found["watermark_hash"]

    def detect_leak(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Ask whose mark a payload carries."""
        return self._ask(
            "POST", "/api/v1/webhooks/drm/detect-leak", _ANYTHING, body={"payload": dict(payload)}
        )

    def _ask(
        self,
        method: str,
        path: str,
        shape: Mapping[str, Any],
        *,
        changes_nothing: bool = True,
        **what: Any,
    ) -> dict[str, Any]:
        found = self.transport.call(method, path, changes_nothing=changes_nothing, **what)
        problems = schemas.violations(found, shape, root="answer")
        if problems:
            raise MarketplaceDown(reason=problems[0]["field"])
        return found


def configured_marketplace() -> RemoteMarketplace | None:
    """Return the marketplace of the settings, or None when none is configured."""
    if not settings.MARKETPLACE_URL:
        return None
    return _marketplace(
        MarketplaceConfig(
            url=settings.MARKETPLACE_URL,
            api_key=settings.MARKETPLACE_API_KEY,
            store_hosts=tuple(settings.MARKETPLACE_STORE_HOSTS),
            require_tls=settings.PRODUCTION,
        )
    )


def require_marketplace() -> RemoteMarketplace:
    """Return the marketplace of the settings, or raise NotConfigured."""
    found = configured_marketplace()
    if found is None:
        raise NotConfigured()
    return found


# One for a process: the breaker learns from all of its calls.
@lru_cache(maxsize=2)
def _marketplace(config: MarketplaceConfig) -> RemoteMarketplace:
    return RemoteMarketplace(Transport(config))


def _part(text: str) -> str:
    # Dots alone would be taken for a step up.
    return quote(text, safe="").replace(".", "%2E")


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_instant(text)
    except NaiveInstant:
        raise MarketplaceDown(reason="expires_at") from None
