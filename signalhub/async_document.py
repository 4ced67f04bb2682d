"""The document of the WebSocket in AsyncAPI 3: made from the table of its messages."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from common.transports import CODES
from streams.consumers import CLOSED_FOR_RESTART, CLOSED_FOR_SLOWNESS
from streams.protocol import MESSAGES, Said

DESCRIPTION = """
One connection follows any number of streams. Say hello with an API key, an access token or the
connection token of `POST /api/v2/signals/sdk/signals/subscribe` (a browser on our own pages comes
in with its session), then subscribe.

Each data frame has the next number of its stream. Keep the last one: after a lost connection
subscribe with `resume` and get every frame since then, or a `gap` that names those that are kept no
longer. What cannot be understood is answered with an `error` and changes nothing.
""".strip()


def async_document(host: str, *, secure: bool) -> dict[str, Any]:
    """Return the document, for the server that it was asked at."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "SignalHub streams",
            "version": settings.SPECTACULAR_SETTINGS["VERSION"],
            "description": _description(),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "live": {
                "host": host,
                "protocol": "wss" if secure else "ws",
                "description": "This installation.",
                "security": [{"$ref": "#/components/securitySchemes/hello"}],
            }
        },
        "channels": {
            "streams": {
                "address": "/ws/",
                "title": "Streams",
                "messages": {said.name: {"$ref": _message(said)} for said in MESSAGES},
            }
        },
        "operations": {
            "say": _operation("receive", "What a client says.", "client"),
            "hear": _operation("send", "What the server says.", "server"),
        },
        "components": {
            "messages": {said.name: _described(said) for said in MESSAGES},
            "securitySchemes": {
                "hello": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token goes into the first message, never the address.",
                }
            },
        },
    }


def fields_of(said: Said) -> list[dict[str, Any]]:
    """Return the fields of a message, each in words."""
    schema = said.schema
    return [
        {
            "name": name,
            "kind": _in_words(field),
            "needed": name in schema["required"],
            "description": field.get("description", ""),
        }
        for name, field in schema["properties"].items()
    ]


def _in_words(schema: dict[str, Any]) -> str:
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return " or ".join(f'"{one}"' for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(map(_in_words, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_in_words(schema['items'])}"
    if "properties" in schema:
        return f"object of {', '.join(schema['properties'])}"
    return str(schema.get("type", "anything"))


def closing_codes() -> list[tuple[int, str]]:
    """Return what a connection is closed with, and what that says."""
    said = {
        CLOSED_FOR_SLOWNESS: "You read too slowly: connect again and resume.",
        CLOSED_FOR_RESTART: "This server stops: come back when it said, and resume.",
        **{
            codes.websocket: (kind.__doc__ or kind.__name__).strip().splitlines()[0]
            for kind, codes in CODES.items()
            if codes.websocket is not None
        },
    }
    return sorted(said.items())


def _description() -> str:
    lines = "\n".join(f"* {code}: {words}" for code, words in closing_codes())
    return f"{DESCRIPTION}\n\nWhat a connection is closed with:\n\n{lines}"


def _operation(action: str, summary: str, by: str) -> dict[str, Any]:
    named = [said.name for said in MESSAGES if said.by == by]
    return {
        "action": action,
        "channel": {"$ref": "#/channels/streams"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/streams/messages/{name}"} for name in named],
    }


def _described(said: Said) -> dict[str, Any]:
    schema = said.schema
    return {
        "name": schema["properties"]["type"]["const"],
        "title": said.name,
        "summary": schema["description"],
        "payload": schema,
    }


def _message(said: Said) -> str:
    return f"#/components/messages/{said.name}"
