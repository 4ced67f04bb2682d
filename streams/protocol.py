"""Every message of the WebSocket: one table, of which its document is made.

What a client says is read into the classes of ``streams.messages``; what the server says has the
fields that stand here, and the tests hold every frame that is sent against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from streams import messages
from streams.json_schemas import Schema, schema_of

Instant = Annotated[str, "ISO 8601, with its zone."]
Key = Annotated[str, "Which stream, as the list of streams names it."]
Seq = Annotated[int, "Number in the stream: one more each time, without a hole."]
Epoch = Annotated[str, "Of which life of the stream's numbering the numbers are."]


class HelloFrame(TypedDict):
    """The token was good; now subscribe."""

    type: Literal["hello"]
    status: Literal["authenticated"]
    timestamp: Instant


class Standing(TypedDict):
    """Where a stream stands at the moment it is followed."""

    epoch: Epoch
    offset: Annotated[int, "The newest number when it was asked."]
    recovered: Annotated[bool, "Whether every frame since the resumed one follows."]


class SubscriptionFrame(TypedDict):
    """What is followed from now on, or no longer."""

    type: Literal["subscription"]
    status: Literal["subscribed", "unsubscribed"]
    stream_keys: list[Key]
    streams: dict[str, Standing]
    timestamp: Instant


class DeniedFrame(TypedDict):
    """A stream that is not followed, or no longer: it is not yours, or the right to it ended."""

    type: Literal["subscription_denied"]
    stream_key: Key
    reason: str


class ChannelDeniedFrame(TypedDict):
    """A channel of the older protocol that cannot be followed so, and what to follow instead."""

    type: Literal["subscription_denied"]
    channel: Literal["greeks", "indicators", "moneyness"]
    instrument_key: str
    reason: str
    offered: Annotated[list[str], "Keys of streams of the same instrument."]


class DataFrame(TypedDict):
    """One output."""

    type: Literal["data"]
    stream_key: Key
    seq: Seq
    offset: Annotated[int, "The same as seq: resume with it."]
    epoch: Epoch
    value: Any
    timestamp: Annotated[str, "What the value is about: market time."]
    metadata: dict[str, Any]
    bar_opened_at: Annotated[str | None, "Of the bar that it was computed on."]
    confirmed: Annotated[bool, "Whether it rests on closed bars only, and so does not change."]
    published_at: Instant
    skipped: NotRequired[Annotated[int, "Frames left out before it; in the mode latest only."]]


class SnapshotFrame(TypedDict):
    """The newest outputs of a stream that was not resumed, oldest first."""

    type: Literal["snapshot"]
    stream_key: Key
    seq: Seq
    offset: int
    epoch: Epoch
    outputs: list[DataFrame]


# One of its fields is a word of Python.
GapFrame = TypedDict(
    "GapFrame",
    {
        "type": Literal["gap"],
        "stream_key": Key,
        "from": Annotated[int, "The first of them."],
        "to": Annotated[int, "The last of them; what follows has the next number."],
        "epoch": Epoch,
    },
)
GapFrame.__doc__ = (
    "Numbers that will not come: they are kept here no longer. A script's history has them."
)


class SilenceFrame(TypedDict):
    """The stream should have spoken by now, and did not. It has no number: it is told once."""

    type: Literal["silence"]
    stream_key: Key
    expected_by: Instant
    last_at: Annotated[str, "When it spoke last, or was first asked for."]


class SilenceOverFrame(TypedDict):
    """The stream speaks again, or nothing is expected of it any more."""

    type: Literal["silence_over"]
    stream_key: Key
    at: Instant


class LimitedFrame(TypedDict):
    """More arrives than the tier lets through: it comes later, and nothing is lost."""

    type: Literal["limited"]
    code: Literal["messages_limited"]
    message: str
    messages_per_minute: int
    burst_per_5_seconds: int
    retry_after_ms: int


class LaggedFrame(TypedDict):
    """You read too slowly. The connection ends with 4408; resume from these numbers."""

    type: Literal["lagged"]
    message: str
    resume: dict[str, int]


class ClosingFrame(TypedDict):
    """This server stops. The connection ends with 1012; come back then, and resume."""

    type: Literal["closing"]
    reconnect_after_ms: int


class HeartbeatFrame(TypedDict):
    """Nothing happened; the connection lives."""

    type: Literal["heartbeat"]
    timestamp: Instant


class PongFrame(TypedDict):
    """The answer to a ping."""

    type: Literal["pong"]
    id: str | int | None
    timestamp: Instant


class ErrorFrame(TypedDict):
    """What was said cannot be done; nothing was changed. Some carry more fields that help."""

    type: Literal["error"]
    code: Annotated[str, "Which error; docs/errors.md has them all."]
    message: str


@dataclass(frozen=True)
class Said:
    """One message: its name, whom it comes from, and the type that says what it holds."""

    name: str
    by: Literal["client", "server"]
    kind: Any
    #: What the class of a client's message does not hold itself.
    type: str = ""

    @property
    def schema(self) -> Schema:
        """Return the JSON Schema of the message."""
        found = schema_of(self.kind)
        if self.type:
            found["properties"] = {"type": {"const": self.type}, **found["properties"]}
            found["required"] = ["type", *found["required"]]
        return found


MESSAGES = (
    Said("hello", "client", messages.Hello, "hello"),
    Said("subscribe", "client", messages.Subscribe, "subscribe"),
    Said("subscribeChannel", "client", messages.SubscribeChannel, "subscribe"),
    Said("unsubscribe", "client", messages.Unsubscribe, "unsubscribe"),
    Said("ping", "client", messages.Ping, "ping"),
    Said("authenticated", "server", HelloFrame),
    Said("subscription", "server", SubscriptionFrame),
    Said("denied", "server", DeniedFrame),
    Said("channelDenied", "server", ChannelDeniedFrame),
    Said("snapshot", "server", SnapshotFrame),
    Said("data", "server", DataFrame),
    Said("gap", "server", GapFrame),
    Said("silence", "server", SilenceFrame),
    Said("silence_over", "server", SilenceOverFrame),
    Said("limited", "server", LimitedFrame),
    Said("lagged", "server", LaggedFrame),
    Said("closing", "server", ClosingFrame),
    Said("heartbeat", "server", HeartbeatFrame),
    Said("pong", "server", PongFrame),
    Said("error", "server", ErrorFrame),
)
