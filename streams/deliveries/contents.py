"""What a delivery says, as its receiver may read it at this moment.

Rights are asked for each time that something is sent, and what a product's subscriber is given is
marked as theirs. The same delivery says the same thing each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from django.conf import settings

from common.errors import Forbidden, NotFound
from streams import watermark
from streams.access import ReadableStream, readable_streams
from streams.models import Delivery, DeliveryKind, Destination, Output, Stream

NEWEST_IN_DIGEST = 3
TYPES = {
    DeliveryKind.SINGLE: "signal.output",
    DeliveryKind.DIGEST: "signal.digest",
    DeliveryKind.ENDED: "signal.ended",
    DeliveryKind.TEST: "signal.test",
}


class RightToOutputsEnded(Forbidden):
    """The right to these outputs has ended, so nothing of them is sent."""

    code = "right_to_outputs_ended"


class OutputsGone(NotFound):
    """These outputs are no longer kept, so they cannot be sent."""

    code = "outputs_gone"


class Range(TypedDict):
    """Outputs of one stream that a delivery stands for, and what the receiver was told last.

    ``ended``: the right to them had ended when it was sent, so it never brings them.
    """

    stream: int
    first: int
    last: int
    after: int
    ended: NotRequired[bool]


@dataclass(frozen=True, kw_only=True)
class Content:
    """What is sent, before it is spelled for a webhook, a mail or a chat.

    ``ended`` are the streams to which the receiver's right has ended.
    """

    type: str
    at: datetime
    data: dict[str, Any]
    ended: list[int] = field(default_factory=list)


def content_of(delivery: Delivery, destination: Destination, *, now: datetime) -> Content:
    """Return what a delivery says now.

    Raises
    ------
    RightToOutputsEnded, OutputsGone
        There is nothing that may be said.
    streams.watermark.WatermarkFailed
        It cannot be marked at the moment.
    """
    kind = DeliveryKind(delivery.kind)
    if kind not in (DeliveryKind.SINGLE, DeliveryKind.DIGEST, DeliveryKind.ENDED):
        data = _sample(destination) if kind is DeliveryKind.TEST else {}
        return Content(type=TYPES.get(kind, kind.value), at=delivery.created_at, data=data)
    ranges: list[Range] = delivery.ranges
    streams = Stream.objects.select_related("script", "owner").in_bulk(
        [one["stream"] for one in ranges]
    )
    if kind is DeliveryKind.ENDED:
        return Content(
            type=TYPES[kind],
            at=delivery.created_at,
            data=_over(ranges, streams, destination),
        )
    readable = _readable(destination, streams, now=now)
    open_to = [one for one in ranges if one["stream"] in readable and not one.get("ended")]
    ended = [one["stream"] for one in ranges if one not in open_to]
    parts = [_part(one, streams[one["stream"]], readable[one["stream"]]) for one in open_to]
    if not parts:
        raise RightToOutputsEnded()
    is_single = kind is DeliveryKind.SINGLE
    data = _flattened(parts[0]) if is_single else _digest(delivery, parts, streams, ended)
    return Content(type=TYPES[kind], at=delivery.created_at, data=data, ended=ended)


def _readable(
    destination: Destination, streams: Mapping[int, Stream], *, now: datetime
) -> dict[int, ReadableStream]:
    if not destination.owner.is_active:
        return {}
    keys = [stream.key for stream in streams.values()]
    found = readable_streams(destination.owner_id, keys, at=now)
    return {stream.id: stream for stream in found.values()}


def _part(one: Range, stream: Stream, readable: ReadableStream) -> dict[str, Any]:
    outputs = Output.objects.filter(
        stream=stream, seq__lte=one["last"], seq__gt=max(one["last"] - NEWEST_IN_DIGEST, 0)
    ).filter(seq__gte=one["first"])
    newest = list(outputs.order_by("-seq"))
    if not newest:
        raise OutputsGone()
    return {
        **_described(stream),
        "first_seq": one["first"],
        "last_seq": one["last"],
        "outputs": one["last"] - one["first"] + 1,
        "previous_seq": one["after"],
        "missed": _missed(one),
        "left_out": one["last"] - one["first"] + 1 - len(newest),
        "newest": [_given(output, readable) for output in newest],
    }


def _described(stream: Stream) -> dict[str, Any]:
    return {
        "stream_key": stream.key,
        "epoch": stream.epoch,
        "script_id": str(stream.script_id) if stream.script_id else None,
        "script": stream.script.name if stream.script else "",
        "author": stream.owner.username if stream.owner else "",
        "instrument": stream.instrument_key,
        "timeframe": stream.timeframe,
    }


def _missed(one: Range) -> dict[str, int] | None:
    """Return which outputs before these never arrived, so that no hole goes unsaid."""
    if one["after"] >= one["first"] - 1:
        return None
    return {"first_seq": one["after"] + 1, "last_seq": one["first"] - 1}


def _given(output: Output, readable: ReadableStream) -> dict[str, Any]:
    exact = watermark.body_of(output)
    given = (
        watermark.give(
            exact,
            output.tolerance,
            place=readable.place,
            subscription_id=readable.subscription_id,
        )
        if readable.place is not None
        else exact
    )
    return {
        "seq": output.seq,
        **given,
        "confirmed": output.confirmed,
        "bar_opened_at": output.bar_opened_at.isoformat() if output.bar_opened_at else None,
        "published_at": output.created_at.isoformat(),
    }


def _flattened(part: dict[str, Any]) -> dict[str, Any]:
    counts = ("first_seq", "last_seq", "outputs", "left_out", "newest")
    rest = {name: value for name, value in part.items() if name not in counts}
    return {**rest, **part["newest"][0]}


def _over(
    ranges: list[Range], streams: Mapping[int, Stream], destination: Destination
) -> dict[str, Any]:
    """Say that rights have ended: of the streams only what their reader knows already."""
    if not destination.owner.is_active:
        raise RightToOutputsEnded()
    return {
        "streams": [
            {**_described(streams[one["stream"]]), "last_seq": one["after"]} for one in ranges
        ],
        "log": _log_of(destination.pk),
    }


def _log_of(destination_id: UUID) -> str:
    return f"{settings.PUBLIC_URL}/deliveries/{destination_id}/"


def _digest(
    delivery: Delivery,
    parts: list[dict[str, Any]],
    streams: Mapping[int, Stream],
    ended: list[int],
) -> dict[str, Any]:
    return {
        "reason": delivery.reason,
        "outputs": sum(part["outputs"] for part in parts),
        "streams": parts,
        "ended": [streams[stream_id].key for stream_id in ended],
        "replay": f"{settings.PUBLIC_URL}/api/v2/destinations/{delivery.destination_id}/replay",
        "log": _log_of(delivery.destination_id),
    }


def _sample(destination: Destination) -> dict[str, Any]:
    return {
        "note": "A test of this destination; no script put this out.",
        "destination": destination.name,
        "value": 1.0,
        "metadata": {"side": "buy"},
    }
