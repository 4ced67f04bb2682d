"""What the API's document says of the addresses where signals come in: they are no API views."""

from __future__ import annotations

from typing import Any

from signalhub.settings.limits import SIGNALS_BATCH_MAX

PROBLEM = "application/problem+json"  # not imported: the settings import this module
REFUSALS = {
    "400": "The body cannot be read as strict JSON, or the producer is empty.",
    "401": "A header is missing, or the signature does not hold.",
    "405": "Only POST.",
    "413": "The body or the payload is too large.",
    "415": "The body is not application/json.",
    "422": "A field is wrong; `loc` says which.",
    "429": "Too many at once.",
    "500": "Nothing was stored.",
    "503": "Nothing was stored; send it again.",
}
SIGNAL = {
    "type": "object",
    "required": ["instrument", "side", "time"],
    "properties": {
        "instrument": {"type": "string", "pattern": "^[A-Z0-9._-]{2,20}$"},
        "side": {"type": "integer", "enum": [0, 1], "description": "0 buys, 1 sells."},
        "time": {"type": "string", "format": "date-time"},
        "payload": {"type": ["object", "null"]},
        "version": {"type": "integer", "minimum": 1, "default": 1},
    },
}
RECEIPT = {
    "id": {"type": "string", "format": "uuid"},
    "status": {"type": "integer", "enum": [0, 1, 2]},
    "created_at": {"type": "string", "format": "date-time"},
}


def ingest_paths() -> dict[str, Any]:
    """Return the operations by their address."""
    return {
        "/api/v1/signals": {"post": _single()},
        "/api/v1/signals/from/{producer_id}": {"post": _in_a_dialect()},
        "/api/v2/signals": {"post": _batch()},
    }


def _single() -> dict[str, Any]:
    return {
        "operationId": "signals_create",
        "summary": "Accept one signal from a producer.",
        "description": "Signed over the raw body, `X-Timestamp` and `X-Producer-Id`. The same "
        "signed request again answers 200 with the first result.",
        "parameters": _signature(),
        "requestBody": _json_body(SIGNAL),
        "responses": _answers(),
    }


def _in_a_dialect() -> dict[str, Any]:
    only = "Standard Webhooks only."
    return {
        "operationId": "signals_create_from",
        "summary": "Accept one signal in the dialect of its producer.",
        "description": "Signed as Standard Webhooks say, or with the producer's token in the "
        "body, as alerts of TradingView are. The producer's mapping says how its body is read.",
        "parameters": [
            {
                "in": "path",
                "name": "producer_id",
                "required": True,
                "schema": {"type": "string"},
            },
            _header("webhook-id", description=only),
            _header("webhook-timestamp", description=only, pattern="^[1-9][0-9]{0,10}$"),
            _header("webhook-signature", description=only),
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {}}, "text/plain": {"schema": {}}},
        },
        "responses": _answers(),
    }


def _answers() -> dict[str, Any]:
    detail = _object({"detail": {"oneOf": [{"type": "string"}, {"type": "array"}]}})
    return {
        "200": _reply("It is here already.", _object(RECEIPT)),
        "201": _reply("Accepted.", _object(RECEIPT)),
        **{status: _reply(why, detail) for status, why in REFUSALS.items()},
    }


def _batch() -> dict[str, Any]:
    signals = {"type": "array", "minItems": 1, "maxItems": SIGNALS_BATCH_MAX}
    receipts = _object({"signals": {**signals, "items": _object(RECEIPT)}})
    problem = {"$ref": "#/components/schemas/Problem"}
    key = {
        "in": "header",
        "name": "Idempotency-Key",
        "required": True,
        "description": "Names this batch: it is stored once, however often it is sent.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,80}$"},
    }
    return {
        "operationId": "signals_create_batch",
        "summary": "Accept up to 500 signals from a producer: all of them or none.",
        "description": "Signed like a single signal, over the raw body. The same key and body "
        "again, also signed anew, answer 200 with the first result and `Idempotency-Replayed: "
        "true`; another body under the key is refused. The first signal that is wrong refuses "
        "them all, and `violations` names its place.",
        "parameters": [*_signature(), key],
        "requestBody": _json_body(_object({"signals": {**signals, "items": SIGNAL}})),
        "responses": {
            "200": _reply("They are here already.", receipts),
            "201": _reply("Accepted, in the order of the batch.", receipts),
            **{status: _reply(why, problem, PROBLEM) for status, why in REFUSALS.items()},
        },
    }


def _signature() -> list[dict[str, Any]]:
    return [
        _header("X-Producer-Id", pattern="^[a-z][a-z0-9_-]{1,62}$"),
        _header("X-Timestamp", format="date-time"),
        _header("X-Signature", description="Base64 of the HMAC-SHA256."),
    ]


def _header(name: str, *, description: str = "", **schema: Any) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "description": description or "Required unless signatures are switched off.",
        "schema": {"type": "string", **schema},
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [*properties], "properties": properties}


def _json_body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _reply(
    description: str, schema: dict[str, Any], media_type: str = "application/json"
) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}
