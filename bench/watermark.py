"""What a mark costs beside the delivery of its frame, and how often chance looks like a leaker."""

import asyncio
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import numpy as np
from websockets.frames import Frame as SocketFrame
from websockets.frames import Opcode

from bench.rows import BenchRow
from streams.frames import Frame, to_text
from streams.outbox import Outbox
from streams.watermark import give_frame
from streams.watermarks.embedding import Place
from streams.watermarks.evidence import log_p_values, sign_matrix

FRAMES = 200
READERS = 10
ROUNDS = 5
INNOCENTS, AT_ONCE = 1_000_000, 20_000
BARS = 64
LEVEL = 1e-4
PLACE = Place("0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10", "IBM", "1m", "ab" * 32)
TOLERANCE = to_text({"value": {"absolute": 0.02}})
FIRST = datetime(2026, 1, 5, tzinfo=UTC)


def rows() -> list[BenchRow]:
    """Measure marked deliveries against unmarked ones, and count false alarms."""
    return [*_deliveries(), _false_alarms()]


def _deliveries() -> list[BenchRow]:
    frames = [_frame(number) for number in range(FRAMES)]
    plain, marked, shared = [], [], []
    for number in range(ROUNDS):
        # Subscriptions of their own each time, whose marks nobody has made before.
        readers = [UUID(int=10 * number + one) for one in range(READERS)]
        plain.append(_microseconds(frames, [None] * READERS))
        marked.append(_microseconds(frames, readers))
        shared.append(_microseconds(frames, readers[:1] * READERS))
    floor = min(plain)
    return [
        BenchRow(name=name, ratio=value / floor, goal=goal, floor=floor, value=value, unit="us")
        for name, value, goal in (
            ("delivery with a mark, against one without", min(marked), 10.0),
            ("further socket of a subscriber, against one without", min(shared), 1.5),
        )
    ]


def _false_alarms() -> BenchRow:
    weights = np.random.default_rng(1).normal(0, 1, BARS)
    alarms = 0
    for first in range(0, INNOCENTS, AT_ONCE):
        keys = [number.to_bytes(8, "big") for number in range(first, first + AT_ONCE)]
        signs = sign_matrix(keys, PLACE, "value", np.arange(BARS))
        alarms += int(np.sum(log_p_values(signs @ weights, weights) <= np.log(LEVEL)))
    allowed = INNOCENTS * LEVEL
    return BenchRow(
        name=f"innocents below p = {LEVEL:g}, of {INNOCENTS:,}",
        ratio=alarms / allowed,
        goal=1.0,
        floor=allowed,
        value=float(alarms),
        unit="subscriptions",
    )


def _frame(number: int) -> Frame:
    at = (FIRST + timedelta(minutes=number)).isoformat()
    body = {
        "type": "data",
        "stream_key": "marketplace:0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f12:IBM:bands:default",
        "seq": number,
        "offset": number,
        "epoch": "a1b2c3d4e5f6",
        "value": 50.01 + number % 97 / 100,
        "timestamp": at,
        "metadata": {"side": "buy", "upper": 52.37, "lower": 48.11},
        "bar_opened_at": at,
        "published_at": at,
    }
    body["value"] = round(float(str(body["value"])), 2)
    return Frame(number, "a1b2c3d4e5f6", to_text(body), TOLERANCE)


def _microseconds(frames: list[Frame], readers: Sequence[UUID | None]) -> float:
    started = time.process_time()
    asyncio.run(_deliver(frames, readers))
    return (time.process_time() - started) / len(frames) / len(readers) * 1e6


async def _deliver(frames: list[Frame], readers: Sequence[UUID | None]) -> None:
    # Through the outbox and onto a socket, spelled as a WebSocket's frame, and off it again.
    outbox = Outbox(frames_max=10, bytes_max=1 << 20, on_overflow=lambda: None)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for frame, subscription_id in product(frames, readers):
            given = give_frame(frame, place=PLACE, subscription_id=subscription_id)
            outbox.put_frame("key", given)
            parcel = await outbox.take()
            if parcel is None:
                raise AssertionError("The outbox was closed.")
            data = SocketFrame(Opcode.TEXT, parcel.text.encode()).serialize(mask=False)
            ours.sendall(data)
            theirs.recv(1 << 16)
