"""Mark outputs for one subscription: a keyed sign per bar moves each number up or down.

Pure functions of their arguments: the same output for the same subscription is the same bytes,
wherever it is read.
"""

from __future__ import annotations

import hmac
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from common.canonical import canonical_json
from streams.watermarks.rules import Tolerance

ALGORITHM = "hmac_sha256"
WATERMARK, SUBSCRIPTION = "_watermark", "_subscription_id"
SIGNS_PER_BLOCK = 256  # the bits of one HMAC
_TIMEFRAME = re.compile(r"([1-9][0-9]{0,5})([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
Body = dict[str, Any]  # value, timestamp (ISO 8601, in UTC), metadata


class MarkRefused(Exception):
    """A mark that was made is not one that may be delivered; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """The series of outputs that a mark belongs to, whichever way they are read."""

    script_id: str
    instrument_key: str
    timeframe: str
    params_sha256: str

    @property
    def cell_seconds(self) -> int:
        """Return the length of a bar: within one, all outputs are moved the same way."""
        return _seconds_of(self.timeframe)

    def cell_of(self, timestamp: str) -> int:
        """Return the number of the bar that an instant falls into, counted from 1970."""
        return math.floor(datetime.fromisoformat(timestamp).timestamp()) // self.cell_seconds

    def spelled(self) -> list[str]:
        """Return the place as it goes into a hash."""
        return [self.script_id, self.instrument_key, self.timeframe, self.params_sha256]


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of one subscription in one series of outputs."""

    subscription_id: str
    key: bytes
    place: Place

    def sign(self, field: str, cell: int) -> int:
        """Return +1 or -1: which way a field is moved at a bar."""
        block, bit = divmod(cell, SIGNS_PER_BLOCK)
        signs = sign_block(self.key, self.place, field, block)
        return 1 if signs[bit >> 3] >> (bit & 7) & 1 else -1

    def output(self, exact: Body, tolerances: Sequence[Tolerance]) -> Body:
        """Return an output as the subscription gets it: numbers moved, and named in metadata."""
        cell = self.place.cell_of(exact["timestamp"])
        marked = dict(exact)
        for tolerance in tolerances:
            number = number_at(exact, tolerance.path)
            if number is not None:
                sign = self.sign(tolerance.field, cell)
                _put(marked, tolerance.path, marked_number(number, tolerance, sign))
        marked["metadata"] = {**_own_metadata(marked), SUBSCRIPTION: self.subscription_id}
        watermark = {"algorithm": ALGORITHM, "hash": self.hash(marked)}
        marked["metadata"][WATERMARK] = watermark
        return marked

    def hash(self, marked: Body) -> str:
        """Return the hash of a marked output, which only the holder of the key can make."""
        named = {**_own_metadata(marked), SUBSCRIPTION: self.subscription_id}
        spelled = ["output", *self.place.spelled(), marked["value"], marked["timestamp"], named]
        return hmac.digest(self.key, canonical_json(spelled), "sha256").hex()

    def made(self, marked: Body) -> bool:
        """Tell whether an output, as somebody presents it, bears this mark's hash."""
        found = marked["metadata"].get(WATERMARK)
        given = found.get("hash") if isinstance(found, dict) else None
        is_named = marked["metadata"].get(SUBSCRIPTION) == self.subscription_id
        return is_named and isinstance(given, str) and hmac.compare_digest(given, self.hash(marked))

    def verify(self, exact: Body, marked: Body, tolerances: Sequence[Tolerance]) -> None:
        """Raise MarkRefused unless a marked output is faithful and names its subscription.

        Nothing but declared numbers may differ, each by no more than its tolerance and in the
        direction of the key.
        """
        if marked["metadata"].get(SUBSCRIPTION) != self.subscription_id:
            raise MarkRefused("it does not name its subscription")
        if WATERMARK not in marked["metadata"]:
            raise MarkRefused("it bears no hash")
        cell = self.place.cell_of(exact["timestamp"])
        restored = {**marked, "metadata": _own_metadata(marked)}
        for tolerance in tolerances:
            true, seen = number_at(exact, tolerance.path), number_at(marked, tolerance.path)
            if true is None or seen is None or true == seen:
                continue
            if (seen > true) is not (self.sign(tolerance.field, cell) > 0):
                raise MarkRefused(f"{tolerance.field} moved against its key")
            if not tolerance.allows(true, seen):
                raise MarkRefused(f"{tolerance.field} moved further than its tolerance")
            _put(restored, tolerance.path, true)
        if restored != {**exact, "metadata": _own_metadata(exact)}:
            raise MarkRefused("more than the declared numbers has changed")


@lru_cache(maxsize=1024)
def _seconds_of(timeframe: str) -> int:
    found = _TIMEFRAME.fullmatch(timeframe)
    return int(found[1]) * _SECONDS[found[2]] if found else _SECONDS["m"]


def key_of(secret: bytes, subscription_id: str) -> bytes:
    """Return the key of one subscription's marks; it tells nothing of another's."""
    return hmac.digest(secret, b"signalhub watermark 1\0" + subscription_id.encode(), "sha256")


@lru_cache(maxsize=16_384)
def sign_block(key: bytes, place: Place, field: str, block: int) -> bytes:
    """Return the signs of 256 bars in a row, one bit each, the lowest bit first."""
    return hmac.digest(key, sign_message(place, field, block), "sha256")


def sign_message(place: Place, field: str, block: int) -> bytes:
    """Return what is hashed under a subscription's key for the signs of 256 bars."""
    return canonical_json(["sign", *place.spelled(), field, block])


def marked_number(number: float, tolerance: Tolerance, sign: int) -> float:
    """Return a number moved by what its tolerance allows; its decimals stay as many."""
    steps, step = tolerance.shift_of(number)
    if steps == 0:
        return number
    wanted = Decimal(repr(number)) + sign * steps * step
    moved = float(wanted)
    # The nearest binary number is spelled otherwise, and may lie just beyond the tolerance.
    if Decimal(repr(moved)) != wanted:
        while not tolerance.allows(number, moved):
            moved = math.nextafter(moved, number)
    return moved


def number_at(body: Mapping[str, Any], path: Sequence[str]) -> float | None:
    """Return the finite fraction at a path; None when something else or nothing is there."""
    found: Any = body
    for name in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found if type(found) is float and math.isfinite(found) else None


def _own_metadata(body: Body) -> dict[str, Any]:
    # A script may itself have written into the places that are ours.
    metadata = body["metadata"] or {}
    return {n: held for n, held in metadata.items() if n not in (SUBSCRIPTION, WATERMARK)}


def _put(body: Body, path: Sequence[str], number: float) -> None:
    # What lies on the way is copied: the exact output is shared by all its readers.
    for name in path[:-1]:
        body[name] = dict(body[name])
        body = body[name]
    body[path[-1]] = number
