"""The messages between supervisor and guest.

A frame is two little-endian unsigned 32-bit lengths, a JSON object of the first length and raw
bytes of the second. Raw bytes only travel from the supervisor to the guest: what a guest says is
never read as anything but JSON.
"""

import json
import os
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

LENGTHS = struct.Struct("<II")
# Each takes many times the room of its two letters, and the supervisor's time to make.
MOST_CONTAINERS = 100_000
# The largest frame a guest accepts: 5,000 bars of a few columns are far below it.
LARGEST_FRAME_TO_GUEST = 64 * 1024 * 1024
READ_CHUNK_BYTES = 256 * 1024

BARS_MINIMUM = 1
BARS_MAXIMUM = 5000
HISTORY_MAXIMUM = 5000
NAME_CHARACTERS_MAXIMUM = 256
# PostgreSQL and JSON know larger numbers, but most of their readers do not.
INTEGER_BITS_MAXIMUM = 1024

PLOT_STYLES = ("line", "dashed", "dotted", "step", "area", "histogram", "points")
PLOT_NAME_CHARACTERS_MAXIMUM = 100
PLOT_WIDTH_MAXIMUM = 10
# What a browser is given as a color: hexadecimal digits, or the name of one.
PLOT_COLOR = r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,24}"
PRICE_PANEL = "price"


class ProtocolViolation(Exception):
    """A frame that a well-behaved guest would not have sent."""


def pack_frame(header: dict[str, Any], payload: bytes = b"") -> bytes:
    """Return one frame ready to be sent."""
    encoded = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    return LENGTHS.pack(len(encoded), len(payload)) + encoded + payload


def write_all(descriptor: int, data: bytes) -> None:
    """Write all bytes to a blocking descriptor."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _read_exactly(descriptor: int, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = os.read(descriptor, min(count, READ_CHUNK_BYTES))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def read_frame(descriptor: int) -> tuple[dict[str, Any], bytes]:
    """Read one frame from the supervisor; for the guest, which trusts it."""
    header_length, payload_length = LENGTHS.unpack(_read_exactly(descriptor, LENGTHS.size))
    if header_length + payload_length > LARGEST_FRAME_TO_GUEST:
        raise ProtocolViolation("the frame is too large")
    header = json.loads(_read_exactly(descriptor, header_length))
    return header, _read_exactly(descriptor, payload_length)


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key is given twice")
    return table


def take_frame(buffer: bytearray, *, frame_bytes: int) -> dict[str, Any] | None:
    """Remove the first whole frame from a buffer of guest bytes, or return None without one.

    Raises
    ------
    ProtocolViolation
        The frame is longer than allowed, carries raw bytes, is not a JSON object, or has a key
        twice.
    """
    if len(buffer) < LENGTHS.size:
        return None
    header_length, payload_length = LENGTHS.unpack_from(buffer)
    if payload_length:
        raise ProtocolViolation("a guest may not send raw bytes")
    if header_length > frame_bytes:
        raise ProtocolViolation(f"a frame of {header_length} bytes is over {frame_bytes} bytes")
    end = LENGTHS.size + header_length
    if len(buffer) < end:
        return None
    encoded = bytes(buffer[LENGTHS.size : end])
    del buffer[:end]
    if encoded.count(b"[") + encoded.count(b"{") > MOST_CONTAINERS:
        raise ProtocolViolation("a frame holds too many lists and objects")
    try:
        header = json.loads(
            encoded.decode("utf-8"),
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_repeated_keys,
        )
    except (ValueError, RecursionError) as fault:
        raise ProtocolViolation("a frame is not JSON") from fault
    if not isinstance(header, dict):
        raise ProtocolViolation("a frame is not a JSON object")
    return header


def pack_columns(
    index_ns: npt.NDArray[np.int64], columns: dict[str, npt.NDArray[np.float64]]
) -> bytes:
    """Return the frame that carries a table to the guest."""
    arrays = [np.ascontiguousarray(index_ns, dtype="<i8")]
    arrays += [np.ascontiguousarray(column, dtype="<f8") for column in columns.values()]
    if any(array.shape != arrays[0].shape for array in arrays):
        raise ValueError("every column needs as many rows as the index")
    header = {"kind": "columns", "rows": len(index_ns), "names": list(columns)}
    return pack_frame(header, b"".join(array.tobytes() for array in arrays))


def unpack_columns(
    header: dict[str, Any], payload: bytes
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the index, shape ``(rows,)``, and the values, shape ``(columns, rows)``."""
    rows = header["rows"]
    index = np.frombuffer(payload, dtype="<i8", count=rows)
    values = np.frombuffer(payload, dtype="<f8", offset=rows * 8)
    return index, values.reshape(len(header["names"]), rows)
