"""Whatever a guest says, the supervisor stays sane, and keeps nothing it could not store.

A guest is the other end of a socket here; what it says is made up. Each packet arrives by itself,
so that the splits of a stream are the ones that were chosen.
"""

import json
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.canonical import storable_json
from execution.sandbox import protocol
from execution.sandbox.broker import Heard, converse
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.protocol import ProtocolViolation
from execution.sandbox.reads import Columns, JsonValue, MarketDataRead, ReadReply, ReadRequest
from execution.sandbox.results import Plot
from execution.sandbox.zygote_process import GuestProcess, ZygoteProcess

CLOCK = "2026-01-01T12:00:00+00:00"
LIMITS = SandboxLimits(frame_bytes=20_000, output_bytes=100_000, signals=5, log_lines=5, calls=5)
_ENDINGS = {None, "ok", "error", "rejected", "memory", "output_limit", "protocol"}
_SETTINGS = settings(
    derandomize=True,
    deadline=None,
    max_examples=250,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _answer(request: ReadRequest) -> ReadReply:
    if isinstance(request, MarketDataRead):
        rows = min(request.bars, 10)
        column = np.arange(rows, dtype=np.float64)
        return Columns(index_ns=np.arange(rows, dtype=np.int64), columns={"close": column})
    raise PermissionError("this read is not available to the script")


def _listen(
    packets: Sequence[bytes],
    *,
    every_row: bool = False,
    limits: SandboxLimits = LIMITS,
    seconds: float = 30.0,
    hangs_up: bool = True,
) -> Heard:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def speak() -> None:
        try:
            for packet in packets:
                theirs.send(packet)
            if hangs_up:
                theirs.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            return

    speaker = threading.Thread(target=speak)
    speaker.start()
    guest = GuestProcess(
        zygote=cast(ZygoteProcess, None), run=0, connection=ours, exit_pipe=-1, share=0
    )
    try:
        return converse(
            guest,
            limits=limits,
            answer_read=_answer,
            context={"timestamp": CLOCK, "every_row": every_row},
            deadline=time.monotonic() + seconds,
        )
    finally:
        ours.close()
        speaker.join()
        theirs.close()


def _require_storable(heard: Heard, limits: SandboxLimits = LIMITS) -> None:
    """Check all that was kept of a conversation: it can be stored, shown and counted."""
    assert heard.status in _ENDINGS
    assert len(heard.log) <= limits.log_lines
    assert len(heard.plots) <= limits.plots
    assert heard.signals <= limits.signals
    assert len(heard.outputs) <= max(limits.signals + 1, limits.rows)
    for output in heard.outputs:
        assert output.keys() == {"value", "timestamp", "metadata"}
        assert type(output["timestamp"]) is str
        assert type(output["metadata"]) is dict
        assert json.loads(storable_json(output)) == output
        assert not list(_oversized(output))
    for line in heard.log:
        assert line.isprintable() or "\t" in line or not line.isascii()
        assert not any(character < " " and character != "\t" for character in line)
        assert len(line) <= limits.log_line_characters
        line.encode()
    for plot in heard.plots.values():
        storable_json(vars(plot))
        assert len(plot.timestamps) == len(plot.values) <= limits.plot_points
    if heard.error is not None:
        storable_json(vars(heard.error))
        assert len(heard.error.message) <= 1000
        assert heard.error.line is None or 0 < heard.error.line < 2**31


def _oversized(value: Any, depth: int = 0) -> Iterator[Any]:
    if depth > 40:
        yield "too deep"
    elif isinstance(value, dict):
        for key, item in value.items():
            assert type(key) is str
            yield from _oversized(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _oversized(item, depth + 1)
    elif isinstance(value, int) and value.bit_length() > 1024:
        yield value


# --- what is said ---------------------------------------------------------------------------------


class Raw(str):
    """Text that stands in a frame as it is, whether it is JSON or not."""


class Pairs(list[tuple[str, Any]]):
    """An object whose keys may repeat."""


def _spell(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Pairs):
        return "{" + ",".join(f"{json.dumps(k)}:{_spell(v)}" for k, v in value) + "}"
    if isinstance(value, dict):
        return _spell(Pairs(value.items()))
    if isinstance(value, list):
        return "[" + ",".join(map(_spell, value)) + "]"
    return json.dumps(value)


def _frame(value: Any) -> bytes:
    encoded = _spell(value).encode("utf-8", "surrogatepass")
    return protocol.LENGTHS.pack(len(encoded), 0) + encoded


NASTY = [
    *map(Raw, ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "-0", "-0.0", "1E400", "0x1"]),
    *map(Raw, ["9" * 400, "9" * 4299, "9" * 4301, "-" + "9" * 4301, "1e-999", "00", "1.", "{}x"]),
    *map(Raw, ['"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"a\\u0000b"', '"\\x"', '"\ud800"']),
    *map(Raw, ["[" * 2000, "[" * 40 + "]" * 40, "[" * 500 + "]" * 500, '{"a":' * 40, '{"a":1,}']),
    Raw('{"a":' * 300 + "1" + "}" * 300),
    Raw('{"a":1,"a":2}'),
    Raw('{"a\\u0000":1,"a\\ufffd":2}'),
    *[None, True, False, "", "\x1b[2J", "a\nb\r\nc", "\u2028", "x" * 3000, "1e5", "NaN"],
    *[0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 1.5, -0.5, 1e308, 1e20, 5000, 5001],
    *[[], {}, [[]], [None] * 50, {"": None}, {"value": {}}, {"timestamp": 5}, {"timestamp": [1]}],
    *[{"timestamp": "x" * 70}, {"value": 1, "timestamp": "later"}, {"op": "log"}],
]
leaves = st.sampled_from(NASTY) | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
        | st.lists(
            st.tuples(st.sampled_from(["a", "value", "\0", "\ufffd"]), inner), max_size=3
        ).map(Pairs)
    ),
    max_leaves=12,
)
_PLOT = {
    "op": "plot",
    "name": "p",
    "options": {"color": "#fff", "style": "line", "width": 1.0, "panel": "price"},
    "timestamps": [0, 1000, 2000],
    "values": [1.5, None, 2.0],
}
VALID: list[dict[str, Any]] = [
    {"op": "emit", "data": {"value": 1.5, "timestamp": CLOCK, "side": "BUY"}},
    {"op": "emit", "data": {"value": {"a": [1, None]}}},
    {"op": "log", "line": "a line"},
    _PLOT,
    {"op": "market", "args": {"instrument": None, "timeframe": None, "bars": 500}},
    {"op": "market", "args": {"instrument": "NIFTY50", "timeframe": "5m", "bars": 1}},
    {"op": "metric", "args": {"name": "pnl", "instrument": None}},
    {"op": "script", "args": {"script_id": "s", "history": 3}},
]
RESULTS: list[dict[str, Any]] = [
    {"op": "result", "status": "ok"},
    {"op": "result", "status": "ok", "value": {"value": 1}},
    {"op": "result", "status": "ok", "rows": [{"value": 1}, 2]},
    {
        "op": "result",
        "status": "error",
        "error": {"type": "E", "message": "m", "line": 3, "limit": None},
    },
    {
        "op": "result",
        "status": "memory",
        "error": {"type": "E", "message": "m", "line": None, "limit": None},
    },
]


