"""How an output is spelled outside the database: one JSON frame, the same from every source."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from redis.typing import EncodableT, FieldT

from streams.models import Output

# RFC 6455, section 5.2: one final text frame, whose length takes 7, 16 or 64 bits.
_FINAL_TEXT = 0x81
_IN_SEVEN_BITS, _IN_SIXTEEN_BITS = 125, 0xFFFF

# Made once: making it costs more than most of what it encodes.
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """A data frame as it goes to a socket, and its place in its stream."""

    seq: int
    epoch: str
    text: str
    tolerance: str = ""  # JSON, for the marks of subscribers; it is sent to nobody
    _wire: bytes = field(default=b"", init=False, compare=False, repr=False)

    @property
    def wire(self) -> bytes:
        """Return the frame as a server writes it to a socket; made once for all its readers."""
        if not self._wire:
            object.__setattr__(self, "_wire", _on_the_wire(self.text.encode()))
        return self._wire

    @property
    def stored(self) -> str:
        """Return how Redis keeps the frame: a second line holds what is not sent."""
        return f"{self.text}\n{self.tolerance}" if self.tolerance else self.text


def frame_of(output: Output) -> Frame:
    """Return the frame of a stored output, whose stream is loaded with it."""
    tolerance = to_text(output.tolerance) if output.tolerance else ""
    return Frame(output.seq, output.stream.epoch, to_text(frame_body(output)), tolerance)


def read_frame(stored: str) -> Frame:
    """Return the frame that a text written by ``Frame.stored`` holds."""
    text, _, tolerance = stored.partition("\n")
    body = json.loads(text)
    return Frame(body["seq"], body["epoch"], text, tolerance)


def frame_body(output: Output) -> dict[str, Any]:
    """Return a stored output as the fields of a data frame."""
    return {
        "type": "data",
        "stream_key": output.stream.key,
        "seq": output.seq,
        "offset": output.seq,
        "epoch": output.stream.epoch,
        "value": output.value,
        "timestamp": output.timestamp.isoformat(),
        "metadata": output.metadata,
        "bar_opened_at": output.bar_opened_at.isoformat() if output.bar_opened_at else None,
        "confirmed": output.confirmed,
        "published_at": output.created_at.isoformat(),
    }


def redis_fields(output: Output, frame: Frame) -> dict[FieldT, EncodableT]:
    """Return the fields of an output's entry in its Redis stream.

    Objects and lists are JSON, all else is ``str``, as other readers of these streams expect.
    Since that spelling does not tell 12 from "12", ``_frame`` carries the exact frame.
    """
    fields: dict[str, Any] = {
        "seq": output.seq,
        "value": output.value,
        "timestamp": output.timestamp.isoformat(),
        "metadata": output.metadata,
        "_published_at": output.created_at.isoformat(),
        "_stream_key": output.stream.key,
        "_epoch": frame.epoch,
        "_frame": frame.stored,
    }
    if output.subscription_id is not None:
        fields["_subscription_id"] = output.subscription_id
    return {
        name: to_text(value) if isinstance(value, (dict, list)) else str(value)
        for name, value in fields.items()
    }


def to_text(body: Any) -> str:
    """Return a frame's JSON: compact, and as short as the characters allow."""
    return _ENCODER.encode(body)


def _on_the_wire(payload: bytes) -> bytes:
    size = len(payload)
    if size <= _IN_SEVEN_BITS:
        return bytes((_FINAL_TEXT, size)) + payload
    if size <= _IN_SIXTEEN_BITS:
        return bytes((_FINAL_TEXT, 126)) + size.to_bytes(2) + payload
    return bytes((_FINAL_TEXT, 127)) + size.to_bytes(8) + payload
