"""A stand-in for another marketplace: the same shapes over real HTTP, with faults on demand.

For trying out and testing what consumes a marketplace. It keeps everything in memory, is bound to
this machine, and knows one product.

``POST /_stand_in/tokens {product_id, user_id}`` → ``{execution_token}``;
``POST /_stand_in/fault {fault, count}`` makes the next ``count`` answers go wrong;
``GET /_stand_in/calls`` → the paths that were asked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PRODUCT_ID = "prod-123"
SOURCE = 'emit_signal({"value": len(get_market_data())})\n'
FAULTS = (
    "error",
    "slow",
    "reset",
    "truncated",
    "garbage",
    "huge",
    "redirect",
    "other_hash",
    "other_host",
    "other_user",
)
SLOW_SECONDS = 2.0
HUGE_BYTES = 4 * 1024 * 1024


@dataclass
class Shop:
    """What the stand-in knows."""

    api_key: str
    source: str = SOURCE
    version: str = "1.0.0"
    metadata: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    calls: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, user_id: str, product_id: str = PRODUCT_ID) -> str:
        """Return a token that is good for one run."""
        token = secrets.token_urlsafe(24)
        with self.lock:
            self.tokens[token] = (product_id, user_id)
        return token

    def break_next(self, fault: str, count: int = 1) -> None:
        """Let the next answers go wrong in one way."""
        with self.lock:
            self.faults[fault] += count

    def takes_fault(self, fault: str) -> bool:
        """Tell whether this answer is to go wrong in this way."""
        with self.lock:
            wanted = self.faults[fault] > 0
            self.faults[fault] -= wanted
            return wanted


class StandIn(ThreadingHTTPServer):
    """The stand-in's server; ``shop`` is what it knows."""

    daemon_threads = True

    def __init__(self, port: int, shop: Shop) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.shop = shop

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers who left: with faults they do so all the time."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def log_message(self, *args: Any) -> None:
        """Say nothing: ``calls`` tells what was asked."""

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._serve(json.loads(self.rfile.read(length) or b"{}"))

    def _serve(self, body: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        shop = self.server.shop
        if parts.path.startswith("/_stand_in/"):
            self._send(200, self._control(parts.path, body))
            return
        shop.calls.append(parts.path)
        if self._goes_wrong():
            return
        if parts.path.startswith("/objects/"):
            self._send_bytes(200, shop.source.encode(), "text/x-python")
        elif self.headers.get("X-Internal-API-Key") != shop.api_key:
            self._send(403, {"detail": "X-Internal-API-Key"})
        else:
            self._send(*self._answer(parts.path, parse_qs(parts.query), body))

    def _control(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        shop = self.server.shop
        if path == "/_stand_in/tokens":
            return {"execution_token": shop.issue(str(body["user_id"]), body["product_id"])}
        if path == "/_stand_in/fault":
            shop.break_next(body["fault"], int(body.get("count", 1)))
        return {"calls": shop.calls, "faults": dict(shop.faults)}

    def _goes_wrong(self) -> bool:
        shop = self.server.shop
        if shop.takes_fault("slow"):
            time.sleep(SLOW_SECONDS)
        if shop.takes_fault("reset"):
            self.close_connection = True
            self.connection.close()
        elif shop.takes_fault("error"):
            self._send(503, {"detail": "down"})
        elif shop.takes_fault("garbage"):
            self._send_bytes(200, b"<html>busy</html>", "text/html")
        elif shop.takes_fault("huge"):
            self._send_bytes(200, b" " * HUGE_BYTES, "application/json")
        elif shop.takes_fault("truncated"):
            self._send_bytes(200, b'{"is_valid": tr', "application/json", claimed=500)
        elif shop.takes_fault("redirect"):
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            return False
        return True

    def _answer(
        self, path: str, query: dict[str, list[str]], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        shop = self.server.shop
        if path == "/api/v1/integration/verify-execution-token":
            return 200, self._verify(body)
        if path == "/api/v1/scripts/access":
            return self._access(body)
        if path == "/api/v1/entitlements/check":
            return 200, {"has_access": query.get("feature") == ["signals"]}
        if path == "/api/v1/webhooks/drm/watermark":
            mark = _mark(body, shop.api_key)
            return 200, {
                "watermarked_payload": {**body["payload"], "_watermark": mark},
                "watermark_hash": mark,
            }
        if path == "/api/v1/webhooks/drm/detect-leak":
            return 200, {"is_leak": "_watermark" in body["payload"]}
        return self._about(path, query)

    def _about(self, path: str, query: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        shop = self.server.shop
        of_product = f"/api/v1/products/{PRODUCT_ID}"
        answers: dict[str, dict[str, Any]] = {
            f"{of_product}/signals": {"signals": ["signal"]},
            f"{of_product}/definition": {"name": "Bar count", "description": "Counts bars."},
            f"{of_product}/versions": {"versions": [shop.version]},
        }
        if path.startswith("/api/v1/users/") and path.endswith("/subscriptions"):
            inactive = query.get("include_inactive") == ["true"]
            return 200, {"subscriptions": ["sub-789", *(["sub-1"] if inactive else [])]}
        return (200, answers[path]) if path in answers else (404, {"detail": "unknown"})

    def _verify(self, body: dict[str, Any]) -> dict[str, Any]:
        shop = self.server.shop
        known = shop.tokens.get(body["execution_token"])
        other = shop.takes_fault("other_user")
        return {
            "is_valid": other or known == (body["product_id"], body["user_id"]),
            "product_id": body["product_id"],
            "user_id": "somebody else" if other else body["user_id"],
            "subscription_id": "sub-789",
            "expires_at": (datetime.now(UTC) + timedelta(minutes=2)).isoformat(),
        }

    def _access(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        shop = self.server.shop
        with shop.lock:
            known = shop.tokens.pop(body["execution_token"], None)
        if known is None or known[0] != body["product_id"]:
            return 403, {"detail": "token"}
        digest = hashlib.sha256(shop.source.encode()).hexdigest()
        if shop.takes_fault("other_hash"):
            digest = "0" * 64
        host = "http://169.254.169.254" if shop.takes_fault("other_host") else self.server.url
        return 200, {
            "presigned_url": f"{host}/objects/{digest}?signature=x",
            "version": shop.version,
            "metadata": {"runtime_mode": "onetime", **shop.metadata, "sha256": digest},
        }

    def _send(self, status: int, body: dict[str, Any]) -> None:
        self._send_bytes(status, json.dumps(body).encode(), "application/json")

    def _send_bytes(
        self, status: int, content: bytes, content_type: str, *, claimed: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(claimed or len(content)))
        self.end_headers()
        self.wfile.write(content)


def _mark(body: dict[str, Any], key: str) -> str:
    text = f"{body['subscription_id']}:{json.dumps(body['payload'], sort_keys=True)}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