@st.composite
def mutated_frames(draw: st.DrawFn) -> Any:
    """Return a frame of a well-behaved guest in which one thing is different."""
    frame = draw(st.sampled_from([*VALID, *RESULTS]))
    return _mutate(draw, frame)


def _mutate(draw: st.DrawFn, node: Any) -> Any:
    if isinstance(node, dict) and node:
        pairs = Pairs(node.items())
        position = draw(st.integers(0, len(pairs) - 1))
        key, item = pairs[position]
        how = draw(st.sampled_from(["deeper", "deeper", "drop", "add", "twice", "rename"]))
        if how == "deeper":
            pairs[position] = (key, _mutate(draw, item))
        elif how == "drop":
            del pairs[position]
        elif how == "add":
            pairs.append((draw(st.sampled_from(["value", "rows", "x", "args"])), draw(values)))
        elif how == "twice":
            pairs.append((key, draw(values)))
        else:
            pairs[position] = (draw(st.text(max_size=4)), item)
        return pairs
    if isinstance(node, list) and node and draw(st.booleans()):
        position = draw(st.integers(0, len(node) - 1))
        return [*node[:position], _mutate(draw, node[position]), *node[position + 1 :]]
    return draw(values)


def _split(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    cuts = sorted(draw(st.lists(st.integers(1, max(1, len(stream) - 1)), max_size=6)))
    parts = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    return [part for part in parts if part]


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Return what a guest might say: good frames, bad ones and noise, cut anywhere."""
    frames = st.one_of(
        st.sampled_from(VALID).map(_frame),
        mutated_frames().map(_frame),
        st.builds(lambda value: _frame(value), values),
        st.binary(max_size=40),
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 3)).map(
            lambda n: struct.pack("<II", *n)
        ),
    )
    said = draw(st.lists(frames, max_size=6))
    said.append(draw(st.sampled_from([*RESULTS, {"op": "nothing"}]).map(_frame) | st.just(b"")))
    return _split(draw, b"".join(said))


# --- properties -----------------------------------------------------------------------------------


@_SETTINGS
@given(packets=streams(), every_row=st.booleans())
def test_whatever_a_guest_says_what_is_kept_can_be_stored(
    packets: list[bytes], every_row: bool
) -> None:
    _require_storable(_listen(packets, every_row=every_row))


@_SETTINGS
@given(frame=mutated_frames(), every_row=st.booleans())
def test_a_frame_with_one_thing_changed_is_taken_or_ends_the_run(
    frame: Any, every_row: bool
) -> None:
    heard = _listen([_frame(frame), _frame(RESULTS[0])], every_row=every_row)

    assert heard.status is not None
    _require_storable(heard)


@_SETTINGS
@given(noise=st.lists(st.binary(min_size=1, max_size=200), max_size=5))
def test_noise_never_passes_for_a_result(noise: list[bytes]) -> None:
    heard = _listen(noise)

    assert heard.status in (None, "protocol")
    assert heard.outputs == []


@_SETTINGS
@given(data=st.data(), frames=st.lists(st.sampled_from([*VALID, *RESULTS]), max_size=8))
def test_frames_are_the_same_wherever_the_stream_is_cut(
    data: st.DataObject, frames: list[dict[str, Any]]
) -> None:
    stream = b"".join(map(_frame, frames))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    buffer, taken = bytearray(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        buffer += stream[start:end]
        while (frame := protocol.take_frame(buffer, frame_bytes=20_000)) is not None:
            taken.append(frame)

    assert taken == frames
    assert not buffer


@_SETTINGS
@given(buffer=st.binary(max_size=100))
def test_taking_a_frame_refuses_in_one_way_only(buffer: bytes) -> None:
    try:
        frame = protocol.take_frame(bytearray(buffer), frame_bytes=50)
    except ProtocolViolation:
        return
    assert frame is None or isinstance(frame, dict)


@_SETTINGS
@given(value=values)
def test_an_output_of_anything_can_be_stored_or_is_refused(value: Any) -> None:
    heard = _listen([_frame({"op": "result", "status": "ok", "value": value})])

    assert heard.status in ("ok", "protocol")
    assert len(heard.outputs) == (heard.status == "ok")
    _require_storable(heard)


# --- known troubles, one by one -------------------------------------------------------------------


@pytest.mark.parametrize("lengths", [(2**32 - 1, 0), (20_001, 0), (0, 1), (5, 2**32 - 1)])
def test_a_length_beyond_the_limit_is_refused_before_anything_arrives(
    lengths: tuple[int, int],
) -> None:
    heard = _listen([protocol.LENGTHS.pack(*lengths)], hangs_up=False)

    assert heard.status == "protocol"


_TROUBLES: list[Any] = [
    Raw('{"op":"log","line":"a","line":"b"}'),
    Raw('{"op":"emit","data":{"value":1,"value":2}}'),
    Raw('{"op":"emit","data":{"value":NaN}}'),
    Raw('{"op":"emit","data":{"value":' + "9" * 4301 + "}}"),
    {"op": "emit", "data": {"value": 2**1024}},
    {"op": "emit", "data": {"value": Raw("[" * 33 + "]" * 33)}},
    {"op": "emit", "data": {"a\0": 1, "a\ufffd": 2}},
    {"op": "emit", "data": {"value": 1, "timestamp": 5}},
    {"op": "emit", "data": [1]},
    {"op": "emit", "data": {}, "more": 1},
    {"op": "emit"},
    {"op": "log", "line": 5},
    {"op": "log", "line": None, "limit": None},
    {"op": "unknown"},
    {"op": ["log"]},
    {},
    [],
    5,
    Raw("\ufeff{}"),
    {"op": "market", "args": {"instrument": None, "timeframe": None, "bars": -1}},
    {"op": "market", "args": {"instrument": None, "timeframe": None, "bars": True}},
    {"op": "market", "args": {"instrument": None, "timeframe": None, "bars": 1.0}},
    {"op": "market", "args": {"instrument": "", "timeframe": None, "bars": 1}},
    {"op": "market", "args": {"instrument": None, "timeframe": None, "bars": 1, "user": "rita"}},
    {"op": "metric", "args": {"name": "x" * 257, "instrument": None}},
    {"op": "metric", "args": None},
    {"op": "script", "args": {"script_id": "s", "history": 5001}},
    {"op": "result"},
    {"op": "result", "status": "violation"},
    {"op": "result", "status": "ok", "rows": [1]},
    {"op": "result", "status": "ok", "value": 1, "rows": []},
    {"op": "result", "status": "error"},
    {"op": "result", "status": "error", "error": "text"},
    {
        "op": "result",
        "status": "error",
        "error": {"type": [], "message": "m", "line": 1, "limit": None},
    },
    {
        "op": "result",
        "status": "error",
        "error": {"type": "T", "message": "m", "line": 2**31, "limit": None},
    },
    {
        "op": "result",
        "status": "error",
        "error": {"type": "T", "message": "m", "line": True, "limit": None},
    },
    {
        "op": "result",
        "status": "error",
        "error": {"type": "T", "message": "x" * 1001, "line": 1, "limit": None},
    },
    {
        "op": "result",
        "status": "error",
        "error": {"type": "T", "message": "m", "line": 1, "limit": "none_such"},
    },
    {**_PLOT, "name": ""},
    {**_PLOT, "name": "x" * 101},
    {**_PLOT, "values": [1.5, None]},
    {**_PLOT, "values": [1.5, None, True]},
    {**_PLOT, "values": [1.5, None, Raw("1e999")]},
    {**_PLOT, "values": [1.5, None, 10**400]},
    {**_PLOT, "timestamps": [0, 0, 1]},
    {**_PLOT, "timestamps": [-1, 0, 1]},
    {**_PLOT, "timestamps": [0, 1, 2**63]},
    {**_PLOT, "timestamps": [0.0, 1.0, 2.0]},
    {**_PLOT, "options": {**_PLOT["options"], "color": "red;x"}},  # type: ignore[dict-item]
    {**_PLOT, "options": {**_PLOT["options"], "style": []}},  # type: ignore[dict-item]
    {**_PLOT, "options": {**_PLOT["options"], "width": 1}},  # type: ignore[dict-item]
    {**_PLOT, "options": {**_PLOT["options"], "script": "x"}},  # type: ignore[dict-item]
    {**_PLOT, "options": None},
]


@pytest.mark.parametrize("frame", _TROUBLES, ids=lambda frame: _spell(frame)[:70])
def test_what_a_well_behaved_guest_would_not_say_ends_the_run(frame: Any) -> None:
    heard = _listen([_frame(frame), _frame(RESULTS[0])])

    assert heard.status == "protocol"
    assert heard.outputs == []


def test_two_plots_of_one_name_end_the_run() -> None:
    assert _listen([_frame(_PLOT), _frame(_PLOT)]).status == "protocol"


def test_only_the_first_result_counts() -> None:
    packets = [_frame({"op": "result", "status": "ok", "value": n}) for n in (1, 2)]

    assert [output["value"] for output in _listen(packets).outputs] == [1]


@pytest.mark.parametrize(
    ("frame", "limit"),
    [
        ({"op": "emit", "data": {"value": 1}}, "signals is 5"),
        ({"op": "log", "line": "x"}, "log_lines is 5"),
        (VALID[6], "calls is 5"),
        ({"op": "log", "line": "x" * 201}, "log_line_characters is 200"),
    ],
)
def test_a_guest_that_does_not_count_is_counted(frame: Any, limit: str) -> None:
    heard = _listen([_frame(frame)] * 7)

    assert heard.status == "output_limit"
    assert heard.error is not None
    assert limit in heard.error.message
    _require_storable(heard)


def test_rows_plots_and_points_are_counted() -> None:
    limits = replace(LIMITS, rows=3, plots=2, plot_points=2)
    rows = _frame({"op": "result", "status": "ok", "rows": [1] * 4})
    plots = [_frame({**_PLOT, "name": f"p{n}", "values": [], "timestamps": []}) for n in range(3)]

    told = [
        _listen([rows], every_row=True, limits=limits).error,
        _listen(plots, limits=limits).error,
        _listen([_frame(_PLOT)], limits=limits).error,
    ]

    assert [error.message for error in told if error is not None] == [
        "the limit rows is 3",
        "the limit plots is 2",
        "the limit plot_points is 2",
    ]


def test_a_log_line_cannot_move_the_cursor_or_begin_another_line() -> None:
    line = "a\x1b[2J\rb\nc\x85d\u2028e\tf\x7fg\0h\ud800i"

    assert _listen([_frame({"op": "log", "line": line})]).log == [
        "a\ufffd[2J\ufffdb\ufffdc\ufffdd\ufffde\tf\ufffdg\ufffdh?i"
    ]


def test_a_guest_that_never_finishes_its_frame_is_left_at_the_deadline() -> None:
    slow = [protocol.LENGTHS.pack(1000, 0), *[b"{"] * 50]

    heard = _listen(slow, seconds=0.2, hangs_up=False)

    assert heard.status == "timeout"


def test_a_guest_that_does_not_read_its_answers_is_left_at_the_deadline() -> None:
    def flood(request: ReadRequest) -> ReadReply:
        return JsonValue(value="x" * 10_000_000)

    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(_frame(VALID[6]))
        guest = GuestProcess(
            zygote=cast(ZygoteProcess, None), run=0, connection=ours, exit_pipe=-1, share=0
        )
        heard = converse(
            guest,
            limits=LIMITS,
            answer_read=flood,
            context={"timestamp": CLOCK},
            deadline=time.monotonic() + 0.2,
        )

    assert heard.status == "timeout"


@pytest.mark.parametrize(
    "item", ["[]", "{}", '""', "1.5", "null", '{"a":[]}', '"\\ud800"', "[[[]]]"]
)
def test_a_large_frame_does_not_become_a_mountain(item: str) -> None:
    limits = SandboxLimits(frame_bytes=150_000)
    count = (limits.frame_bytes - 100) // (len(item) + 1)
    large = Raw("[" + ",".join([item] * count) + "]")
    packets = _packets(_frame({"op": "result", "status": "ok", "value": large}))

    tracemalloc.start()
    try:
        heard = _listen(packets, limits=limits)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert heard.status == "ok"
    assert len(heard.outputs[0]["value"]) == count
    assert peak < 100 * limits.frame_bytes


def test_many_rows_do_not_become_a_mountain() -> None:
    limits = SandboxLimits(frame_bytes=150_000)
    rows = _frame({"op": "result", "status": "ok", "rows": Raw("[" + "1," * 70_000 + "1]")})

    tracemalloc.start()
    try:
        heard = _listen(_packets(rows), every_row=True, limits=limits)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert heard.status == "output_limit"
    assert heard.outputs == []
    assert peak < 20 * limits.frame_bytes


def _packets(stream: bytes, size: int = 100_000) -> list[bytes]:
    return [stream[start : start + size] for start in range(0, len(stream), size)]


@pytest.mark.django_db
def test_postgresql_keeps_what_was_heard_as_it_was_heard() -> None:
    kept: list[Any] = []
    for value in NASTY:
        heard = _listen([_frame({"op": "result", "status": "ok", "value": value})])
        kept += heard.outputs
    kept.append(vars(Plot(name="p", options={}, timestamps=[CLOCK], values=[1e308])))

    with connection.cursor() as cursor:
        cursor.execute("select %s::jsonb", [json.dumps(kept, allow_nan=False)])
        (returned,) = cursor.fetchone()

    returned = returned if isinstance(returned, str) else json.dumps(returned)
    assert len(kept) > 30
    # PostgreSQL writes a large number with a fraction of zero as a whole number.
    assert json.loads(returned, parse_int=float) == json.loads(json.dumps(kept), parse_int=float)


def test_a_frame_of_too_many_lists_is_refused_before_they_are_made() -> None:
    text = b'{"op":"emit","data":{"value":[' + b"[]," * protocol.MOST_CONTAINERS + b"0]}}"
    buffer = bytearray(protocol.LENGTHS.pack(len(text), 0) + text)

    with pytest.raises(ProtocolViolation, match="too many lists"):
        protocol.take_frame(buffer, frame_bytes=len(text) + protocol.LENGTHS.size)
