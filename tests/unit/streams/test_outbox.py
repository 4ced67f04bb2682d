"""What waits for one socket stays in order and within its bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.streams import StreamReader

from streams.frames import Frame, to_text
from streams.outbox import Outbox, Parcel

Check = Callable[[], Awaitable[None]]


def frame(seq: int, *, size: int = 0) -> Frame:
    return Frame(seq, "epoch", to_text({"seq": seq, "pad": "x" * size}))


def an_outbox(overflows: list[str] | None = None, **limits: int) -> Outbox:
    given: dict[str, Any] = {"frames_max": 10, "bytes_max": 10_000, **limits}
    noted = overflows if overflows is not None else []
    return Outbox(**given, on_overflow=lambda: noted.append("overflow"))


async def texts_of(outbox: Outbox) -> list[str]:
    outbox.close()
    texts = []
    while (parcel := await outbox.take()) is not None:
        texts.append(parcel.text)
    return texts


class Connection:
    """A connection of which a test says whether it has room."""

    def __init__(self) -> None:
        self.room = True
        self.written: list[bytes] = []

    def has_room(self) -> bool:
        return self.room

    def write(self, wire: bytes) -> None:
        self.written.append(wire)


async def a_waiting_taker(outbox: Outbox) -> asyncio.Task[Parcel | None]:
    taker = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    return taker


def run(check: Check) -> None:
    asyncio.run(asyncio.wait_for(check(), 5))


def test_messages_and_frames_leave_in_the_order_they_came() -> None:
    async def check() -> None:
        outbox = an_outbox()
        outbox.put("ack")
        outbox.put_frame("a", frame(1))
        outbox.put("pong")

        assert await texts_of(outbox) == ["ack", frame(1).text, "pong"]

    run(check)


def test_it_overflows_by_count_and_by_size() -> None:
    async def check() -> None:
        overflows: list[str] = []
        by_count, by_size = an_outbox(overflows), an_outbox(overflows, bytes_max=100)
        for seq in range(11):
            by_count.put_frame("a", frame(seq))
        for seq in range(3):
            by_size.put_frame("a", frame(seq, size=80))

        assert overflows == ["overflow", "overflow"]
        assert len(await texts_of(by_count)) == 10

    run(check)


def test_messages_of_our_own_overflow_it_too() -> None:
    async def check() -> None:
        overflows: list[str] = []
        outbox = an_outbox(overflows)
        for _ in range(12):
            outbox.put("pong")

        assert overflows

    run(check)


def test_a_conflated_stream_keeps_its_newest_frame_and_counts_the_others() -> None:
    async def check() -> None:
        overflows: list[str] = []
        outbox = an_outbox(overflows)
        for seq in range(1, 101):
            outbox.put_latest("a", frame(seq))
        outbox.put_latest("b", frame(1))

        assert await texts_of(outbox) == [
            '{"seq":100,"pad":"","skipped":99}',
            '{"seq":1,"pad":"","skipped":0}',
        ]
        assert overflows == []

    run(check)


def test_a_gap_comes_between_what_was_before_it_and_what_is_after() -> None:
    async def check() -> None:
        outbox = an_outbox()
        outbox.put_latest("a", frame(1))
        outbox.put_latest("a", frame(2))
        outbox.put("gap to 5", key="a", seq=5)
        outbox.put_latest("a", frame(6))
        outbox.put_latest("b", frame(1))
        outbox.put_latest("a", frame(7))
        outbox.close()

        left, reached = [], []
        while (parcel := await outbox.take()) is not None:
            left.append(parcel.text)
            reached.append(outbox.sent["a"])

        assert left == [
            '{"seq":2,"pad":"","skipped":1}',
            "gap to 5",
            '{"seq":7,"pad":"","skipped":1}',
            '{"seq":1,"pad":"","skipped":0}',
        ]
        assert reached == [2, 5, 7, 7]

    run(check)


def test_dropping_a_stream_leaves_the_others_and_makes_room() -> None:
    async def check() -> None:
        overflows: list[str] = []
        outbox = an_outbox(overflows, bytes_max=100)
        outbox.put("pong")
        outbox.put_latest("a", frame(2))
        outbox.put_frame("a", frame(1, size=200))

        outbox.drop("a")
        outbox.put_frame("b", frame(3))

        assert await texts_of(outbox) == ["pong", frame(3).text]
        assert overflows == []

    run(check)


def test_it_knows_how_far_each_stream_went_and_forgets_what_is_dropped() -> None:
    async def check() -> None:
        outbox = an_outbox()
        outbox.begin_after("a", 6)
        outbox.begin_after("b", 0)
        outbox.put_frame("a", frame(7))
        outbox.put_frame("a", frame(8))
        outbox.put_latest("c", frame(3))
        await outbox.take()
        assert outbox.sent == {"a": 7, "b": 0}

        outbox.drop("a")
        await outbox.take()

        assert outbox.sent == {"b": 0, "c": 3}

    run(check)


def test_last_words_replace_what_waits() -> None:
    async def check() -> None:
        outbox = an_outbox()
        outbox.put_frame("a", frame(1))
        outbox.close("lagged")
        outbox.put("too late")

        assert await texts_of(outbox) == ["lagged"]

    run(check)


def test_room_comes_when_half_is_taken() -> None:
    async def check() -> None:
        outbox = an_outbox()
        for seq in range(8):
            outbox.put_frame("a", frame(seq))
        waiting = asyncio.create_task(outbox.room())
        await asyncio.sleep(0)
        await outbox.take()
        await asyncio.sleep(0)
        assert not waiting.done()

        for _ in range(2):
            await outbox.take()
        await waiting

    run(check)


def test_a_frame_with_nothing_before_it_is_written_at_once() -> None:
    async def check() -> None:
        outbox, connection = an_outbox(), Connection()
        outbox.direct = connection
        taker = await a_waiting_taker(outbox)

        outbox.put_frame("a", frame(1))
        outbox.put_latest("b", frame(2))

        assert connection.written == [frame(1).wire, frame(2).wire]
        assert outbox.sent == {"a": 1, "b": 2}
        assert not taker.done()
        taker.cancel()

    run(check)


def test_a_frame_never_overtakes_what_waits_or_is_being_sent() -> None:
    async def check() -> None:
        outbox, connection = an_outbox(), Connection()
        outbox.direct = connection
        outbox.put_frame("a", frame(1))  # nobody waits for it: it may still be on its way
        taker = await a_waiting_taker(outbox)
        first = await taker

        outbox.put_frame("a", frame(2))
        second = await outbox.take()
        waiting = await a_waiting_taker(outbox)
        outbox.put("pong")
        outbox.put_frame("a", frame(3))
        pong = await waiting
        third = await outbox.take()

        assert [p.text for p in (first, second, pong, third) if p] == [
            frame(1).text,
            frame(2).text,
            "pong",
            frame(3).text,
        ]
        assert connection.written == []

    run(check)


@pytest.mark.parametrize("held_back_by", ["connection", "pace", "close"])
def test_what_may_not_be_sent_yet_is_not_written(held_back_by: str) -> None:
    async def check() -> None:
        outbox, connection = an_outbox(), Connection()
        outbox.direct = connection
        taker = await a_waiting_taker(outbox)
        if held_back_by == "connection":
            connection.room = False
        elif held_back_by == "pace":
            outbox.pace = lambda: 60.0
        else:
            outbox.close()

        outbox.put_frame("a", frame(1))

        assert connection.written == []
        taker.cancel()

    run(check)


@pytest.mark.parametrize("size", [0, 60, 200, 65_000, 70_000])
def test_a_frame_is_on_the_wire_as_the_protocol_says(size: int) -> None:
    whole = frame(1, size=size)
    reader = StreamReader()
    reader.feed_data(whole.wire)
    parsing = WireFrame.parse(reader.read_exact, mask=False)

    with pytest.raises(StopIteration) as parsed:
        next(parsing)

    received = parsed.value.value
    assert (received.opcode, received.fin) == (Opcode.TEXT, True)
    assert bytes(received.data).decode() == whole.text
    assert not reader.buffer
