"""What a sender copies to send its first signal, with the right address and never with a secret."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ingest.mapping_rules import RECEIVED, FieldRule, Rules
from ingest.mappings import NOWHERE, look_up, put

TOKEN = "PUT-THE-TOKEN-HERE"
# What TradingView fills in, by the names that alerts usually give it.
PLACEHOLDERS = ("open", "high", "low", "close", "volume", "interval", "exchange", "timenow")

CURL = """\
# SECRET holds the producer's secret; set it without showing it: read -rs SECRET
BODY='{"instrument":"XAUUSD","side":0,"time":"'$(date -u +%FT%TZ)'","payload":{"rsi":28.4}}'
STAMP=$(date -u +%FT%TZ)
SIGNATURE=$(printf '%s' "$BODY${STAMP}{id}" | openssl dgst -sha256 -hmac "$SECRET" -binary | base64)
curl -sS {url} \\
  -H 'Content-Type: application/json' \\
  -H 'X-Producer-Id: {id}' -H "X-Timestamp: $STAMP" -H "X-Signature: $SIGNATURE" \\
  --data-binary "$BODY"
"""
PYTHON = """\
import base64, hashlib, hmac, json, os, urllib.request
from datetime import UTC, datetime

now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
signal = {"instrument": "XAUUSD", "side": 0, "time": now, "payload": {"rsi": 28.4}}
body = json.dumps(signal).encode()  # exactly these bytes are signed and sent
mac = hmac.digest(os.environ["SECRET"].encode(), body + now.encode() + b"{id}", hashlib.sha256)
request = urllib.request.Request(
    "{url}",
    data=body,
    headers={
        "Content-Type": "application/json",
        "X-Producer-Id": "{id}",
        "X-Timestamp": now,
        "X-Signature": base64.b64encode(mac).decode(),
    },
)
print(urllib.request.urlopen(request).read().decode())
"""
WEBHOOK_PYTHON = """\
import base64, hashlib, hmac, json, os, time, urllib.request, uuid

key = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
body = json.dumps({body}).encode()  # exactly these bytes are signed and sent
message_id, stamp = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
mac = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
request = urllib.request.Request(
    "{url}",
    data=body,
    headers={
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    },
)
print(urllib.request.urlopen(request).read().decode())
"""
TOKEN_CURL = """\
curl -sS {url} -H 'Content-Type: application/json' --data-binary '{body}'
"""


@dataclass(frozen=True)
class Snippet:
    """A text to copy, and what it is for."""

    title: str
    text: str


def signed_snippets(producer_id: str, url: str) -> list[Snippet]:
    """Return how a producer with our own signature sends."""
    return [
        Snippet("curl and openssl", _filled(CURL, id=producer_id, url=url)),
        Snippet("Python", _filled(PYTHON, id=producer_id, url=url)),
    ]


def webhook_snippets(body: Any, url: str) -> list[Snippet]:
    """Return how a program sends a standard webhook; a service is given address and secret."""
    return [Snippet("Python", _filled(WEBHOOK_PYTHON, body=repr(body), url=url))]


def token_snippets(body: dict[str, Any], rules: Rules, url: str) -> list[Snippet]:
    """Return what is written into an alert, and how to try the same without TradingView."""
    sent = json.loads(json.dumps(body))
    put(sent, rules.token or (), TOKEN)
    return [
        Snippet("Alert: Webhook URL", url + "\n"),
        Snippet("Alert: Message", alert_message(rules) + "\n"),
        Snippet("curl", _filled(TOKEN_CURL, url=url, body=json.dumps(sent))),
    ]


def alert_message(rules: Rules) -> str:
    """Return the message of an alert that TradingView fills in for every signal."""
    message: dict[str, Any] = {}
    put(message, rules.token or (), TOKEN)
    for name, rule in rules.fields.items():
        if rule.path:
            put(message, rule.path, _placeholder(name, rule))
    wanted = rules.payload if isinstance(rules.payload, tuple) else ("close",)
    for text in wanted if rules.payload else ():
        path = tuple(text.split("."))
        known = path[-1] if path[-1] in PLACEHOLDERS else "close"
        if look_up(message, path) is NOWHERE:
            put(message, path, "{{" + known + "}}")
    return json.dumps(message, indent=2)


def _placeholder(name: str, rule: FieldRule) -> str | int:
    if name == "instrument":
        return "{{exchange}}:{{ticker}}" if rule.after == ":" else "{{ticker}}"
    if name == "time":
        return "{{timenow}}" if rule.default == RECEIVED else "{{time}}"
    return "{{strategy.order.action}}" if name == "side" else 1


def _filled(template: str, **values: str) -> str:
    # Not format(): the snippets are full of braces of their own.
    for name, value in values.items():
        template = template.replace("{" + name + "}", value)
    return template
