"""Talk to Telegram's Bot API: send a message, and read what people wrote to the bot."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from streams.deliveries.outcomes import Outcome
from streams.deliveries.parcels import ChatParcel
from streams.deliveries.schedule import RETRY_AFTER_MAX_SECONDS

ANSWER_MAX_BYTES = 1024 * 1024
# What the API says of a chat that nothing can be written to any longer.
GONE = ("blocked", "deactivated", "kicked", "chat not found", "not a member", "upgraded")


@dataclass(frozen=True, kw_only=True)
class ChatSender:
    """Sends as one bot."""

    api_url: str
    token: str
    seconds: float
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        client = httpx.AsyncClient(timeout=self.seconds, follow_redirects=False, trust_env=False)
        object.__setattr__(self, "client", client)

    async def send(self, parcel: ChatParcel) -> Outcome:
        """Send it once and return what came of it."""
        began = time.monotonic()
        body = {
            "chat_id": parcel.chat_id,
            "text": parcel.text,
            "link_preview_options": {"is_disabled": True},
        }
        try:
            response = await self._call("sendMessage", body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # The error's own text may hold the address, and so the token.
            said = f"Telegram could not be reached: {type(error).__name__}."
            return Outcome(delivered=False, error=said, latency_ms=_since(began), blames_host=True)
        return _outcome(response, began)

    async def updates(self, *, offset: int) -> list[dict[str, Any]]:
        """Return what people wrote to the bot from an update on; nothing if it is not there."""
        try:
            response = await self._call("getUpdates", {"offset": offset, "timeout": 0})
        except (httpx.HTTPError, httpx.InvalidURL):
            return []
        found = _object(response).get("result")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    async def _call(self, method: str, body: Mapping[str, Any]) -> httpx.Response:
        return await self.client.post(f"{self.api_url}/bot{self.token}/{method}", json=body)


def _outcome(response: httpx.Response, began: float) -> Outcome:
    answer = _object(response)
    if response.is_success and answer.get("ok") is True:
        return Outcome(delivered=True, status=response.status_code, latency_ms=_since(began))
    said = str(answer.get("description", "no reason given"))[:200]
    parameters = answer.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    is_gone = response.status_code in (400, 403) and any(word in said.lower() for word in GONE)
    return Outcome(
        delivered=False,
        status=response.status_code,
        error=f"Telegram answered {response.status_code}: {said}",
        latency_ms=_since(began),
        retry_after_seconds=(
            min(float(wait), RETRY_AFTER_MAX_SECONDS) if isinstance(wait, int) else None
        ),
        gone=f"Telegram says: {said}" if is_gone else "",
        blames_host=response.is_server_error,
    )


def _object(response: httpx.Response) -> dict[str, Any]:
    if len(response.content) > ANSWER_MAX_BYTES:
        return {}
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
