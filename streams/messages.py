"""What a client may say over a socket, and how it is read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, cast, get_args

from django.conf import settings

from common.errors import InvalidInput, MalformedRequest, SignalHubError
from streams.frames import to_text
from streams.publishing import KEY_MAX_BYTES

Mode = Literal["stream", "latest"]
Channel = Literal["greeks", "indicators", "moneyness"]
CHANNELS = get_args(Channel)
SEQ_MAX = 2**63 - 1
SHOWN_LENGTH = 80


class MalformedMessage(MalformedRequest):
    """A message is one JSON object in a text frame."""

    code = "malformed_message"


class UnknownMessageType(InvalidInput):
    """The message's type is not known."""

    code = "unknown_message_type"


class InvalidMessage(InvalidInput):
    """A field of the message is not acceptable."""

    code = "invalid_message"


@dataclass(frozen=True)
class Hello:
    """Who the client is."""

    token: Annotated[str, "An API key, an access token, or a connection token, once."]


@dataclass(frozen=True)
class Subscribe:
    """Follow streams: from now, or from where the client was."""

    stream_keys: Annotated[list[str], "Which streams, as the list of streams names them."]
    resume: Annotated[dict[str, int], "The last number that you have of each."] = field(
        default_factory=dict
    )
    mode: Annotated[Mode, "Every frame, or only the latest of those that wait."] = "stream"
    history: Annotated[int, "How many outputs to begin with, where you do not resume."] = 1
    epochs: Annotated[
        dict[str, str], "Of which epoch those numbers are; of another, the stream begins afresh."
    ] = field(default_factory=dict)


@dataclass(frozen=True)
class SubscribeChannel:
    """Follow a channel of the older protocol: indicators are streams, and nothing else is sent."""

    channel: Annotated[Channel, "Of what."]
    instrument_key: Annotated[str, "Of which instrument."]
    params: Annotated[
        dict[str, Any], "Of indicators: {indicator: rsi, period: 21} or {indicators: [rsi]}."
    ] = field(default_factory=dict)


@dataclass(frozen=True)
class Unsubscribe:
    """Follow some streams no longer."""

    stream_keys: Annotated[list[str], "Those that are not followed are left out of the answer."]


@dataclass(frozen=True)
class Ping:
    """Answer, please; the id comes back."""

    id: Annotated[str | int | None, "Comes back with the answer."] = None


Message = Hello | Subscribe | SubscribeChannel | Unsubscribe | Ping


def read_message(text: str) -> Message:
    """Return what a client said.

    Raises
    ------
    MalformedMessage, UnknownMessageType, InvalidMessage
        What was said cannot be understood; the error says how it should be.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedMessage() from None
    if not isinstance(body, dict):
        raise MalformedMessage()
    match body.get("type"):
        case "hello":
            return Hello(_text(body, "token"))
        case "subscribe":
            return _subscribe_channel(body) if "channel" in body else _subscribe(body)
        case "unsubscribe":
            return Unsubscribe(_stream_keys(body))
        case "ping":
            return Ping(_ping_id(body))
        case other:
            raise UnknownMessageType(
                f"The type {_shown(other)} is not known: hello, subscribe, unsubscribe, ping are."
            )


def error_text(error: SignalHubError) -> str:
    """Return the frame that tells a client of an error."""
    return to_text({**error.details, "type": "error", "code": error.code, "message": error.message})


def _subscribe(body: dict[str, Any]) -> Subscribe:
    mode = body.get("mode", "stream")
    if mode not in ("stream", "latest"):
        raise InvalidMessage("mode: is stream or latest.", field="mode")
    history = body.get("history", 1)
    if not _is_number(history) or history > settings.SNAPSHOT_HISTORY_MAX:
        raise InvalidMessage(
            f"history: is a number from 0 to {settings.SNAPSHOT_HISTORY_MAX}.", field="history"
        )
    resume = body.get("resume") or {}
    if not isinstance(resume, dict) or not all(map(_is_number, resume.values())):
        raise InvalidMessage("resume: maps stream keys to sequence numbers.", field="resume")
    epochs = body.get("epochs") or {}
    if not isinstance(epochs, dict) or not all(isinstance(one, str) for one in epochs.values()):
        raise InvalidMessage("epochs: maps stream keys to their epochs.", field="epochs")
    return Subscribe(_stream_keys(body), resume, cast("Mode", mode), history, epochs)


def _subscribe_channel(body: dict[str, Any]) -> SubscribeChannel:
    channel = body["channel"]
    if channel not in CHANNELS:
        raise InvalidMessage(f"channel: is {', '.join(CHANNELS)}.", field="channel")
    params = body.get("params") or {}
    if not isinstance(params, dict):
        raise InvalidMessage("params: is an object.", field="params")
    return SubscribeChannel(channel, _text(body, "instrument_key"), params)


def _stream_keys(body: dict[str, Any]) -> list[str]:
    keys = body.get("stream_keys")
    if not isinstance(keys, list) or not keys or not all(map(_is_storable, keys)):
        raise InvalidMessage(
            "stream_keys: is a list of one or more stream keys.", field="stream_keys"
        )
    return list(dict.fromkeys(keys))


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value or not _is_storable(value):
        raise InvalidMessage(f"{name}: is needed, as text.", field=name)
    return value


def _ping_id(body: dict[str, Any]) -> str | int | None:
    given = body.get("id")
    if given is None or _is_number(given) or (isinstance(given, str) and _is_storable(given)):
        return cast("str | int | None", given)
    raise InvalidMessage("id: is text or a number.", field="id")


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value <= SEQ_MAX


def _is_storable(text: Any) -> bool:
    # Neither the database nor a socket can carry these; no stream's key has them.
    if not isinstance(text, str) or "\0" in text or len(text) > KEY_MAX_BYTES:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _shown(value: Any) -> str:
    return ascii(value)[:SHOWN_LENGTH]
